// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../cpu/swiglu.hpp"
#include "../evaluate/with.hpp"
#include "../operator/swiglu.hpp"
#include "linear.hpp"

namespace transxssm {

/// y = W_down (silu(W_gate x) o W_up x): the feed-forward layer after each mixer (Shazeer 2020).
template<class S>
struct swiglu_layer {
  using Acc = accumulator_t<S>;
  linear<S> in;  // rows of W_gate, then rows of W_up
  linear<S> down;

  swiglu_layer() = default;
  swiglu_layer(index_t d_model, index_t d_ff) : in(2 * d_ff, d_model), down(d_model, d_ff) {}

  void operator()(auto const& how, view<Acc const, 2> x, view<Acc, 2> y) const {
    index_t const d = down.inputs;
    scratch<Acc> both(how, x.rows(), 2 * d);
    view<Acc, 2> const rows = rows_of(both), gate = rows.middle_cols(0, d), up = rows.middle_cols(d, d);  // (T, d_ff)
    in(how, x, rows);
    with(gate, how) = swiglu(gate, up);
    down(how, gate, y);
  }
};

}  // namespace transxssm
