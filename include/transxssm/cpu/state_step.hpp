// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include "../math/decay.hpp"
#include "packet.hpp"
#include "scratch.hpp"

namespace transxssm {

// One step of a state: h <- e^s h + b^T x, and y = c h.
//
// The state passes through the processor once, row by row, as it lies in memory, and nothing else moves: x is in the first
// cache, and y, the sum over the rows, stays in registers until the last one. So a step takes as long as the state takes
// from memory and back, if enough of it is under way: a kilobyte is asked for ahead, across the ends of pages, where the
// processor's own prefetchers stop, and from the last rows on into the state that follows.
//
// A sum is taken in the order of the rows, whatever columns lie beside it: its bits do not depend on how they are cut.

/// `vectors` packets of columns.     b, c (N); h (N, vectors), x and y (vectors)
template<int vectors, class S>
EIGEN_DONT_INLINE void move_columns(decay_step<S> const& step, index_t N, S const* b, S const* c, S const* x, S* h,
                                    index_t next_row, S* y) {
  constexpr index_t size = packet_size<S>, line = 64 / sizeof(S);
  index_t const ahead = rounded_up(16 * line, next_row);
  auto const keep = simd::pset1<packet<S>>(step.keep), change = simd::pset1<packet<S>>(step.change);
  packet<S> sum[vectors];
  unrolled<vectors>([&](auto v) { sum[v] = simd::pset1<packet<S>>(S(0)); });
  for (index_t n = 0; n < N; ++n, h += next_row) {
    auto const b_n = simd::pset1<packet<S>>(b[n]), c_n = simd::pset1<packet<S>>(c[n]);
    unrolled<vectors>([&](auto v) {
      if constexpr (v * size % line == 0) prefetch(h + v * size + ahead);
      auto const before = load_once(h + v * size);
      auto const added = simd::pmadd(change, before, simd::pmul(b_n, simd::ploadu<packet<S>>(x + v * size)));
      auto const after = packet_normal_or_zero<S>(simd::pmadd(keep, before, added));
      simd::pstoreu(h + v * size, after);
      sum[v] = simd::pmadd(c_n, after, sum[v]);
    });
  }
  unrolled<vectors>([&](auto v) { simd::pstoreu(y + v * size, sum[v]); });
}

/// All columns.     b, c (N); h (N, P), x and y (P)
template<class S>
void move_state(decay_step<S> const& step, S const* b, S const* c, S const* x, strided_tile<S>& h, S* y) {
  index_t const N = h.rows(), P = h.cols(), size = packet_size<S>;
  if (step.forget) h.setZero();
  index_t p = 0;
  auto columns = [&](auto vectors) {
    for (; p + vectors * size <= P; p += vectors * size)
      move_columns<vectors>(step, N, b, c, x + p, h.data() + p, h.outerStride(), y + p);
  };
  if constexpr (size > 1) {
    columns(std::integral_constant<int, 8>()), columns(std::integral_constant<int, 4>());
    columns(std::integral_constant<int, 2>()), columns(std::integral_constant<int, 1>());
  }
  if (p == P) return;
  std::fill(y + p, y + P, S(0));
  for (index_t n = 0; n < N; ++n)
    for (index_t j = p; j < P; ++j) {
      h(n, j) = step(h(n, j), S(b[n] * x[j]));
      y[j] += c[n] * h(n, j);
    }
}

}  // namespace transxssm
