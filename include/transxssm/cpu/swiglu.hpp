// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../operator/swiglu.hpp"
#include "../policy/policy.hpp"
#include "packed_row.hpp"
#include "packet_silu.hpp"

namespace transxssm {

/// y = silu(gate) up     gate, up, y (D); y may be gate or up
template<class S>
void gate_row(S const* gate, S const* up, index_t D, S* y) {
  for_each_packet<S>(D, [&](index_t j, auto vectors, auto n) {
    prefetch_ahead(gate + j), prefetch_ahead(up + j);
    unrolled<vectors>([&](auto v) {
      index_t i = j + v * n;
      store_first(n, y + i, simd::pmul(silu_of<S>(load_first(n, gate + i)), load_first(n, up + i)));
    });
  });
}

/// Y = swiglu(gate, up), one head of one sequence; Y may be gate or up itself.
/// D T exponentials; 3 D numbers of workspace.
template<class Acc, class X, class U, class O>
void evaluate_into(cpu, accumulate<Acc>, workspace memory, swish_gated<X, U> const& rows, view<O, 2> Y) {
  index_t D = rows.cols();
  scratch<Acc> spare(memory, 3, D);
  for (index_t t = 0; t < rows.rows(); ++t)
    write_row(Y, t, spare.row(2).data(), [&](Acc* y) {
      gate_row(row_of(rows.gate, t, spare.row(0).data()), row_of(rows.up, t, spare.row(1).data()), D, y);
    });
}

}  // namespace transxssm
