// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <bit>
#include <cstdint>
#include <vector>
#include "../core/errors.hpp"
#include "../cpu/for_each_index.hpp"
#include "../cpu/load.hpp"
#include "../policy/policy.hpp"

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

/// A size of a model: within bounds that keep the number of its parameters far from overflow.
inline void expect_size(char const* where, char const* name, index_t n, index_t most = 1 << 14) {
  if (n < 1 || n > most) refuse(where, name, n, "entries", "1 to " + std::to_string(most));
}

/// A linear layer without bias: y = W x. Its weight is stored as checkpoints do, (outputs, inputs), row by row.
template<class S>
struct linear {
  using Acc = accumulator_t<S>;
  index_t outputs = 0, inputs = 0;
  std::vector<S> numbers;

  linear() = default;
  linear(index_t out, index_t in) : outputs(out), inputs(in), numbers(elements("linear", {out, in})) {}

  view<S, 2> weight() { return {numbers.data(), {outputs, inputs}}; }
  view<S const, 2> weight() const { return {numbers.data(), {outputs, inputs}}; }

  /// Y = X W^T, into the caller's memory.
  void operator()(auto const& how, view<Acc const, 2> x, view<Acc, 2> y) const {
    multiply_transposed(static_cast<cpu>(how), static_cast<workspace>(how), x, weight(), y);
  }
};

/// The columns [first, first + heads * features) of some rows, as the heads of a batch of one: (1, T, heads, features).
template<class T>
view<T, 4> heads_in(view<T, 2> const& rows, index_t first, index_t heads, index_t features) {
  return {rows.data + first * rows.strides[1],
          {1, rows.rows(), heads, features},
          {0, rows.strides[0], features * rows.strides[1], rows.strides[1]}};
}

/// Rows of scratch memory as a view.
template<class S>
view<S, 2> rows_of(scratch<S>& x) {
  return {x.data(), {x.rows(), x.cols()}};
}

}  // namespace transxssm
