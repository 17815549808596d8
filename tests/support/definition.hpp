// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include <limits>
#include "operands.hpp"

// Every operator as its equation reads, entry by entry, in long double: what the tests compare with. Nothing here is
// made from the library.
namespace definition {

using real = long double;
using rows = matrix<real>;

rows exact(auto const& x) { return x.template cast<real>(); }

/// m theta_j, theta_j = 10000^(-2j/d) (Eq. 5)
inline auto angles(index_t d, index_t first = 0) {
  return [=](index_t t, index_t j) { return real(first + t) * std::pow(real(10000), -2 * real(j) / real(d)); };
}

/// (x, y) -> (x cos - y sin, x sin + y cos) for each pair of features (Eq. 3)
inline rows rotated(rows X, auto const& angle, index_t planes, bool half_split = false) {
  for (index_t t = 0; t < X.rows(); ++t)
    for (index_t j = 0; j < planes; ++j) {
      real phi = angle(t, j), &x = X(t, half_split ? j : 2 * j), &y = X(t, half_split ? j + planes : 2 * j + 1);
      real const turned = x * std::cos(phi) - y * std::sin(phi);
      y = x * std::sin(phi) + y * std::cos(phi), x = turned;
    }
  return X;
}

/// L_ij = exp(log_a_{j+1} + ... + log_a_i), i >= j
rows decay_mask(auto const& log_a) {
  index_t T = log_a.size();
  rows L = rows::Zero(T, T);
  for (index_t i = 0; i < T; ++i)
    for (index_t j = 0; j <= i; ++j) {
      real sum = 0;
      for (index_t k = j + 1; k <= i; ++k) sum += real(log_a(k));
      L(i, j) = std::exp(sum);
    }
  return L;
}

/// L o (C B^T)
rows semiseparable(auto const& log_a, rows const& C, rows const& B) {
  return decay_mask(log_a).cwiseProduct(C * B.transpose());
}

/// softmax(scale Q K^T), row by row, over the keys j with sees(i, j), where i is counted from the first key
inline rows attention(rows const& Q, rows const& K, real scale, auto const& sees) {
  rows A = rows::Zero(Q.rows(), K.rows());
  for (index_t i = 0; i < Q.rows(); ++i) {
    index_t const at = K.rows() - Q.rows() + i;
    real top = -std::numeric_limits<real>::infinity(), sum = 0;
    for (index_t j = 0; j < K.rows(); ++j)
      if (sees(at, j)) top = std::max(top, scale * Q.row(i).dot(K.row(j)));
    for (index_t j = 0; j < K.rows(); ++j)
      if (sees(at, j)) sum += A(i, j) = std::exp(scale * Q.row(i).dot(K.row(j)) - top);
    A.row(i) /= sum;
  }
  return A;
}
inline rows attention(rows const& Q, rows const& K) {
  return attention(Q, K, 1 / std::sqrt(real(Q.cols())), [](index_t i, index_t j) { return j <= i; });
}

/// <q_i, k_j>, j <= i, each row divided by its sum of <q'_i, k'_j>: its own, or that of other features (Eq. 7)
inline rows linear_attention(rows const& Q, rows const& K, rows const& Q_sum, rows const& K_sum) {
  rows A = (Q * K.transpose()).triangularView<Eigen::Lower>(),
       D = (Q_sum * K_sum.transpose()).triangularView<Eigen::Lower>();
  for (index_t i = 0; i < A.rows(); ++i) A.row(i) /= D.row(i).sum();
  return A;
}

/// Relative to the size of what is exact. Different shapes are infinitely far from each other.
inline double error(auto const& got, rows const& expected) {
  if (got.rows() != expected.rows() || got.cols() != expected.cols()) return std::numeric_limits<double>::infinity();
  if (expected.size() == 0) return 0;
  real const size = expected.norm();
  return double((exact(got) - expected).norm() / (size > 0 ? size : 1));
}

/// What rounding may make of it: 16 eps.
template<class S>
inline double const bar = 16 * double(std::numeric_limits<S>::epsilon());

}  // namespace definition
