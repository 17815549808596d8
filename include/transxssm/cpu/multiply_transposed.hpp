// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <bit>
#include <cstdint>
#include "../core/errors.hpp"
#include "for_each_index.hpp"
#include "load.hpp"

namespace transxssm {

/// n numbers as Acc. A bfloat16 is the upper half of a float, and a loop of shifts is made of vectors.
template<class S, class Acc>
void widen(S const* from, index_t n, Acc* to) {
  for (index_t i = 0; i < n; ++i)
    if constexpr (std::same_as<S, Eigen::bfloat16>) to[i] = std::bit_cast<float>(std::uint32_t(from[i].value) << 16);
    else to[i] = static_cast<Acc>(from[i]);
}

/// Y = X W^T.     X (T, inputs), W (outputs, inputs), Y (T, outputs)
///
/// The products are Eigen's. Some rows of W make one piece of work, whatever the number of threads, so that no bit depends on
/// it. W may be stored in 16 bits: a piece is then widened first, since products of 16-bit numbers are slow on a CPU.
/// 2 T inputs outputs flops; for a few rows of X, as in decoding, W is read once from memory, and that is the cost.
/// Throws std::invalid_argument for extents that do not fit.
template<class S, class Acc>
void multiply_transposed(cpu place, workspace memory, view<Acc const, 2> x, view<S const, 2> w, view<Acc, 2> y) {
  constexpr auto here = "linear(X)";
  expect(here, "X", x.cols(), "columns", w.cols());
  expect(here, "Y", y.rows(), "rows", x.rows());
  expect(here, "Y", y.cols(), "columns", w.rows());
  if (x.rows() == 0 || w.rows() == 0) return;
  index_t const few = 4, at_once = x.rows() <= few
                                       ? std::clamp<index_t>((1 << 15) / std::max<index_t>(w.cols(), 1), 8, 256)
                                       : 256;
  auto const X = mapped(x, Eigen::OuterStride<>(x.strides[0]));
  auto Y = mapped(y, Eigen::OuterStride<>(y.strides[0]));
  for_each_index(place, memory, (w.rows() + at_once - 1) / at_once, [&](index_t i, workspace turns) {
    index_t const first = i * at_once, n = std::min(at_once, w.rows() - first);
    auto multiply = [&](auto const& weight) {  // (n, inputs)
      if (x.rows() <= few)
        for (index_t t = 0; t < x.rows(); ++t)
          Y.row(t).segment(first, n).transpose().noalias() = weight * X.row(t).transpose();
      else Y.middleCols(first, n).noalias() = X * weight.transpose();
    };
    if constexpr (std::same_as<S, Acc>) {
      multiply(mapped(w.middle_rows(first, n), Eigen::OuterStride<>(w.strides[0])));
    } else {
      scratch<Acc> wide(turns, n, w.cols());
      for (index_t r = 0; r < n; ++r) widen(&w(first + r, 0), w.cols(), wide.row(r).data());
      multiply(wide);
    }
  });
}

}  // namespace transxssm
