// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <string>
#include "../core/closure.hpp"
#include "../core/errors.hpp"

namespace transxssm {

/// Rows made from rows: rotate(X, R), rms_norm(X, weight, eps), swiglu(gate, up), causal_conv1d(X, weight, bias). A node
/// that knows its extents and the name of what it is, and no algorithm.
///
///     MatrixXf Y = rms_norm(X, weight, eps);       // a matrix
///     with(Y, cpu{2}) = rotate(X, R);              // a view, of one head or of a batch of heads
///
/// If it is row_by_row, row t of the result needs row t of the operands only, and the result may take the place of one.
template<class E>
concept row_expression = requires(bare<E> const& e) {
  bare<E>::equation;
  bare<E>::row_by_row;
  e.batch(), e.rows(), e.heads(), e.cols(), e.borrowed();
};

/// The rows as a matrix.
template<matrix_expression Y>
Y formed(auto const& rows) {
  Y y(rows.rows(), rows.cols());
  evaluate(rows.borrowed(), view<scalar_of<Y>, 2>(y.data(), {y.rows(), y.cols()}, {y.rowStride(), y.colStride()}));
  return y;
}

// An operand of one number (or one row of numbers) for each feature: D of them, shared by all heads, or heads D, each head
// its own. So a row of heads D features side by side, and the same row seen as heads, have the same operand.

void expect_features(char const* where, char const* operand, auto const& w, index_t D, index_t heads) {
  if (w.rows() == D || w.rows() == heads * D) return;
  refuse(where, operand, w.rows(), "entries", std::to_string(D) + (heads == 1 ? "" : " or " + std::to_string(heads * D)));
}
TRANSXSSM_HOST_DEVICE auto features_of_head(auto const& w, index_t D, index_t h) {
  return w.middle_rows(w.rows() == D ? 0 : h * D, D);
}

}  // namespace transxssm
