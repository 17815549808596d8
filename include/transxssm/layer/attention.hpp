// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../cpu/append.hpp"
#include "../cpu/automatic.hpp"
#include "../evaluate/with.hpp"
#include "../operator/attention.hpp"
#include "linear.hpp"

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

  /// As ssd_layer: `where`, R, and `focus`, which here multiplies Q.
  void operator()(auto const& how, view<Acc const, 2> u, view<Acc, 2> y, auto const& where, rotary_view<Acc> const& R,
                  view<Acc const, 1> focus, kv_cache<Acc>& cache) const {
    index_t const T = u.rows(), H = size.heads, G = size.kv_heads, d = size.head_dim;
    scratch<Acc> projected(how, T, size.projected()), mixed(how, T, H * d);
    view<Acc, 2> const all = rows_of(projected);
    in(how, u, all);
    auto const Q = heads_in(all, 0, H, d);                                            // (1, T, H, d)
    auto const K = heads_in(all, H * d, G, d), V = heads_in(all, (H + G) * d, G, d);  // (1, T, G, d)
    for (index_t t = 0; t < focus.rows(); ++t)
      for (index_t n = 0; n < H * d; ++n) all(t, n) *= focus(t);
    with(heads_in(rows_of(mixed), 0, H, d), how) = attention(rotate(Q, R), rotate(K, R), where).from(cache) * V;
    out(how, rows_of(mixed), y);
  }
};

}  // namespace transxssm
