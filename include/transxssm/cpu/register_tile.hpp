// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <span>
#include "packet.hpp"
#include "upcoming.hpp"

namespace transxssm {

/// Before step t, a state is multiplied by `factor`; by 0, it is forgotten, NaN included.
template<class S>
struct rescaling {
  index_t t;
  S factor;
};

/// Rows of the state in a tile, and the vectors beside each other in one: 4 x 4 registers where there are 32, else 4 x 2.
inline constexpr int tile_rows = 4;
inline constexpr int tile_vectors = EIGEN_ARCH_DEFAULT_NUMBER_OF_REGISTERS >= 32 ? 4 : 2;

/// Moves a tile of the state, `tile_rows` x `vectors` registers wide, through all steps of a block:
///
///     h <- h + b_t x_t,    y_t <- y_t + c_t h                      h (rows, P), b_t and c_t (rows), x_t and y_t (P)
///
/// Two fused multiply-adds for each element and step, and no other traffic than x_t, y_t, b_t and c_t, from the first
/// cache: that is all the 4 N P flops of the recurrence, at nearly the rate at which registers multiply.
///
/// b, c, x and y point at step 0; their strides lead from one step to the next, `width` from one row of h to the next.
/// x, y and h are aligned. The last entry of `rescalings` is at the end of the block, with a factor that is not used. With
/// every step, one line of `next` is asked for.
///
/// It is a function of its own, because inlined into a larger one g++ 12 keeps h in memory, at half the speed.
template<int vectors, class S>
EIGEN_DONT_INLINE void move_tile(S* h_rows, index_t width, S const* b, S const* c, index_t next_row, S const* x, S* y,
                                 std::span<rescaling<S> const> rescalings, column_of_lines next) {
  constexpr index_t size = packet_size<S>;
  packet<S> h[tile_rows][vectors];
  unrolled<tile_rows>([&](auto n) {
    unrolled<vectors>([&](auto v) { h[n][v] = simd::pload<packet<S>>(h_rows + n * width + v * size); });
  });
  index_t t = 0;
  for (auto const& end : rescalings) {
    for (; t < end.t; ++t, b += next_row, c += next_row, x += width, y += width) {
      packet<S> sum[vectors], value[vectors];
      next.prefetch(t);
      unrolled<vectors>([&](auto v) { sum[v] = simd::pload<packet<S>>(y + v * size); });
      unrolled<vectors>([&](auto v) { value[v] = load_once(x + v * size); });
      unrolled<tile_rows>([&](auto n) {
        auto const b_n = simd::pset1<packet<S>>(b[n]), c_n = simd::pset1<packet<S>>(c[n]);
        unrolled<vectors>([&](auto v) {
          h[n][v] = simd::pmadd(b_n, value[v], h[n][v]);
          sum[v] = simd::pmadd(c_n, h[n][v], sum[v]);
        });
      });
      unrolled<vectors>([&](auto v) { simd::pstore(y + v * size, sum[v]); });
    }
    if (&end == &rescalings.back()) break;
    auto const factor = simd::pset1<packet<S>>(end.factor);
    unrolled<tile_rows>([&](auto n) {
      unrolled<vectors>([&](auto v) { h[n][v] = end.factor == S(0) ? factor : simd::pmul(h[n][v], factor); });
    });
  }
  unrolled<tile_rows>(
      [&](auto n) { unrolled<vectors>([&](auto v) { simd::pstore(h_rows + n * width + v * size, h[n][v]); }); });
  // Apart, and from memory: in the loop above, the compiler would keep the tile there in every step.
  if (rescalings.size() > 1)
    for (index_t n = 0; n < tile_rows; ++n)
      for (index_t v = 0; v < vectors; ++v) {
        S* at = h_rows + n * width + v * size;
        simd::pstore(at, packet_normal_or_zero<S>(simd::pload<packet<S>>(at)));
      }
}

}  // namespace transxssm
