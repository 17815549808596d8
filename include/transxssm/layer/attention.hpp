// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../cpu/append.hpp"
#include "../cpu/automatic.hpp"
#include "../cpu/attention_adjoint.hpp"
#include "../evaluate/adjoint.hpp"
#include "../operator/attention.hpp"
#include "linear.hpp"
#include "no_state.hpp"

namespace transxssm {

/// What an attention layer is made of.
struct attention_config {
  index_t heads = 4, kv_heads = 4,
          head_dim = 64;         // kv_heads: of keys and values, shared by consecutive heads of queries
  index_t rotary_features = 64;  // the first ones of each head turn; 0: none

  index_t projected() const { return (heads + 2 * kv_heads) * head_dim; }
  index_t parameters(index_t d_model) const { return d_model * (projected() + heads * head_dim); }
  void expect_valid() const {
    constexpr auto here = "attention_config";
    expect_size(here, "heads", heads), expect_size(here, "head_dim", head_dim);
    if (kv_heads < 1 || heads % kv_heads != 0)
      refuse(here, "kv_heads", kv_heads, "heads", "a divisor of " + std::to_string(heads));
    if (rotary_features < 0 || rotary_features > head_dim || rotary_features % 2 != 0)
      refuse(here, "rotary_features", rotary_features, "features", "an even number up to " + std::to_string(head_dim));
  }
  bool operator==(attention_config const&) const = default;
};

/// What an attention layer computes on its way.
template<class Acc>
struct attention_rows {
  scratch<Acc> projected, mixed;  // (T, Q | K | V), (T, H d)
  attention_rows(auto const& how, attention_config const& c, index_t T)
      : projected(how, T, c.projected()), mixed(how, T, c.heads * c.head_dim) {}
};

/// Its columns by their names: of the numbers, or of their gradients.
template<class Acc>
struct attention_columns {
  view<Acc, 4> Q, K, V, Z;  // (1, T, H, d), (1, T, G, d), (1, T, G, d), (1, T, H, d)

  attention_columns(attention_config const& c, attention_rows<Acc>& rows) {
    index_t const H = c.heads, G = c.kv_heads, d = c.head_dim;
    auto const all = rows_of(rows.projected);
    Q = heads_in(all, 0, H, d), K = heads_in(all, H * d, G, d), V = heads_in(all, (H + G) * d, G, d);
    Z = heads_in(rows_of(rows.mixed), 0, H, d);
  }
};

/// Causal attention with rotated queries and keys, grouped:
///
///     [Q | K | V] = W_in u,    y = W_out softmax(mask + R Q (R K)^T / sqrt(d)) V        (Eq. 1 and 4)
template<class S>
struct attention_layer {
  using Acc = accumulator_t<S>;
  attention_config size;
  linear<S> in, out;

  attention_layer() = default;
  attention_layer(attention_config const& c, index_t d_model)
      : size(c), in(c.projected(), d_model), out(d_model, c.heads * c.head_dim) {}

  /// As ssd_layer: `where`, R, and `focus`, which here multiplies Q. `cache` is a kv_cache, or no_state.
  void operator()(auto const& how, view<Acc const, 2> u, view<Acc, 2> y, auto const& where, rotary_view<Acc> const& R,
                  view<Acc const, 1> focus, auto& cache) const {
    attention_rows<Acc> rows(how, size, u.rows());
    (*this)(how, u, y, where, R, focus, cache, rows);
  }
  void operator()(auto const& how, view<Acc const, 2> u, view<Acc, 2> y, auto const& where, rotary_view<Acc> const& R,
                  view<Acc const, 1> focus, auto& cache, attention_rows<Acc>& rows) const {
    attention_columns<Acc> const of(size, rows);
    in(how, u, rows_of(rows.projected));
    scale_queries(focus, rows);
    with(of.Z, how) = continued(attention(rotate(of.Q, R), rotate(of.K, R), where), cache) * of.V;
    out(how, rows_of(rows.mixed), y);
  }

  /// As ssd_layer's.
  void backward(auto const& how, view<Acc const, 2> u, view<Acc const, 2> dy, auto const& where,
                rotary_view<Acc> const& R, view<Acc const, 1> focus, attention_rows<Acc>& rows, view<Acc, 2> du,
                attention_layer<Acc>& d) const {
    attention_rows<Acc> gradient(how, size, u.rows());
    attention_columns<Acc> const of(size, rows), to(size, gradient);
    out.backward(how, rows_of(rows.mixed), dy, rows_of(gradient.mixed), d.out);
    with(attention_gradient<Acc>{.Q = to.Q, .K = to.K, .V = to.V}, how) =
        adjoint(attention(rotate(of.Q, R), rotate(of.K, R), where) * of.V, to.Z);
    scale_queries(focus, gradient);
    in.backward(how, u, rows_of(gradient.projected), du, d.in);
  }

 private:
  void scale_queries(view<Acc const, 1> focus, attention_rows<Acc>& rows) const {
    for (index_t t = 0; t < focus.rows(); ++t) rows.projected.row(t).head(size.heads * size.head_dim) *= focus(t);
  }
};

}  // namespace transxssm
