// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <vector>
#include "../core/errors.hpp"
#include "../cpu/linear_adjoint.hpp"
#include "../policy/policy.hpp"

namespace transxssm {

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
    multiply_transposed(how, how, x, weight(), y);
  }
  /// dX = dY W; dW = dY^T X is added to `d`.
  void backward(auto const& how, view<Acc const, 2> x, view<Acc const, 2> dy, view<Acc, 2> dx, linear<Acc>& d) const {
    multiply(how, how, dy, weight(), dx);
    add_product_of_transposed(how, how, dy, x, d.weight());
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
template<class S>
view<S const, 2> rows_of(scratch<S> const& x) {
  return {x.data(), {x.rows(), x.cols()}};
}

/// A gradient of some numbers, added to what is there.
template<class Acc>
void add_to(std::vector<Acc>& sum, auto const& row) {
  Eigen::Map<Eigen::Matrix<Acc, 1, Eigen::Dynamic>>(sum.data(), index_t(sum.size())) += row;
}

}  // namespace transxssm
