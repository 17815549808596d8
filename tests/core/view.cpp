// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <numeric>
#include <vector>
#include <transxssm/core/view.hpp>

namespace core_view {

using namespace transxssm;

namespace {

std::vector<int> count_to(int n) {
  std::vector<int> values(std::size_t(n), 0);
  std::iota(values.begin(), values.end(), 0);
  return values;
}

}  // namespace

// A view is passed to devices by value, and reads become writes only on purpose.
static_assert(std::is_trivially_copyable_v<view<float, 4>> && std::is_trivially_copyable_v<view<float const, 1>>);
static_assert(std::is_convertible_v<view<float, 4>, view<float const, 4>>);
static_assert(!std::is_convertible_v<view<float const, 4>, view<float, 4>>);
static_assert(!std::is_convertible_v<view<float, 4>, view<double const, 4>>);
static_assert(std::is_same_v<decltype(view<float, 4>().head(0, 0, 1)), view<float, 2>>);
static_assert(std::is_same_v<decltype(view<float const, 3>().head(0, 0, 1)), view<float const, 1>>);

TEST_CASE("without strides, the last axis runs fastest") {
  auto memory = count_to(2 * 3 * 4 * 5);
  view<int, 4> x(memory.data(), {2, 3, 4, 5});
  int next = 0;
  for (index_t b = 0; b < 2; ++b)
    for (index_t t = 0; t < 3; ++t)
      for (index_t h = 0; h < 4; ++h)
        for (index_t j = 0; j < 5; ++j) CHECK(x(b, t, h, j) == next++);
}

TEST_CASE("the extents by name, for one head and for a batch") {
  view<int, 1> numbers(nullptr, {7});
  CHECK((numbers.batch() == 1 && numbers.rows() == 7 && numbers.heads() == 1 && numbers.cols() == 1));
  view<int, 2> rows(nullptr, {7, 3});
  CHECK((rows.batch() == 1 && rows.rows() == 7 && rows.heads() == 1 && rows.cols() == 3));
  view<int, 3> batch_of_numbers(nullptr, {2, 7, 5});
  CHECK((batch_of_numbers.batch() == 2 && batch_of_numbers.rows() == 7 && batch_of_numbers.heads() == 5 &&
         batch_of_numbers.cols() == 1));
  view<int, 4> batch_of_rows(nullptr, {2, 7, 5, 3});
  CHECK((batch_of_rows.batch() == 2 && batch_of_rows.rows() == 7 && batch_of_rows.heads() == 5 &&
         batch_of_rows.cols() == 3));
}

TEST_CASE("strides may be anything: transposed, broadcast, backwards") {
  auto memory = count_to(12);
  view<int, 2> transposed(memory.data(), {4, 3}, {1, 4});
  CHECK(transposed(3, 2) == 11);
  CHECK(transposed(1, 2) == 9);
  view<int, 2> broadcast(memory.data() + 5, {100, 2}, {0, 1});
  CHECK(broadcast(99, 1) == 6);
  view<int, 1> backwards(memory.data() + 11, {4}, {-3});
  CHECK((backwards(0) == 11 && backwards(1) == 8 && backwards(3) == 2));
}

TEST_CASE("middle_rows and middle_cols are windows on the same memory") {
  auto memory = count_to(2 * 6 * 2 * 5);
  view<int, 4> x(memory.data(), {2, 6, 2, 5});
  auto part = x.middle_rows(2, 3).middle_cols(1, 2);
  CHECK((part.batch() == 2 && part.rows() == 3 && part.heads() == 2 && part.cols() == 2));
  for (index_t b = 0; b < 2; ++b)
    for (index_t t = 0; t < 3; ++t)
      for (index_t h = 0; h < 2; ++h)
        for (index_t j = 0; j < 2; ++j) CHECK(&part(b, t, h, j) == &x(b, t + 2, h, j + 1));
  view<int, 1> one(memory.data(), {6}, {2});
  CHECK(one.middle_rows(4, 2)(1) == 10);
  CHECK(x.middle_rows(6, 0).rows() == 0);
}

TEST_CASE("consecutive heads share a group: interleaved, not tiled") {
  auto memory = count_to(2 * 3 * 2 * 4);
  view<int, 4> groups(memory.data(), {2, 3, 2, 4});
  for (index_t b = 0; b < 2; ++b)
    for (index_t h = 0; h < 6; ++h) {
      auto one = groups.head(b, h, 6);
      CHECK((one.rows() == 3 && one.cols() == 4));
      CHECK(&one(2, 1) == &groups(b, 2, h / 3, 1));  // heads 0, 1, 2 have group 0
    }
  view<int, 3> numbers(memory.data(), {2, 3, 4});
  CHECK(&numbers.head(1, 3, 4)(2) == &numbers(1, 2, 3));
}

TEST_CASE("what has no batch, or one head, is shared by all") {
  auto memory = count_to(3 * 2 * 4);
  view<int, 4> one_sequence(memory.data(), {1, 3, 2, 4});
  CHECK(one_sequence.head(7, 1, 2) == one_sequence.head(0, 1, 2));
  view<int, 4> one_group(memory.data(), {1, 3, 1, 4});
  CHECK(one_group.head(0, 5, 6) == one_group.head(0, 0, 6));
  view<int, 2> one_head(memory.data(), {3, 4});
  CHECK(one_head.head(7, 5, 6) == one_head);
}

TEST_CASE("views are equal when they see the same elements in the same order") {
  auto memory = count_to(12);
  view<int, 2> x(memory.data(), {3, 4});
  CHECK(x == view<int, 2>(memory.data(), {3, 4}, {4, 1}));
  CHECK(x == view<int const, 2>(x));
  CHECK(view<int const, 2>(x) == x);
  CHECK_FALSE(x == view<int, 2>(memory.data() + 1, {3, 4}, {4, 1}));
  CHECK_FALSE(x == view<int, 2>(memory.data(), {2, 4}, {4, 1}));
  CHECK_FALSE(x == view<int, 2>(memory.data(), {3, 4}, {1, 3}));
}

TEST_CASE("copy_to, whatever the strides of either") {
  auto memory = count_to(2 * 3 * 2 * 2);
  view<int, 4> x(memory.data() + 2, {2, 3, 2, 2}, {12, 4, -2, 1});  // heads in reverse
  std::vector<int> copy(24, -1);
  view<int, 4> y(copy.data(), {2, 3, 2, 2}, {1, 2, 6, 12});  // the first axis fastest
  x.copy_to(y);
  for (index_t b = 0; b < 2; ++b)
    for (index_t t = 0; t < 3; ++t)
      for (index_t h = 0; h < 2; ++h)
        for (index_t j = 0; j < 2; ++j) CHECK(y(b, t, h, j) == memory[std::size_t(b * 12 + t * 4 + (1 - h) * 2 + j)]);
  view<int const, 1>(memory.data(), {0}).copy_to(view<int, 1>(copy.data(), {0}));  // nothing to copy
}

TEST_CASE("overlaps") {
  auto memory = count_to(100);
  int* m = memory.data();
  view<int, 1> x(m + 10, {10});
  CHECK(overlaps(x, x));
  CHECK(overlaps(x, view<int, 1>(m + 19, {10})));
  CHECK_FALSE(overlaps(x, view<int, 1>(m + 20, {10})));  // they touch
  CHECK_FALSE(overlaps(view<int, 1>(m + 20, {10}), x));
  CHECK(overlaps(x, view<int, 2>(m, {2, 11}, {11, 1})));  // whatever the number of axes
  CHECK(overlaps(x, view<int const, 1>(m, {2}, {50})));   // conservative: the span, with its holes
  SUBCASE("with negative strides, the last element lies first") {
    CHECK(overlaps(x, view<int, 1>(m + 25, {10}, {-1})));             // 16 ... 25
    CHECK_FALSE(overlaps(x, view<int, 1>(m + 29, {10}, {-1})));       // 20 ... 29
    CHECK_FALSE(overlaps(x, view<int, 2>(m + 25, {2, 3}, {-3, 2})));  // 22 ... 29
    CHECK(overlaps(view<int, 1>(m + 19, {5}, {-1}), view<int, 1>(m + 10, {6})));
    CHECK_FALSE(overlaps(view<int, 1>(m + 19, {4}, {-1}), view<int, 1>(m + 10, {6})));
  }
  SUBCASE("what is empty overlaps nothing") {
    CHECK_FALSE(overlaps(x, view<int, 1>(m + 12, {0})));
    CHECK_FALSE(overlaps(view<int, 2>(m + 12, {4, 0}), x));
    CHECK_FALSE(overlaps(view<int, 1>(), view<int, 1>()));
  }
  SUBCASE("in bytes, so scalars may differ") {
    auto* halves = reinterpret_cast<short*>(m);
    CHECK(overlaps(x, view<short, 1>(halves + 39, {1})));
    CHECK_FALSE(overlaps(x, view<short, 1>(halves + 40, {1})));
  }
}

}  // namespace core_view
