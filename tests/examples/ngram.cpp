// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "../../examples/train/ngram.hpp"
#include <doctest/doctest.h>
#include <map>
#include <set>
#include <transxssm/math/random_numbers.hpp>

namespace ngram_tests {

using training::ngram_model;

std::string noise(std::size_t n, std::uint64_t seed, std::uint64_t letters) {
  transxssm::random_numbers random(seed);
  std::string text;
  for (std::size_t i = 0; i < n; ++i) text += char('a' + std::min(random.below(letters), random.below(letters)));
  return text;
}

/// The definition: n(gram) looked up in maps of strings, sums over all 256 bytes.
struct by_definition {
  std::string text;
  int order;

  std::map<std::string, double> counts(int length) const {
    std::map<std::string, double> n;
    if (length == order) {
      for (std::size_t t = 0; t + std::size_t(length) <= text.size(); ++t) ++n[text.substr(t, std::size_t(length))];
      return n;
    }
    std::map<std::string, std::set<char>> followed;
    for (std::size_t t = 1; t + std::size_t(length) <= text.size(); ++t)
      if (t + std::size_t(length) >= std::size_t(order))  // where a longest gram ends
        followed[text.substr(t, std::size_t(length))].insert(text[t - 1]);
    for (auto const& [gram, bytes] : followed) n[gram] = double(bytes.size());
    return n;
  }
  double probability(std::string const& context, char next, int length) const {
    double const shorter = length == 1 ? 1.0 / 256 : probability(context.substr(1), next, length - 1);
    auto n = counts(length);
    std::map<double, double> seen;
    for (auto const& [gram, count] : n) ++seen[count];
    double const y = seen[1] / (seen[1] + 2 * seen[2]);
    auto discount = [&](double count) {
      if (count == 0) return 0.0;
      double const k = std::min(count, 3.0);
      return seen[k] > 0 ? std::clamp(k - (k + 1) * y * seen[k + 1] / seen[k], 0.1, k - 0.05) : 0.5;
    };
    double sum = 0, freed = 0;
    for (int b = 0; b < 256; ++b) {
      std::string const gram = context + char(b);
      if (n.count(gram)) sum += n[gram], freed += discount(n[gram]);
    }
    if (sum == 0) return shorter;
    std::string const gram = context + next;
    double const count = n.count(gram) ? n[gram] : 0;
    return (count - discount(count) + freed * shorter) / sum;
  }
};

TEST_CASE("an n-gram model is interpolated Kneser-Ney smoothing by its definition") {
  std::string const text = noise(400, 1, 9);
  for (int order : {1, 2, 3, 5}) {
    CAPTURE(order);
    ngram_model const model(text, order);
    by_definition const defined{text, order};
    for (std::size_t t : {30u, 31u, 200u, 333u}) {
      std::string const before = text.substr(0, t), context = before.substr(t - std::size_t(order) + 1);
      for (char next : {'a', 'c', 'i', '!'})
        CHECK(model.probability(before, next) ==
              doctest::Approx(defined.probability(context, next, order)).epsilon(1e-12));
    }
  }
}

TEST_CASE("the probabilities of all bytes sum to 1, after seen, unseen and no bytes") {
  for (int order : {1, 3, 5, 8}) {
    ngram_model const model(noise(2000, 2, 20), order);
    for (std::string const before : {"", "a", "ab", "abcab", "cccccccccc", "?", "a?", "?a", "\xff\xff\xff"}) {
      double sum = 0;
      for (int b = 0; b < 256; ++b) sum += model.probability(before, char(b));
      CHECK(sum == doctest::Approx(1).epsilon(1e-12));
    }
  }
}

TEST_CASE("bits per byte: of noise its entropy, of a repeated text next to nothing") {
  std::string const coin = noise(60000, 3, 2);  // 3/4 a, 1/4 b
  double const entropy = -(0.75 * std::log2(0.75) + 0.25 * std::log2(0.25));
  CHECK(ngram_model(coin, 5).bits_per_byte(noise(20000, 4, 2)) == doctest::Approx(entropy).epsilon(0.02));

  std::string alphabet;
  for (int i = 0; i < 400; ++i) alphabet += "abcdefghijklmnopqrstuvwxyz";
  CHECK(ngram_model(alphabet, 5).bits_per_byte(alphabet) < 0.05);
  CHECK(ngram_model(alphabet, 5).bits_per_byte("?????") > 8);
}

TEST_CASE("an n-gram model needs a text and an order") {
  CHECK_THROWS_WITH_AS(ngram_model("abc", 5),
                       "ngram_model: order 5 and a text of 3 bytes, expected order 1 to 8 and no shorter text",
                       std::invalid_argument);
  CHECK_THROWS_AS(ngram_model("abcdefghijk", 0), std::invalid_argument);
  CHECK_THROWS_AS(ngram_model("abcdefghijk", 9), std::invalid_argument);
}

}  // namespace ngram_tests
