// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <random>
#include <set>
#include <transxssm/core/shared_bytes.hpp>

namespace core_shared_bytes {

using namespace transxssm;

namespace {

template<class T>
std::set<std::intptr_t> bytes_of(view<T, 4> const& x) {
  std::set<std::intptr_t> taken;
  auto [B, S, H, D] = x.extents;
  for (index_t b = 0; b < B; ++b)
    for (index_t t = 0; t < S; ++t)
      for (index_t h = 0; h < H; ++h)
        for (index_t j = 0; j < D; ++j)
          for (index_t i = 0; i < index_t(sizeof(T)); ++i)
            taken.insert(reinterpret_cast<std::intptr_t>(&x(b, t, h, j)) + i);
  return taken;
}

bool by_counting(auto const& a, auto const& b) {
  auto const taken = bytes_of(a);
  for (auto byte : bytes_of(b))
    if (taken.contains(byte)) return true;
  return false;
}

bool both_ways(auto const& a, auto const& b) {
  bool const shared = share_bytes(memory_layout(a), memory_layout(b));
  CHECK(shared == share_bytes(memory_layout(b), memory_layout(a)));
  return shared;
}

float memory[4096];

}  // namespace

TEST_CASE("the slices of one row share nothing, whatever they are: columns, heads, steps, sequences") {
  index_t const T = 9;
  view<float, 2> const rows(memory, {T, 20});
  auto const gate = rows.middle_cols(0, 10), up = rows.middle_cols(10, 10);
  CHECK_FALSE(both_ways(gate, up));
  CHECK(both_ways(gate, rows));
  CHECK(both_ways(gate, rows.middle_cols(9, 11)));
  CHECK_FALSE(both_ways(rows.middle_rows(0, 4), rows.middle_rows(4, 5)));
  CHECK(both_ways(rows.middle_rows(0, 5), rows.middle_rows(4, 5)));
  // [X | B | dt] of one projection: heads of different sizes
  view<float, 4> const X(memory, {2, T, 3, 4}, {T * 20, 20, 4, 1}), B(memory + 12, {2, T, 2, 3}, {T * 20, 20, 3, 1});
  view<float, 3> const dt(memory + 18, {2, T, 2}, {T * 20, 20, 1});
  CHECK_FALSE(both_ways(X, B));
  CHECK_FALSE(both_ways(dt, B));
  CHECK_FALSE(both_ways(dt, X));
  CHECK(both_ways(view<float, 3>(memory + 17, {2, T, 2}, {T * 20, 20, 1}), B));
  CHECK_FALSE(both_ways(view<float, 2>(), rows));  // nothing
  CHECK_FALSE(both_ways(rows.middle_rows(3, 0), rows));
}

TEST_CASE("never missed, and exact where strides are the same") {
  std::mt19937 random(1);
  auto below = [&](index_t n) { return index_t(random() % unsigned(n)); };
  int shared = 0;
  for (int i = 0; i < 3000; ++i) {
    index_t const strides[4] = {below(90) - 30, below(40) - 10, below(20), below(4)};
    auto any = [&](index_t const(&s)[4]) {
      return view<float, 4>(memory + 1000 + below(300), {1 + below(3), 1 + below(4), 1 + below(3), 1 + below(5)}, s);
    };
    auto const a = any(strides), b = any(strides);
    bool const expected = by_counting(a, b);
    shared += expected;
    REQUIRE(both_ways(a, b) == expected);
    index_t const others[4] = {strides[0], below(40) - 10, below(20), strides[3]};
    auto const c = any(others);
    if (by_counting(a, c)) REQUIRE(both_ways(a, c));
    view<short, 4> const halves(reinterpret_cast<short*>(c.data), c.extents,
                                {2 * strides[0], 2 * strides[1] + below(3), strides[2], 1});
    if (by_counting(a, halves)) REQUIRE(both_ways(a, halves));
  }
  CHECK((shared > 300 && shared < 2700));
}

}  // namespace core_shared_bytes
