// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../core/view.hpp"

namespace transxssm {

// Where the gradients of an expression's operands go: what with(gradient, cpu{2}) = adjoint(M * X, dY) assigns to. Each
// member is a view of the shape of its operand, or nothing if that gradient is not wanted. S is what sums are kept in,
// also where operands have 16 bits. A gradient is written, not added to what was there.

template<class D>
concept gradient_of_operands = requires { typename D::is_gradient; };

/// A gradient's place: a batch, or the rows (or numbers) of one head.
template<class S, int Axes>
struct wanted : view<S, Axes> {
  using view<S, Axes>::view;
  wanted() = default;
  template<int One>
  requires(One % 2 == Axes % 2)
  wanted(view<S, One> const& x) : view<S, Axes>(as_batch(x)) {}
};

/// Of rows: X itself, or those that rotate(X, phi, pairing), scale_rows(X, factor) and feature_map(X, f) are made from.
///
///     {dX}    {dX, dphi}    {dX, dfactor}         of X; and of the angles, (.., planes); and of the factor, (..)
template<class S>
struct rows_gradient {
  using is_gradient = void;
  wanted<S, 4> rows, angles;
  wanted<S, 3> factor;

  template<int... Axes>
  rows_gradient(view<S, Axes>... of) {
    [[maybe_unused]] bool first = true;
    (take(of, first), ...);
  }

 private:
  template<int Axes>
  void take(view<S, Axes> const& x, bool& first) {
    if constexpr (Axes % 2 == 1) factor = x;
    else (first ? rows : angles) = x;
    first = false;
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
