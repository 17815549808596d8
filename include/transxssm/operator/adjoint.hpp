// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../core/closure.hpp"
#include "gradient.hpp"
#include "ssm_state.hpp"

namespace transxssm {

/// The gradient of a loss with respect to what E is made of, given dY, that of its result. Nothing is computed.
template<class E, class G>
struct adjoint_of {
  using Acc = accumulator_t<scalar_of<E>>;
  E of;
  G dY;                   // as Y
  view<Acc const, 4> dh;  // (sequence, N, head, P), or nothing: of the state after the last step

  auto borrowed() const {
    return adjoint_of<decltype(of.borrowed()), decltype(view_of<2>(dY))>{of.borrowed(), view_of<2>(dY), dh};
  }
};

/// The adjoint of a product, or of rows made from rows: it maps the gradient of Y to those of the operands.
///
///     semiseparable_gradient<float> d{.log_a = dlog_a, .C = dC, .B = dB, .X = {dX, ddt}};
///     with(d, cpu{2}) = adjoint(semiseparable(log_a, rotate(C, R), rotate(B, R)) * scale_rows(X, dt), dY);
///     with(attention_gradient<float>{dQ, dK, dV}) = adjoint(attention(rotate(Q, R), rotate(K, R)) * V, dY);
///
/// M.from(state) * X is differentiated at the values that `state` has now, so it has to be (a snapshot of) the state before
/// the first step; it is not moved. dh is the gradient of the state after the last one. Operands that heads or sequences
/// share get the sum of their gradients. Written are the wanted gradients, all or (on an error) none; they may not overlap
/// operands or each other. The same bits at any number of threads.
/// Throws std::invalid_argument for extents that do not fit, and what the evaluation of the expression throws.
template<class E, class G>
auto adjoint(E&& of, G&& dY) {
  if constexpr (requires { bare<E>(of).unwrapped(); })
    return adjoint(bare<E>(std::forward<E>(of)).unwrapped(), std::forward<G>(dY));
  else return adjoint_of<held_t<E>, held_t<G>>{held(std::forward<E>(of)), held(std::forward<G>(dY)), {}};
}
template<class E, class G, class S>
auto adjoint(E&& of, G&& dY, view<S, 4> dh) {
  auto node = adjoint(std::forward<E>(of), std::forward<G>(dY));
  node.dh = dh;
  return node;
}
template<class E, class G, class S>
auto adjoint(E&& of, G&& dY, ssm_state<S> const& dh) {
  return adjoint(std::forward<E>(of), std::forward<G>(dY), dh.h());
}

}  // namespace transxssm
