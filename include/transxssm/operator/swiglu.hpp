// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "row_expression.hpp"

namespace transxssm {

/// silu(gate) up, entry by entry. Nothing is computed.
template<class X, class U>
struct swish_gated {
  using Scalar = scalar_of<X>;
  static constexpr int axes = held_t<X const&>::axes;
  static constexpr char const* equation = "Y = swiglu(gate, up)";
  static constexpr bool row_by_row = true;
  X gate;  // (T, D), or (batch, T, head, D)
  U up;    // the same

  index_t batch() const { return view_of<2>(gate).batch(); }
  index_t rows() const { return view_of<2>(gate).rows(); }
  index_t heads() const { return view_of<2>(gate).heads(); }
  index_t cols() const { return view_of<2>(gate).cols(); }

  auto borrowed() const { return of(view_of<2>(gate), view_of<2>(up)); }
  TRANSXSSM_HOST_DEVICE auto head(index_t b, index_t h, index_t heads) const {
    return of(gate.head(b, h, heads), up.head(b, h, heads));
  }
  auto middle_rows(index_t t, index_t n) const { return of(gate.middle_rows(t, n), up.middle_rows(t, n)); }
  void visit(auto&& f) const { gate.visit(f), up.visit(f); }

  /// Y = swiglu(gate, up), out of place. For a view, with(Y) = swiglu(gate, up), which may also be in place.
  template<matrix_expression Y>
  operator Y() const { return formed<Y>(*this); }

 private:
  template<class V, class W>
  TRANSXSSM_HOST_DEVICE static swish_gated<V, W> of(V v, W w) { return {std::move(v), std::move(w)}; }
};

/// y = silu(gate) up, entry by entry, where silu(x) = x / (1 + e^-x): what stands between the two products of a SwiGLU
/// (Shazeer 2020), silu(X W_gate) o (X W_up).
///
///     gate, up   (T, D), or (batch, T, head, D): matrices, views (the halves of one row, for instance), or rows made from them
/// No gate overflows: see silu. D T exponentials, and as many products; two numbers are read for each that is written.
/// Throws std::invalid_argument for extents that do not fit.
template<class X, class U>
auto swiglu(X&& gate, U&& up) {
  constexpr bool rows_per_step = one_row_per_step<X> && one_row_per_step<U>;
  static_assert(rows_per_step, "swiglu(gate, up): gate and up must be matrices (T, D), or views (batch, T, head, D)");
  if constexpr (rows_per_step) {
    constexpr bool same = same_scalar<X, U>;
    static_assert(same, "swiglu(gate, up): gate and up must have the same scalar type (same_scalar)");
    swish_gated<held_t<X>, held_t<U>> node{held(std::forward<X>(gate)), held(std::forward<U>(up))};
    auto u = view_of<2>(node.up);
    constexpr auto where = "swiglu(gate, up)";
    expect(where, "up", u.rows(), "rows", node.rows());
    expect(where, "up", u.cols(), "columns", node.cols());
    expect(where, "up", u.heads(), "heads", node.heads());
    expect(where, "up", u.batch(), "sequences", node.batch());
    return node;
  }
}

}  // namespace transxssm
