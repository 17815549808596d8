// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../core/closure.hpp"
#include "../core/errors.hpp"

namespace transxssm {

/// The rows of X, each times its own step's number. Nothing is computed.
template<class X, class Factor>
struct scaled {
  using Scalar = scalar_of<X>;
  static constexpr int axes = held_t<X const&>::axes;
  X x;            // (T, P), or (batch, T, head, P)
  Factor factor;  // (T), or (batch, T, head)

  index_t batch() const { return std::max(view_of<2>(x).batch(), view_of<1>(factor).batch()); }
  index_t rows() const { return view_of<2>(x).rows(); }
  index_t heads() const { return std::max(view_of<2>(x).heads(), view_of<1>(factor).heads()); }
  index_t cols() const { return view_of<2>(x).cols(); }

  auto borrowed() const {
    return scaled<decltype(view_of<2>(x)), decltype(view_of<1>(factor))>{view_of<2>(x), view_of<1>(factor)};
  }
  TRANSXSSM_HOST_DEVICE auto head(index_t b, index_t h, index_t heads) const {
    return scaled<decltype(x.head(b, h, heads)), decltype(factor.head(b, h, heads))>{x.head(b, h, heads),
                                                                                     factor.head(b, h, heads)};
  }
  auto middle_rows(index_t t, index_t n) const {
    return scaled<decltype(x.middle_rows(t, n)), decltype(factor.middle_rows(t, n))>{x.middle_rows(t, n),
                                                                                     factor.middle_rows(t, n)};
  }
  auto middle_cols(index_t p, index_t n) const {
    return scaled<decltype(x.middle_cols(p, n)), Factor>{x.middle_cols(p, n), factor};
  }
  void visit(auto&& f) const { x.visit(f), factor.visit(f); }
};

/// Row t of X, times factor_t: M * scale_rows(X, dt) is the discretised input dt X, never formed.
///     X        (T, P), or (batch, T, head, P)
///     factor   (T), or (batch, T, head); of the scalar type of X, or of that of its sums
/// Throws std::invalid_argument if factor has other entries than X has rows.
template<class X, class Factor>
auto scale_rows(X&& x, Factor&& factor) {
  constexpr bool vector = one_number_per_step<Factor>, matching = scalar_or_accumulator<X, Factor>;
  static_assert(vector, "scale_rows(X, factor): factor must be a vector (T), or a view (batch, T, head)");
  static_assert(matching, "scale_rows(X, factor): factor must have the scalar type of X, or float beside 16-bit rows");
  scaled<held_t<X>, held_t<Factor, 1>> node{held(std::forward<X>(x)), held<1>(std::forward<Factor>(factor))};
  auto f = view_of<1>(node.factor);
  expect("scale_rows(X, factor)", "factor", f.rows(), "entries", node.rows());
  expect_shared("scale_rows(X, factor)", "factor", f, node.batch(), node.heads());
  expect_shared("scale_rows(X, factor)", "X", view_of<2>(node.x), node.batch(), node.heads());
  return node;
}

}  // namespace transxssm
