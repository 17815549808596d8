// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "support/definition.hpp"

namespace cpu_masked_product {

using namespace transxssm;

namespace {

/// y + W x over the columns first(i) ... last(i), by loops.
matrix<double> by_loops(matrix<double> const& W, matrix<double> const& x, matrix<double> y, auto const& seen) {
  for (index_t i = 0; i < W.rows(); ++i)
    for (index_t j = seen(i).first; j < seen(i).last; ++j)
      for (index_t p = 0; p < x.cols(); ++p) y(i, p) += W(i, j) * x(j, p);
  return y;
}

}  // namespace

TEST_CASE("W x over an interval of columns for each row") {
  for (index_t n : {0, 1, 15, 16, 17, 50})
    for (index_t more : {0, 3, 40}) {
      index_t const m = n + more;
      auto const W = random_rows<double>(n, m, 1), x = random_rows<double>(m, 3, 2), y = random_rows<double>(n, 3, 3);
      auto each = [&](auto const& seen) {
        matrix<double> got = y;
        masked_product(W, x, got, seen);
        CHECK(definition::error(got, definition::exact(by_loops(W, x, y, seen))) < 1e-14);
      };
      each([=](index_t i) { return key_range{0, more + i + 1}; });
      each([=](index_t i) { return key_range{std::max<index_t>(0, more + i - 4), more + i + 1}; });
      each([=](index_t i) { return key_range{std::max<index_t>(0, more + i - 30), more + i + 1}; });
      each([=](index_t i) { return key_range{more + i, more + i}; });  // nothing
      each([=](index_t i) { return i < 10 ? key_range{0, 0} : key_range{i - 10, i}; });
      each([=](index_t) { return key_range{0, m}; });
    }
}

TEST_CASE("what lies outside is not read: a NaN there stays there") {
  index_t const n = 40;
  auto W = random_rows<double>(n, n, 1), x = random_rows<double>(n, 3, 2);
  matrix<double> y = matrix<double>::Zero(n, 3), clean = y;
  auto window = [](index_t i) { return key_range{std::max<index_t>(0, i - 5), i + 1}; };
  masked_product(W, x, clean, window);
  for (index_t i = 0; i < n; ++i)
    for (index_t j = 0; j < n; ++j)
      if (j < window(i).first || j >= window(i).last) W(i, j) = std::numeric_limits<double>::quiet_NaN();
  masked_product(W, x, y, window);
  CHECK(same_bits(y, clean));
  x.row(20).setConstant(std::numeric_limits<double>::infinity());
  y.setZero();
  masked_product(W, x, y, window);
  CHECK(same_bits(y.topRows(20), clean.topRows(20)));
  CHECK(same_bits(y.bottomRows(14), clean.bottomRows(14)));
}

}  // namespace cpu_masked_product
