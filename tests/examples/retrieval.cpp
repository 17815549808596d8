// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "../../examples/train/retrieval.hpp"
#include <doctest/doctest.h>
#include <Eigen/Core>
#include <map>
#include <set>
#include "../../examples/train/associative_recall.hpp"
#include "../../examples/train/needle.hpp"

namespace retrieval_tests {

using namespace training;

std::string const haystack = [] {
  std::string text;
  for (int i = 0; i < 400; ++i) text += "line " + std::to_string(i) + " of a long text without any secrets;\n";
  return text;
}();

TEST_CASE("a needle stands once in the haystack, at its depth, and is asked for at the end") {
  random_numbers random(1);
  std::string const asks = "\nThe number of ";
  for (index_t length : {60, 200, 1000, 4096})
    for (double depth : {0.0, 0.25, 0.5, 0.9, 1.0}) {
      CAPTURE(length);
      CAPTURE(depth);
      auto const s = needle_in_a_haystack{length, depth, 4}(haystack, random);
      std::string const text = transxssm::bytes_of_tokens(s.tokens);
      REQUIRE(index_t(text.size()) == length);
      std::size_t const needle = text.find(asks), question = text.rfind(asks);
      REQUIRE(needle < question);
      CHECK(text.find(asks, needle + 1) == question);
      std::size_t const fact = asks.size() + 5 + 4;  // "K is 3141"
      CHECK(question + fact == text.size());
      CHECK(text.substr(needle, fact) == text.substr(question));
      CHECK(text.substr(needle + fact, 2) == ".\n");
      std::size_t const filler = std::size_t(length) - 2 * fact - 2;
      CHECK(std::abs(double(needle) - depth * double(filler)) <= 0.5);
      CHECK(haystack.find(text.substr(0, needle) + text.substr(needle + fact + 2, filler - needle)) !=
            std::string::npos);
      CHECK(s.asked == std::vector<index_t>{length - 4, length - 3, length - 2, length - 1});
    }
}

TEST_CASE("needles: the same seed, the same sequences; every letter and digit as often as the others") {
  random_numbers a(5), b(5), other(6);
  needle_in_a_haystack const task{120, 0.3, 2};
  bool differs = false;
  std::map<token, int> letters, digits;
  for (int i = 0; i < 2600; ++i) {
    auto const s = task(haystack, a);
    CHECK(s.tokens == task(haystack, b).tokens);
    differs = differs || s.tokens != task(haystack, other).tokens;
    ++letters[s.tokens[s.tokens.size() - 7]];
    for (index_t t : s.asked) ++digits[s.tokens[std::size_t(t)]];
  }
  CHECK(differs);
  CHECK((letters.size() == 26 && letters.begin()->first == 'A' && digits.size() == 10 && digits.begin()->first == '0'));
  for (auto [letter, n] : letters) CHECK(std::abs(n - 100) < 50);  // five standard deviations
  for (auto [digit, n] : digits) CHECK(std::abs(n - 520) < 110);
}

TEST_CASE("recall: keys differ, all are asked once, and the value asked is that of the same key") {
  random_numbers random(2);
  std::map<index_t, int> places;
  for (associative_recall task : {associative_recall{256, 8, 256}, {64, 16, 64}, {65, 3, 8}, {4, 1, 4}})
    for (int i = 0; i < 200; ++i) {
      auto const s = task(random);
      REQUIRE((index_t(s.tokens.size()) == task.length && index_t(s.asked.size()) == task.pairs));
      std::map<token, token> known;
      for (index_t p = 0; p < task.pairs; ++p) known[s.tokens[std::size_t(2 * p)]] = s.tokens[std::size_t(2 * p) + 1];
      REQUIRE(index_t(known.size()) == task.pairs);
      std::set<token> keys;
      for (index_t t : s.asked) {
        REQUIRE((t > 2 * task.pairs && t < task.length));
        token const key = s.tokens[std::size_t(t) - 1], value = s.tokens[std::size_t(t)];
        CHECK((key >= 1 && key < task.vocab_size / 2 && value >= task.vocab_size / 2 && value < task.vocab_size));
        CHECK((known.count(key) == 1 && known[key] == value));
        keys.insert(key);
        if (task.length == 256) ++places[t];
      }
      CHECK(index_t(keys.size()) == task.pairs);
      CHECK(std::is_sorted(s.asked.begin(), s.asked.end()));
      index_t const fillers = std::count(s.tokens.begin(), s.tokens.end(), 0);
      CHECK(fillers == task.length - 4 * task.pairs);
    }
  CHECK(places.size() == 120);  // 200 * 8 queries in 120 places: 13.3 in each
  for (auto [place, n] : places) CHECK((n >= 1 && n < 35));
}

TEST_CASE("recall: the same seed, the same sequences; queries come in another order than the pairs") {
  random_numbers a(7), b(7);
  associative_recall const task{128, 8, 128};
  index_t in_order = 0;
  for (int i = 0; i < 500; ++i) {
    auto const s = task(a);
    CHECK(s.tokens == task(b).tokens);
    bool same = true;
    for (index_t p = 0; p < 8; ++p)
      same = same && s.tokens[std::size_t(s.asked[std::size_t(p)]) - 1] == s.tokens[std::size_t(2 * p)];
    in_order += same;
  }
  CHECK(in_order < 3);  // one of 40320
}

TEST_CASE("the targets are the next tokens that are asked, and logits that say them are right") {
  task_sequence const s{{5, 6, 7, 5, 6}, {2, 4}};
  token const no = task_sequence::not_asked;
  CHECK(s.targets() == std::vector<token>{no, 7, no, 6, no});

  Eigen::MatrixXf logits = Eigen::MatrixXf::Zero(5, 8);
  retrieval_score score;
  score.add(s, logits);  // all alike: no answer
  CHECK((score.asked == 2 && score.right == 0 && score.exact() == 0));
  logits(1, 7) = 1, logits(3, 5) = 1, logits(2, 5) = 9;
  score.add(s, logits);
  CHECK((score.asked == 4 && score.right == 1 && score.all_right == 0 && score.accuracy() == 0.25));
  logits(3, 6) = 2;
  score.add(s, logits);
  CHECK(
      (score.right == 3 && score.sequences == 3 && score.all_right == 1 && score.exact() == doctest::Approx(1.0 / 3)));
  CHECK_THROWS_WITH_AS(score.add(s, logits.topRows(4)), "retrieval_score: logits has 4 rows, expected 5",
                       std::invalid_argument);
}

TEST_CASE("tasks that cannot be are refused") {
  random_numbers random(1);
  CHECK_THROWS_WITH_AS((needle_in_a_haystack{40, 0.5, 4}(haystack, random)),
                       "needle_in_a_haystack: the sequence has 40 tokens, expected at least 50", std::invalid_argument);
  CHECK_THROWS_AS((needle_in_a_haystack{100, 1.5, 4}(haystack, random)), std::invalid_argument);
  CHECK_THROWS_AS((needle_in_a_haystack{100, 0.5, 0}(haystack, random)), std::invalid_argument);
  CHECK_THROWS_AS((needle_in_a_haystack{100, 0.5, 4}("short", random)), std::invalid_argument);
  CHECK_THROWS_WITH_AS((associative_recall{31, 8, 64}(random)),
                       "associative_recall: the sequence has 31 tokens, expected at least 32", std::invalid_argument);
  CHECK_THROWS_AS((associative_recall{256, 32, 64}(random)), std::invalid_argument);
}

}  // namespace retrieval_tests
