// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <vector>
#include "../core/errors.hpp"
#include "../core/long_memory.hpp"

namespace transxssm {

/// The rotated keys and the values of the steps seen so far, of every sequence: all that attention remembers.
///
///     kv_cache<float> cache(capacity, N, P, heads, batch);     // heads of K and V, which may be fewer than those of Q
///     Z = A.from(cache) * V;                                   // appends K and V, and attends to all that is there
///     cache.roll_back(3);                                      // forgets the last three steps
///
/// S is the scalar of K and V, or what their sums are kept in (floats beside bfloat16, which keeps the rotation exact).
/// batch * capacity * heads * (N + P) numbers.
template<class S>
struct kv_cache {
  using Scalar = S;
  std::uint64_t moves = 0;  // how many evaluations have moved it

  kv_cache(index_t capacity, index_t N, index_t P, index_t heads = 1, index_t batch = 1)
      : k_(elements("kv_cache(capacity, N, P, heads, batch)", {batch, capacity, heads, N}), S(0)),
        v_(elements("kv_cache(capacity, N, P, heads, batch)", {batch, capacity, heads, P}), S(0)),
        k_shape_(nullptr, {batch, capacity, heads, N}), v_shape_(nullptr, {batch, capacity, heads, P}),
        lengths_(std::size_t(batch)), positions_(std::size_t(batch)) {}

  index_t capacity() const { return k_shape_.rows(); }
  index_t sequences() const { return k_shape_.batch(); }

  /// Steps that are there, and the position of the one that comes next: equal, unless the sequence began elsewhere than
  /// at 0 (set `position` before the first step).
  index_t length(index_t sequence = 0) const { return lengths_[std::size_t(sequence)]; }
  index_t position(index_t sequence = 0) const { return positions_[std::size_t(sequence)]; }
  index_t& position(index_t sequence = 0) { return positions_[std::size_t(sequence)]; }

  view<S, 4> keys() { return {k_.data(), k_shape_.extents}; }    // (batch, capacity, head, N)
  view<S, 4> values() { return {v_.data(), v_shape_.extents}; }  // (batch, capacity, head, P)
  view<S const, 4> keys() const { return {k_.data(), k_shape_.extents}; }
  view<S const, 4> values() const { return {v_.data(), v_shape_.extents}; }

  /// Steps written behind those that are there are counted from now on.
  void advance(index_t sequence, index_t steps) {
    lengths_[std::size_t(sequence)] += steps;
    positions_[std::size_t(sequence)] += steps;
  }
  /// Forgets the last `steps` of one sequence, or of all. Throws std::invalid_argument if there are not that many.
  void roll_back(index_t steps, index_t sequence) {
    if (steps < 0 || steps > length(sequence))
      refuse("cache.roll_back(steps)", "steps", steps, "of them", "0 to " + std::to_string(length(sequence)));
    advance(sequence, -steps);
  }
  void roll_back(index_t steps) {
    for (index_t s = 0; s < sequences(); ++s)
      if (steps < 0 || steps > length(s))
        refuse("cache.roll_back(steps)", "steps", steps, "of them", "0 to " + std::to_string(length(s)));
    for (index_t s = 0; s < sequences(); ++s) advance(s, -steps);
  }

 private:
  long_array<S> k_, v_;
  view<S, 4> k_shape_, v_shape_;
  std::vector<index_t> lengths_, positions_;
};

}  // namespace transxssm
