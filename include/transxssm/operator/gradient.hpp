// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../core/closure.hpp"

namespace transxssm {

// Where the gradients of an expression's operands go: what with(gradient, cpu{2}) = adjoint(M * X, dY) assigns to. Each
// member is a view of the shape of its operand, or nothing if that gradient is not wanted. S is what sums are kept in,
// also where operands have 16 bits. A gradient is written, not added to what was there.

template<class D>
concept gradient_of_operands = requires { typename D::is_gradient; };

/// Memory of the caller's that is to be written: a view, or a matrix or vector of Eigen's.
template<class T, int Axes>
view<T, Axes> written(view<T, Axes> const& x) {
  return x;
}
template<stored_matrix M>
auto written(M& m) {
  using S = scalar_of<M>;
  if constexpr (M::IsVectorAtCompileTime)
    return view<S, 1>(m.data(), {m.size()}, {m.rows() == 1 ? m.colStride() : m.rowStride()});
  else return view<S, 2>(m.data(), {m.rows(), m.cols()}, {m.rowStride(), m.colStride()});
}

/// A gradient's place: a batch, or the rows (or numbers) of one head.
template<class S, int Axes>
struct wanted : view<S, Axes> {
  wanted() = default;
  template<class X>
  requires requires(X& x) { requires decltype(written(x))::axes % 2 == Axes % 2; }
  wanted(X&& x) : view<S, Axes>(as_batch(written(x))) {}
};

/// Of rows: X itself, or those that rotate(X, phi, pairing), scale_rows(X, factor) and feature_map(X, f) are made from.
///
///     {dX}    {dX, dphi}    {dX, dfactor}         of X; and of the angles, (.., planes); and of the factor, (..)
template<class S>
struct rows_gradient {
  using is_gradient = void;
  wanted<S, 4> rows, angles;
  wanted<S, 3> factor;

  rows_gradient() = default;
  template<class First, class... More>
  requires requires(First& x) { written(x); }
  rows_gradient(First&& of_rows, More&&... of_more) : rows(of_rows) {
    (take(written(of_more)), ...);
  }

 private:
  template<int Axes>
  void take(view<S, Axes> const& x) {
    if constexpr (Axes % 2 == 1) factor = x;
    else angles = x;
  }
};

/// Of semiseparable(log_a, C, B, skip(D)) * X, and of M.from(state) * X.
template<class S>
struct semiseparable_gradient {
  using is_gradient = void;
  wanted<S, 3> log_a = {};                  // (batch, T, head)
  rows_gradient<S> C = {}, B = {}, X = {};  // (batch, T, group, N), (batch, T, group, N), (batch, T, head, P)
  view<S, 1> D = {};                        // (H), or (1)
  wanted<S, 4> state = {};                  // (sequence, N, head, P): of the state before the first step
};

/// Of attention(Q, K) * V and linear_attention(Q, K) * V.
template<class S>
struct attention_gradient {
  using is_gradient = void;
  rows_gradient<S> Q = {}, K = {}, V = {};  // (batch, T, head, N), (batch, S, group, N), (batch, S, group, P)
};

/// Of rms_norm(X, weight, eps, gated(Z)).
template<class S>
struct rms_norm_gradient {
  using is_gradient = void;
  wanted<S, 4> X = {};     // (batch, T, head, D)
  view<S, 1> weight = {};  // (D), or (head D)
  wanted<S, 4> Z = {};     // (batch, T, head, D)
};

/// Of swiglu(gate, up).
template<class S>
struct swiglu_gradient {
  using is_gradient = void;
  wanted<S, 4> gate = {}, up = {};  // (batch, T, head, D)
};

/// Of causal_conv1d(X, weight, bias).
template<class S>
struct causal_conv1d_gradient {
  using is_gradient = void;
  wanted<S, 4> X = {};     // (batch, T, head, D)
  view<S, 2> weight = {};  // (D, K), or (head D, K)
  view<S, 1> bias = {};    // (D), or (head D)
};

}  // namespace transxssm
