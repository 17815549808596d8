// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <vector>
#include "../core/errors.hpp"
#include "../core/long_memory.hpp"
#include "../core/scalar.hpp"

namespace transxssm {

/// h (N, P) of every head of every sequence, and the position of the step that comes next: all that a semiseparable
/// operator remembers. It owns its memory, ordered (batch, head, N, P), or borrows the caller's.
///
///     ssm_state<float> state(N, P, heads, batch);      // zeros, before position 0
///     Y = M.from(state) * X;                           // continues there, and moves it
///     auto before = state.snapshot();                  // ... and to roll back: state.restore(before)
///
/// S is what sums are kept in: a state of bfloat16 operands is one of floats. batch * heads * N * P numbers.
template<class S>
struct ssm_state {
  static_assert(std::same_as<S, accumulator_t<S>>, "ssm_state<S>: a state is kept in what sums are kept in: float, not 16 bits");
  using Scalar = S;
  std::uint64_t moves = 0;  // how many evaluations have moved it

  ssm_state(index_t N, index_t P, index_t heads = 1, index_t batch = 1)
      : owned_(elements("ssm_state(N, P, heads, batch)", {batch, heads, N, P}), S(0)),
        shape_(nullptr, {batch, N, heads, P}, {heads * N * P, P, N * P, 1}),
        positions_(std::size_t(batch)) {}

  /// Over the caller's memory, in any order of its axes: (batch, N, head, P).
  explicit ssm_state(view<S, 4> h) : shape_(h), positions_(std::size_t(h.batch())) {}

  view<S, 4> h() {  // (batch, N, head, P)
    view<S, 4> all = shape_;
    if (!all.data) all.data = owned_.data();
    return all;
  }
  view<S const, 4> h() const { return const_cast<ssm_state*>(this)->h(); }

  /// The position of the step that comes next. An operator whose rotations start elsewhere does not continue from here.
  index_t& position(index_t sequence = 0) { return positions_[std::size_t(sequence)]; }
  index_t position(index_t sequence = 0) const { return positions_[std::size_t(sequence)]; }

  /// A copy that owns its memory.
  ssm_state snapshot() const {
    view<S const, 4> all = h();
    ssm_state copy(all.rows(), all.cols(), all.heads(), all.batch());
    all.copy_to(copy.h());
    copy.positions_ = positions_;
    copy.moves = moves;
    return copy;
  }
  /// As it was when `snapshot` was taken. Throws std::invalid_argument if that is of another shape.
  void restore(ssm_state const& snapshot) {
    view<S const, 4> from = snapshot.h();
    view<S, 4> to = h();
    constexpr auto where = "state.restore(snapshot)";
    expect(where, "the snapshot", from.batch(), "sequences", to.batch());
    expect(where, "the snapshot", from.heads(), "heads", to.heads());
    expect(where, "the snapshot", from.rows(), "rows", to.rows());
    expect(where, "the snapshot", from.cols(), "columns", to.cols());
    from.copy_to(to);
    positions_ = snapshot.positions_;
    moves = snapshot.moves;
  }

 private:
  long_array<S> owned_;
  view<S, 4> shape_;
  std::vector<index_t> positions_;
};

}  // namespace transxssm
