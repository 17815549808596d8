// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace training {

/// A language model that counts: bytes after up to `order` - 1 bytes, by interpolated Kneser-Ney smoothing with three
/// discounts (Chen and Goodman 1999). With s a context, s' the same without its first byte, and n the counts,
///
///     p(c | s) = (n(s c) - D(n(s c)) + p(c | s') sum_b D(n(s b))) / sum_b n(s b)
///
/// and p(c | nothing) interpolates with 1/256. Of the longest grams n is how often they occur; of shorter ones it is how
/// many different bytes they follow. What a trained model has to beat.
///
/// Cost: one sort of T numbers; 16 bytes for each different gram, so at most 16 order T bytes.
class ngram_model {
 public:
  /// Throws std::invalid_argument unless order is 1 to 8 and the text has as many bytes.
  explicit ngram_model(std::string_view text, int order = 5) {
    if (order < 1 || order > 8 || text.size() < std::size_t(order))
      throw std::invalid_argument("ngram_model: order " + std::to_string(order) + " and a text of " +
                                  std::to_string(text.size()) + " bytes, expected order 1 to 8 and no shorter text");
    std::vector<std::uint64_t> grams;
    std::uint64_t gram = 0;
    for (std::size_t t = 0; t < text.size(); ++t) {
      gram = last(order, gram << 8 | byte(text[t]));
      if (t + 1 >= std::size_t(order)) grams.push_back(gram);
    }
    levels_.resize(std::size_t(order));
    for (int length = order; length > 0; --length) {
      level& counted = levels_[std::size_t(length) - 1];
      counted = level(std::move(grams));
      grams.clear();
      for (counted_gram const& g : counted.grams)
        grams.push_back(last(length - 1, g.gram));  // one for each predecessor
    }
  }

  int order() const { return int(levels_.size()); }

  /// Of `next` after the last bytes of `before`. Over all bytes these sum to 1.
  double probability(std::string_view before, char next) const {
    double p = 1.0 / 256;
    std::uint64_t context = 0;
    for (std::size_t length = 0; length < levels_.size() && length <= before.size(); ++length) {
      if (length > 0) context |= byte(before[before.size() - length]) << 8 * (length - 1);
      if (!levels_[length].interpolate(context, byte(next), p)) break;  // not seen, and so no longer one is
    }
    return p;
  }

  /// -1/T sum_t log2 p(text_t | text before t). NaN for an empty text.
  double bits_per_byte(std::string_view text) const {
    double bits = 0;
    for (std::size_t t = 0; t < text.size(); ++t) bits -= std::log2(probability(text.substr(0, t), text[t]));
    return bits / double(text.size());
  }

 private:
  struct counted_gram {
    std::uint64_t gram, count;  // its last byte is the lowest
  };
  /// All grams of one length, those of one context side by side.
  struct level {
    std::vector<counted_gram> grams;
    std::array<double, 4> discounts{};  // of counts 0, 1, 2, and 3 or more

    level() = default;
    explicit level(std::vector<std::uint64_t> all) {
      std::sort(all.begin(), all.end());
      for (std::size_t i = 0; i < all.size(); ++i) {
        if (i == 0 || all[i] != all[i - 1]) grams.push_back({all[i], 0});
        ++grams.back().count;
      }
      std::array<double, 5> seen{};  // how many grams were seen so often
      for (counted_gram const& g : grams)
        if (g.count < 5) ++seen[g.count];
      double const y = seen[1] > 0 ? seen[1] / (seen[1] + 2 * seen[2]) : 0.5;
      for (std::size_t n = 1; n < 4; ++n) {
        double const d = seen[n] > 0 ? double(n) - double(n + 1) * y * seen[n + 1] / seen[n] : 0.5;
        discounts[n] = std::clamp(d, 0.1, double(n) - 0.05);  // a text of few bytes says nothing reliable
      }
    }
    double discount(std::uint64_t count) const { return discounts[std::min<std::uint64_t>(count, 3)]; }

    /// p <- p(next | context), from that of the shorter context; false if the context never occurred.
    bool interpolate(std::uint64_t context, std::uint64_t next, double& p) const {
      auto before = [](counted_gram const& g, std::uint64_t gram) { return g.gram < gram; };
      double sum = 0, kept = 0, freed = 0;
      for (auto g = std::lower_bound(grams.begin(), grams.end(), context << 8, before);
           g != grams.end() && g->gram >> 8 == context; ++g) {
        double const taken = discount(g->count);
        sum += double(g->count), freed += taken;
        if ((g->gram & 255) == next) kept = double(g->count) - taken;
      }
      if (sum > 0) p = (kept + freed * p) / sum;
      return sum > 0;
    }
  };

  static std::uint64_t byte(char c) { return static_cast<unsigned char>(c); }
  static std::uint64_t last(int bytes, std::uint64_t gram) {
    return bytes == 8 ? gram : gram & ((1ull << 8 * bytes) - 1);
  }

  std::vector<level> levels_;  // [k]: grams of k + 1 bytes
};

}  // namespace training
