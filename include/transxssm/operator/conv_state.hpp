// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "ssm_state.hpp"

namespace transxssm {

/// The last K - 1 rows of every head of every sequence, and the position of the step that comes next: all that a causal
/// convolution over K steps remembers. It owns its memory, or borrows the caller's.
///
///     conv_state<float> state(K, D, heads, batch);                  // zeros, before position 0
///     Y = causal_conv1d(X, weight, bias).from(state);               // continues there, and moves it
///     auto before = state.snapshot();                               // ... and to roll back: state.restore(before)
///
/// S is what sums are kept in, which holds every number of a row exactly, 16-bit ones too. batch * heads * (K - 1) * D
/// numbers, the latest row last.
template<class S>
class conv_state : ssm_state<S> {
  using memory = ssm_state<S>;
  explicit conv_state(memory&& copy) : memory(std::move(copy)) {}

 public:
  using typename memory::Scalar;
  using memory::moves, memory::position;

  conv_state(index_t K, index_t D, index_t heads = 1, index_t batch = 1) : memory(K - 1, D, heads, batch) {}
  /// Over the caller's memory, in any order of its axes: (batch, K - 1, head, D).
  explicit conv_state(view<S, 4> rows) : memory(rows) {}

  view<S, 4> rows() { return this->h(); }  // (batch, K - 1, head, D)
  view<S const, 4> rows() const { return this->h(); }

  /// A copy that owns its memory.
  conv_state snapshot() const { return conv_state(memory::snapshot()); }
  /// As it was when `snapshot` was taken. Throws std::invalid_argument if that is of another shape.
  void restore(conv_state const& snapshot) { memory::restore(snapshot); }
};

}  // namespace transxssm
