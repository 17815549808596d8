// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "support/definition.hpp"

namespace operator_mask {

using namespace transxssm;

static_assert(mask<causal> && mask<sliding_window> && !mask<int> && !mask<whole>);

TEST_CASE("dense(mask, T, S): which key each query sees") {
  for (index_t T : {0, 1, 2, 7})
    for (index_t S : {T, T + 1, T + 6}) {
      auto const sees = dense(causal{}, T, S);
      REQUIRE((sees.rows() == T && sees.cols() == S));
      for (index_t i = 0; i < T; ++i)
        for (index_t j = 0; j < S; ++j) CHECK(sees(i, j) == (j <= S - T + i));
      for (index_t w : {1, 3, 100}) {
        auto const window = dense(sliding_window(w), T, S);
        for (index_t i = 0; i < T; ++i)
          for (index_t j = 0; j < S; ++j) CHECK(window(i, j) == (j <= S - T + i && j > S - T + i - w));
      }
    }
}

TEST_CASE("dense(mask, packed): no sequence sees another") {
  packed documents({0, 1, 1, 8, 12});
  auto sequence_of = [](index_t i) { return i < 1 ? 0 : i < 8 ? 1 : 2; };
  auto const sees = dense(causal{}, documents), window = dense(sliding_window(3), documents);
  REQUIRE((sees.rows() == 12 && sees.cols() == 12 && window.rows() == 12 && window.cols() == 12));
  for (index_t i = 0; i < 12; ++i)
    for (index_t j = 0; j < 12; ++j) {
      bool const seen = j <= i && sequence_of(i) == sequence_of(j);
      CHECK(sees(i, j) == seen);
      CHECK(window(i, j) == (seen && j > i - 3));
    }
  CHECK(dense(causal{}, packed({0})).size() == 0);
}

TEST_CASE("a window of one key sees itself") { CHECK(dense(sliding_window(1), 4, 4).isIdentity()); }

TEST_CASE("a window of no keys is refused") {
  CHECK_THROWS_WITH_AS(sliding_window(0), "sliding_window(width): the window has 0 keys, expected at least 1",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(sliding_window(-3), "sliding_window(width): the window has -3 keys, expected at least 1",
                       std::invalid_argument);
}

}  // namespace operator_mask
