// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "support/row_definitions.hpp"

namespace operator_swiglu {

using namespace transxssm;
using definition::as_view, definition::near;

namespace {

definition::rows swiglu_of(auto const& gate, auto const& up) {
  return definition::silu(definition::exact(gate)).cwiseProduct(definition::exact(up));
}

}  // namespace

TEST_CASE_TEMPLATE("y = silu(gate) up, entry by entry", S, float, double, long double) {
  for (index_t T : {0, 1, 5})
    for (index_t D : {0, 1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 100}) {
      auto const gate = random_rows<S>(T, D, 1), up = random_rows<S>(T, D, 2);
      matrix<S> const Y = swiglu(gate, up);
      near<S>(Y, swiglu_of(gate, up));
      row_major<S> const g = 3 * gate, u = up, W = swiglu(g, u);
      near<S>(W, swiglu_of(g, up));
      near<S>(matrix<S>(swiglu(g, up)), swiglu_of(g, up));
    }
}

TEST_CASE_TEMPLATE("no gate overflows", S, float, double) {
  S const infinite = std::numeric_limits<S>::infinity(), most = std::numeric_limits<S>::max();
  row_major<S> gate(1, 9), up = row_major<S>::Ones(1, 9);
  gate << 0, most, -most, infinite, -infinite, S(1e4), S(-1e4), std::numeric_limits<S>::quiet_NaN(), S(-0.0);
  row_major<S> const y = swiglu(gate, up);
  CHECK((y(0) == 0 && y(1) == most && y(2) == 0 && y(3) == infinite && y(4) == 0 && y(5) == S(1e4) && y(6) == 0));
  CHECK(std::isnan(y(7)));
  CHECK(y(8) == 0);
}

TEST_CASE_TEMPLATE("16-bit rows: one rounding", S, Eigen::bfloat16, Eigen::half) {
  for (index_t D : {1, 7, 8, 40, 61}) {
    row_major<S> const gate = random_rows<float>(5, D, 1).cast<S>(), up = random_rows<float>(5, D, 2).cast<S>();
    auto const expected = swiglu_of(gate.template cast<float>(), up.template cast<float>());
    definition::rounded_once<S>(row_major<S>(swiglu(gate, up)), expected);
    definition::rounded_once<S>(matrix<S>(swiglu(matrix<S>(gate), up)), expected);
    row_major<float> sums(5, D);
    with(as_view(sums)) = swiglu(gate, up);
    near<float>(sums, expected);
  }
}

TEST_CASE("the two halves of a row; in place of either; shifted: the same bits") {
  index_t const T = 30, D = 19;
  auto both = row_major<float>(random_rows<float>(T, 2 * D, 1));
  row_major<float> const before = both, g = both.leftCols(D), u = both.rightCols(D), expected = swiglu(g, u);
  CHECK(same_bits(matrix<float>(swiglu(both.leftCols(D), both.rightCols(D))), expected));
  auto all = as_view(both);
  with(all.middle_cols(0, D), cpu{2}) = swiglu(all.middle_cols(0, D), all.middle_cols(D, D));
  CHECK(same_bits(both.leftCols(D), expected));
  CHECK(same_bits(both.rightCols(D), u));
  both = before;
  with(all.middle_cols(D, D)) = swiglu(all.middle_cols(0, D), all.middle_cols(D, D));
  CHECK(same_bits(both.rightCols(D), expected));
  both = before;
  with(all.middle_cols(1, D)) = swiglu(all.middle_cols(0, D), all.middle_cols(D, D));
  CHECK(same_bits(both.middleCols(1, D), expected));
}

TEST_CASE("a batch of heads, any strides, any number of threads") {
  index_t const batch = 2, T = 33, H = 3, D = 11;
  batch_of<double> gate(batch, T, H, D, 1), up(batch, T, H, D, 2), Y(batch, T, H, D, 3), first(batch, T, H, D, 3);
  std::vector<double> memory(std::size_t(batch * T * H * D));
  view<double, 4> transposed(memory.data(), {batch, T, H, D}, {T * H * D, 1, T * D, T});
  up.all.copy_to(transposed);
  with(first.all) = swiglu(gate.all, up.all);
  for (index_t b = 0; b < batch; ++b)
    for (index_t h = 0; h < H; ++h)
      near<double>(copied(first.all, b, h, H), swiglu_of(copied(gate.all, b, h, H), copied(up.all, b, h, H)));
  for (int threads : {1, 2, 7}) {
    with(Y.all, cpu{threads}) = swiglu(gate.all, transposed);
    CHECK(Y.memory == first.memory);
  }
}

TEST_CASE("the same bits wherever the rows lie") {
  index_t const T = 3, D = 29;
  auto const gate = random_rows<float>(T, D, 1), up = random_rows<float>(T, D, 2);
  matrix<float> const expected = swiglu(gate, up);
  std::vector<float> a(200), b(200), c(200);
  for (index_t offset = 0; offset < 18; ++offset) {
    view<float, 2> g(a.data() + offset, {T, D}), u(b.data() + (offset * 5) % 18, {T, D}), y(c.data() + (offset * 7) % 18, {T, D});
    view_of<2>(gate).copy_to(g), view_of<2>(up).copy_to(u);
    with(y) = swiglu(g, u);
    CHECK(same_bits(copied(y, 0, 0, 1), expected));
  }
}

TEST_CASE("what does not fit is refused by name") {
  auto const gate = random_rows<float>(7, 6, 1), up = random_rows<float>(7, 6, 2);
  using wrong = std::invalid_argument;
  CHECK_THROWS_WITH_AS(swiglu(gate, up.topRows(5)), "swiglu(gate, up): up has 5 rows, expected 7", wrong);
  CHECK_THROWS_WITH_AS(swiglu(gate, up.leftCols(5)), "swiglu(gate, up): up has 5 columns, expected 6", wrong);
  batch_of<float> heads(2, 7, 3, 6, 1), one(1, 7, 3, 6, 1);
  CHECK_THROWS_WITH_AS(swiglu(heads.all, one.all), "swiglu(gate, up): up has 1 sequences, expected 2", wrong);
  CHECK_THROWS_WITH_AS(swiglu(heads.all, up), "swiglu(gate, up): up has 1 heads, expected 3", wrong);
  row_major<float> Y = row_major<float>::Constant(6, 6, 3);
  CHECK_THROWS_WITH_AS(with(as_view(Y)) = swiglu(gate, up), "Y = swiglu(gate, up): Y has 6 rows, expected 7", wrong);
  CHECK(Y.isConstant(3, 0));
}

}  // namespace operator_swiglu
