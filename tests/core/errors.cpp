// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <transxssm/core/errors.hpp>

namespace core_errors {

using namespace transxssm;

TEST_CASE("a refusal names the operand, its extent, and what was expected") {
  CHECK_THROWS_WITH_AS(refuse("M * X", "X", 5, "rows", "7"), "M * X: X has 5 rows, expected 7", std::invalid_argument);
  CHECK_THROWS_WITH_AS(expect("here", "B", 3, "columns", 4), "here: B has 3 columns, expected 4",
                       std::invalid_argument);
  CHECK_NOTHROW(expect("here", "B", 4, "columns", 4));
}

TEST_CASE("the number of elements of an array, whose extents are not negative") {
  CHECK(elements("here", {2, 3, 4}) == 24);
  CHECK(elements("here", {}) == 1);
  CHECK(elements("here", {5, 0}) == 0);
  CHECK_THROWS_WITH_AS(elements("here", {-2, -3}), "here: an axis has -2 entries, expected at least 0",
                       std::invalid_argument);
}

TEST_CASE("numbers in messages") {
  CHECK(number(0.5f) == "0.500000");
  CHECK(number(-2.0) == "-2.000000");
  struct interval {};
  CHECK(number(interval()) == "a number");
}

TEST_CASE("heads share an operand if their number is a multiple of its heads") {
  auto shared = [](index_t batch, index_t heads, index_t of_batch, index_t of_heads) {
    expect_shared("M * X", "B", view<float, 4>(nullptr, {batch, 5, heads, 2}), of_batch, of_heads);
  };
  CHECK_NOTHROW(shared(2, 6, 2, 6));
  CHECK_NOTHROW(shared(2, 3, 2, 6));
  CHECK_NOTHROW(shared(1, 1, 2, 6));
  CHECK_THROWS_WITH_AS(shared(2, 4, 2, 6), "M * X: B has 4 heads, expected a divisor of 6", std::invalid_argument);
  CHECK_THROWS_WITH_AS(shared(2, 0, 2, 6), "M * X: B has 0 heads, expected a divisor of 6", std::invalid_argument);
  CHECK_THROWS_WITH_AS(shared(3, 6, 2, 6), "M * X: B has 3 sequences, expected 2", std::invalid_argument);
}

}  // namespace core_errors
