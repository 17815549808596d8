// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "multiply_transposed.hpp"

namespace transxssm {

// The adjoint of Y = X W^T (multiply_transposed): dX = dY W, dW += dY^T X. The products are Eigen's, a piece of W's columns
// or rows at a time, whatever the number of threads, so that no bit depends on it. 2 T inputs outputs flops each.

/// dX = dY W.     dY (T, outputs), W (outputs, inputs), dX (T, inputs)
template<class S, class Acc>
void multiply(cpu place, workspace memory, view<Acc const, 2> dy, view<S const, 2> w, view<Acc, 2> dx) {
  constexpr auto here = "linear.backward(X, dY)";
  expect(here, "dY", dy.cols(), "columns", w.rows());
  expect(here, "dX", dx.rows(), "rows", dy.rows());
  expect(here, "dX", dx.cols(), "columns", w.cols());
  index_t const at_once = 512;
  auto const dY = mapped(dy, Eigen::OuterStride<>(dy.strides[0]));
  auto dX = mapped(dx, Eigen::OuterStride<>(dx.strides[0]));
  for_each_index(place, memory, (w.cols() + at_once - 1) / at_once, [&](index_t i, workspace turns) {
    index_t const first = i * at_once, n = std::min(at_once, w.cols() - first);
    if constexpr (std::same_as<S, Acc>) {
      dX.middleCols(first, n).noalias() = dY * mapped(w.middle_cols(first, n), Eigen::OuterStride<>(w.strides[0]));
    } else {
      scratch<Acc> wide(turns, w.rows(), n);
      for (index_t r = 0; r < w.rows(); ++r) widen(&w(r, first), n, wide.row(r).data());
      dX.middleCols(first, n).noalias() = dY * wide;
    }
  });
}

/// dW += dY^T X.     dY (T, outputs), X (T, inputs), dW (outputs, inputs)
template<class Acc>
void add_product_of_transposed(cpu place, workspace memory, view<Acc const, 2> dy, view<Acc const, 2> x,
                               view<Acc, 2> dw) {
  constexpr auto here = "linear.backward(X, dY)";
  expect(here, "X", x.rows(), "rows", dy.rows());
  expect(here, "dW", dw.rows(), "rows", dy.cols());
  expect(here, "dW", dw.cols(), "columns", x.cols());
  index_t const at_once = 512;
  auto const dY = mapped(dy, Eigen::OuterStride<>(dy.strides[0])), X = mapped(x, Eigen::OuterStride<>(x.strides[0]));
  auto dW = mapped(dw, Eigen::OuterStride<>(dw.strides[0]));
  for_each_index(place, memory, (dw.rows() + at_once - 1) / at_once, [&](index_t i, workspace) {
    index_t const first = i * at_once, n = std::min(at_once, dw.rows() - first);
    dW.middleRows(first, n).noalias() += dY.middleCols(first, n).transpose() * X;
  });
}

}  // namespace transxssm
