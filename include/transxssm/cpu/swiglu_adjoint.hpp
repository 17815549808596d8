// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../operator/gradient.hpp"
#include "for_each_index.hpp"
#include "step_pieces.hpp"
#include "swiglu.hpp"

namespace transxssm {

/// dgate = dy up silu'(gate), dup = dy silu(gate)     all (D); dgate and dup may be any of the others
template<class S>
void gate_row_adjoint(S const* gate, S const* up, S const* dy, index_t D, S* dgate, S* dup) {
  for_each_packet<S>(D, [&](index_t j, auto vectors, auto n) {
    prefetch_ahead(gate + j), prefetch_ahead(up + j), prefetch_ahead(dy + j);
    unrolled<vectors>([&](auto v) {
      index_t i = j + v * n;
      auto const [silu, slope] = silu_and_slope_of<S>(load_first(n, gate + i));
      packet<S> const d = load_first(n, dy + i), x = load_first(n, up + i);
      store_first(n, dgate + i, simd::pmul(simd::pmul(d, x), slope));
      store_first(n, dup + i, simd::pmul(d, silu));
    });
  });
}

/// write(y), where y is row t of a gradient, or `memory` if it is not wanted.
template<class Acc>
void write_wanted(view<Acc, 2> Y, index_t t, Acc* memory, auto const& write) {
  if (Y.data) write_row(Y, t, memory, write);
  else write(memory);
}

/// The adjoint of swiglu(gate, up):
///
///     dgate = dY up silu'(gate)     dup = dY silu(gate)     silu'(x) = s (1 + x (1 - s)), s = 1 / (1 + e^-x)
///
///     dY (batch, T, head, D) -> {dgate, dup}, as gate and up
///
/// No gate overflows. D T exponentials for each head; three numbers are read for each two that are written. 5 D numbers of
/// workspace for each thread.
template<class Acc, class X, class U, class G>
void adjoint_into(form auto, cpu place, accumulate<Acc>, workspace memory, swish_gated<X, U> const& rows, view<G, 4> dY,
                  swiglu_gradient<Acc> const& to) {
  index_t const H = rows.heads(), D = rows.cols(), together = steps_together(H, rows.rows());
  step_pieces<whole> const pieces({}, rows.batch(), rows.rows(), H * D);
  for_each_index(place, memory, pieces.size(), [&](index_t piece, workspace turns) {
    scratch<Acc> spare(turns, 5, D);
    auto memory_of = [&](int i) { return spare.row(i).data(); };
    pieces.visit(piece, together, [&](sequence_rows in, index_t first, index_t n) {
      for (index_t h = 0; h < H; ++h) {
        auto of = [&](auto const& x) { return x.head(in.batch, h, H).middle_rows(first, n); };
        auto const x = of(rows);
        auto const dy = of(dY);
        view<Acc, 2> const dgate = of(to.gate), dup = of(to.up);
        for (index_t t = 0; t < n; ++t)
          write_wanted(dgate, t, memory_of(3), [&](Acc* to_gate) {
            write_wanted(dup, t, memory_of(4), [&](Acc* to_up) {
              gate_row_adjoint(row_of(x.gate, t, memory_of(0)), row_of(x.up, t, memory_of(1)),
                               row_of(dy, t, memory_of(2)), D, to_gate, to_up);
            });
          });
      }
    });
  });
}

}  // namespace transxssm
