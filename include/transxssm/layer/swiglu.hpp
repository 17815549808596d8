// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../cpu/swiglu.hpp"
#include "../cpu/swiglu_adjoint.hpp"
#include "../evaluate/adjoint.hpp"
#include "../operator/swiglu.hpp"
#include "linear.hpp"

namespace transxssm {

/// What a SwiGLU computes on its way.
template<class Acc>
struct swiglu_rows {
  scratch<Acc> both, product;  // (T, gate | up), (T, d_ff)
  swiglu_rows(auto const& how, index_t T, index_t d_ff) : both(how, T, 2 * d_ff), product(how, T, d_ff) {}
  view<Acc, 2> gate() { return rows_of(both).middle_cols(0, product.cols()); }
  view<Acc, 2> up() { return rows_of(both).middle_cols(product.cols(), product.cols()); }
};

/// y = W_down (silu(W_gate x) o W_up x): the feed-forward layer after each mixer (Shazeer 2020).
template<class S>
struct swiglu_layer {
  using Acc = accumulator_t<S>;
  linear<S> in;  // rows of W_gate, then rows of W_up
  linear<S> down;

  swiglu_layer() = default;
  swiglu_layer(index_t d_model, index_t d_ff) : in(2 * d_ff, d_model), down(d_model, d_ff) {}

  void operator()(auto const& how, view<Acc const, 2> x, view<Acc, 2> y) const {
    swiglu_rows<Acc> rows(how, x.rows(), down.inputs);
    (*this)(how, x, y, rows);
  }
  void operator()(auto const& how, view<Acc const, 2> x, view<Acc, 2> y, swiglu_rows<Acc>& rows) const {
    in(how, x, rows_of(rows.both));
    with(rows_of(rows.product), how) = swiglu(rows.gate(), rows.up());
    down(how, rows_of(rows.product), y);
  }
  /// dx, given dy and what the layer has computed; the gradients of the weights are added to `d`.
  void backward(auto const& how, view<Acc const, 2> x, view<Acc const, 2> dy, swiglu_rows<Acc>& rows, view<Acc, 2> dx,
                swiglu_layer<Acc>& d) const {
    swiglu_rows<Acc> gradient(how, x.rows(), down.inputs);
    down.backward(how, rows_of(rows.product), dy, rows_of(gradient.product), d.down);
    with(swiglu_gradient<Acc>{gradient.gate(), gradient.up()}, how) =
        adjoint(swiglu(rows.gate(), rows.up()), rows_of(gradient.product));
    in.backward(how, x, rows_of(gradient.both), dx, d.in);
  }
};

}  // namespace transxssm
