// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "eigen.hpp"
#include "operator/mask.hpp"
#include "operator/packed.hpp"

namespace transxssm {

/// The matrix (T, S) of an operator of one head, to look at: what it makes of the identity, by the definition. O(T^2 S).
template<sequence_operator M>
auto dense(M const& m) {
  using S = scalar_of<M>;
  Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic> identity = decltype(identity)::Identity(m.cols(), m.cols());
  return (with(quadratic{}, m * identity)).eval();
}
/// The rows of rotate(X, R), rms_norm(X, weight, eps), ..., of one head.
template<row_expression E>
auto dense(E const& rows) { return formed<Eigen::Matrix<scalar_of<E>, Eigen::Dynamic, Eigen::Dynamic>>(rows); }

/// A mask (T, S): 1 where query i, of the last T of S steps, sees key j.
inline Eigen::MatrixXd dense(mask auto const& sees, index_t T, index_t keys) {
  Eigen::MatrixXd seen = Eigen::MatrixXd::Zero(T, keys);
  for (index_t i = 0; i < T; ++i) {
    auto [first, last] = sees(keys - T + i);
    for (index_t j = first; j < last; ++j) seen(i, j) = 1;
  }
  return seen;
}

/// A mask within packed sequences (T, T): none sees another.
inline Eigen::MatrixXd dense(mask auto const& sees, packed const& sequences) {
  Eigen::MatrixXd seen = Eigen::MatrixXd::Zero(sequences.rows(), sequences.rows());
  for (index_t s = 0; s < sequences.sequences(); ++s) {
    auto [batch, first, count] = sequences.borrowed()(s, sequences.rows());
    seen.block(first, first, count, count) = dense(sees, count, count);
  }
  return seen;
}

}  // namespace transxssm
