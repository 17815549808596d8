// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <cmath>
#include <limits>
#include "../core/scalar.hpp"
#include "inputs.hpp"

/// The definitions as plain loops over any scalar, sharing no line with the kernels that they judge; and the error that
/// a kernel is allowed.
namespace transxssm::verify {

/// Y_i = sum over j <= i of exp(log_a_{j+1} + ... + log_a_i) (C_i . B_j) X_j.     T^2 (N + P) operations of Oracle
/// What is forgotten entirely (a weight of exactly 0) is not read: 0 * NaN would be NaN.
template<class Oracle, class S>
matrix<Oracle> ssd_by_definition(ssd_input<S> const& input) {
  using std::exp;
  auto [log_a, C, B, X] = cast<Oracle>(input);
  matrix<Oracle> Y = matrix<Oracle>::Zero(X.rows(), X.cols());
  for (index_t i = 0; i < X.rows(); ++i) {
    Oracle sum(0), weight(1);
    for (index_t j = i; j >= 0 && weight != Oracle(0); --j) {
      Oracle score(0);
      for (index_t n = 0; n < C.cols(); ++n) score += C(i, n) * B(j, n);
      for (index_t p = 0; p < X.cols(); ++p) Y(i, p) += weight * score * X(j, p);
      sum += log_a(j);
      weight = exp(sum);
    }
  }
  return Y;
}

/// Z_i = sum over j <= i of p_ij V_j, p_ij = exp(s_ij) / sum over j <= i of exp(s_ij), s_ij = Q_i . K_j / sqrt(N).
template<class Oracle, class S>
matrix<Oracle> attention_by_definition(attention_input<S> const& input) {
  using std::exp, std::sqrt;
  auto [Q, K, V] = cast<Oracle>(input);
  matrix<Oracle> Z = matrix<Oracle>::Zero(V.rows(), V.cols());
  vector<Oracle> s(V.rows());
  Oracle root = sqrt(Oracle(static_cast<double>(Q.cols())));
  for (index_t i = 0; i < V.rows(); ++i) {
    Oracle top(0), total(0);
    for (index_t j = 0; j <= i; ++j) {
      s(j) = Oracle(0);
      for (index_t n = 0; n < Q.cols(); ++n) s(j) += Q(i, n) * K(j, n) / root;
      if (j == 0 || top < s(j)) top = s(j);
    }
    for (index_t j = 0; j <= i; ++j) total += s(j) = exp(s(j) - top);
    for (index_t j = 0; j <= i; ++j)
      for (index_t p = 0; p < V.cols(); ++p) Z(i, p) += s(j) / total * V(j, p);
  }
  return Z;
}

/// The larger of two errors, of which one that is not a number is the largest.
inline double worse(double error, double so_far) { return std::isnan(so_far) || error <= so_far ? so_far : error; }

/// ||Y - exact|| / ||exact||, Frobenius, computed in Oracle. (||Y|| where exact is 0; NaN and infinity stay what they
/// are.)
template<class S, class Oracle>
double relative_l2(matrix<S> const& Y, matrix<Oracle> const& exact) {
  using std::sqrt;
  if (Y.rows() != exact.rows() || Y.cols() != exact.cols()) return std::numeric_limits<double>::infinity();
  Oracle off(0), size(0);
  for (index_t i = 0; i < Y.rows(); ++i)
    for (index_t p = 0; p < Y.cols(); ++p) {
      Oracle e = exactly<Oracle>(Y(i, p)) - exact(i, p);
      off += e * e, size += exact(i, p) * exact(i, p);
    }
  return static_cast<double>(sqrt(size > Oracle(0) ? Oracle(off / size) : off));
}

/// Half an epsilon: a number rounded to the nearest S is off by at most this part of itself.
template<class S>
double unit_roundoff() {
  return std::ldexp(1.0, -std::numeric_limits<S>::digits);
}

/// A 16-bit output is rounded once more than its sums.
template<class S>
double output_rounding() {
  return sizeof(S) == 2 ? unit_roundoff<S>() : 0;
}

/// eps (16 + sqrt(min(T, 1 / (1 - a_mean))) / 2), relative L2, with eps of the sums and a_mean the mean of exp(log_a):
/// rounding errors of about as many steps as the state remembers add up like a random walk.
template<class S>
double ssd_error_bar(vector<S> const& log_a) {
  double T = static_cast<double>(log_a.size()), a_mean = 0;
  for (index_t t = 0; t < log_a.size(); ++t) a_mean += std::exp(exactly<double>(log_a(t))) / T;
  double memory = std::min(T, 1 / std::max(1 - a_mean, 1e-300));
  return 2 * unit_roundoff<accumulator_t<S>>() * (16 + std::sqrt(memory) / 2) + output_rounding<S>();
}

/// 16 eps: a softmax averages, and its errors do not grow with T.
template<class S>
double attention_error_bar() {
  return 32 * unit_roundoff<accumulator_t<S>>() + output_rounding<S>();
}

}  // namespace transxssm::verify
