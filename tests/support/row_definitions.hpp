// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <doctest/doctest.h>
#include "definition.hpp"

// Rows made from rows, as their equations read, in long double.
namespace definition {

inline rows silu(rows const& X) {
  return X.unaryExpr([](real x) { return x == -std::numeric_limits<real>::infinity() ? real(0) : x / (1 + std::exp(-x)); });
}

/// x weight / sqrt(mean(x^2) + eps), the mean over each group of features
inline rows rms_norm(rows X, vector<real> const& weight, double eps, index_t groups = 1) {
  index_t const n = X.cols() / groups;
  for (index_t t = 0; t < X.rows(); ++t)
    for (index_t g = 0; g < X.cols(); g += n) {
      real sum = 0;
      for (index_t j = g; j < g + n; ++j) sum += X(t, j) * X(t, j);
      for (index_t j = g; j < g + n; ++j) X(t, j) *= weight(j) / std::sqrt(sum / real(n) + real(eps));
    }
  return X;
}

/// bias + sum_k weight_k x_{t-K+1+k}, feature by feature
inline rows causal_conv1d(rows const& X, rows const& weight, vector<real> const& bias) {
  rows Y(X.rows(), X.cols());
  index_t const K = weight.cols();
  for (index_t t = 0; t < X.rows(); ++t)
    for (index_t d = 0; d < X.cols(); ++d) {
      Y(t, d) = bias(d);
      for (index_t k = 0; k < K; ++k)
        if (t - K + 1 + k >= 0) Y(t, d) += weight(d, k) * X(t - K + 1 + k, d);
    }
  return Y;
}

/// Within what rounding may make of it, 16 eps in L2.
template<class S>
void near(auto const& got, rows const& expected) { CHECK(error(got, expected) < bar<S>); }

/// Each number is the exact one, rounded to S (from sums in float, which are off by a little more than nothing).
template<class S>
void rounded_once(auto const& got, rows const& expected) {
  double const half_ulp = std::ldexp(1.0, -std::numeric_limits<S>::digits), sums = 40 * 6e-8;
  double const least = double(float((std::numeric_limits<S>::min)()));
  REQUIRE((got.rows() == expected.rows() && got.cols() == expected.cols()));
  for (index_t t = 0; t < expected.rows(); ++t)
    for (index_t j = 0; j < expected.cols(); ++j) {
      double const exact = double(expected(t, j)), off = std::abs(double(float(got(t, j))) - exact);
      bool const within = off <= (half_ulp + sums) * std::max(std::abs(exact), least);
      CAPTURE(exact);
      CAPTURE(off);
      REQUIRE(within);
    }
}

template<class S, int Order>
view<S, 2> as_view(Eigen::Matrix<S, -1, -1, Order>& x) {
  return {x.data(), {x.rows(), x.cols()}, {x.rowStride(), x.colStride()}};
}

}  // namespace definition
