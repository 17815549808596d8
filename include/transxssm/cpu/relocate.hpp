// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../operator/kv_cache.hpp"
#include "../operator/ssm_state.hpp"
#include "rotate.hpp"

namespace transxssm {

/// Turns every row of x, (rows, N), by the one row of R, in place.
template<class S>
void turn_all_rows(view<S, 2> x, rotary_view<accumulator_t<S>> const& table) {
  auto R = table.head(0, 0, 1);
  for (auto* v : {&R.cosines, &R.sines}) v->extents[0] = x.rows(), v->strides[0] = 0;
  R.positions.extents[0] = x.rows(), R.positions.strides[0] = 0;
  rotated<view<S const, 2>, decltype(R)> turned{x.borrowed(), R};
  evaluate_into(cpu{}, accumulate<accumulator_t<S>>{}, workspace{}, turned, x);
}

/// Moves a state by p positions, as if all its steps had been p later: h becomes R_p h along its N axis. That is shift
/// covariance: scores depend on distances only, so the state of a document, computed once, can be placed anywhere.
///
///     relocate(state, p, frequencies(d));       // then continue at position p + what it was
///
/// theta and the pairing are those of the tables that turned C and B. 3 N P flops for each head of each sequence.
/// Throws std::invalid_argument if theta has more planes than the state has pairs of features.
template<class S>
void relocate(ssm_state<S>& state, index_t p, frequencies const& theta, pairing pairs = pairing::interleaved) {
  view<S, 4> h = state.h();
  rotary_table<S> R(theta, std::span<index_t const>(&p, 1), pairs);
  if (R.planes() > h.rows() / 2)
    refuse("relocate(state, p, theta)", "theta", R.planes(), "planes", "at most " + std::to_string(h.rows() / 2));
  for (index_t b = 0; b < h.batch(); ++b) {
    for (index_t i = 0; i < h.heads(); ++i) {
      view<S, 2> one = h.head(b, i, h.heads());  // (N, P), and so its transpose has rows of N features
      turn_all_rows(view<S, 2>(one.data, {one.cols(), one.rows()}, {one.strides[1], one.strides[0]}), R.borrowed());
    }
    state.position(b) += p;
  }
  ++state.moves;
}

/// The same for a cache: its keys are turned by R_p.
template<class S>
void relocate(kv_cache<S>& cache, index_t p, frequencies const& theta, pairing pairs = pairing::interleaved) {
  view<S, 4> keys = cache.keys();
  rotary_table<accumulator_t<S>> R(theta, std::span<index_t const>(&p, 1), pairs);
  if (R.planes() > keys.cols() / 2)
    refuse("relocate(cache, p, theta)", "theta", R.planes(), "planes", "at most " + std::to_string(keys.cols() / 2));
  for (index_t b = 0; b < keys.batch(); ++b) {
    for (index_t i = 0; i < keys.heads(); ++i)
      turn_all_rows(keys.head(b, i, keys.heads()).middle_rows(0, cache.length(b)), R.borrowed());
    cache.position(b) += p;
  }
  ++cache.moves;
}

}  // namespace transxssm
