// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../operator/attention.hpp"
#include "../operator/cached.hpp"
#include "../operator/semiseparable.hpp"
#include "algorithm.hpp"

namespace transxssm {

// Where the algorithms get their state from, and who moves it.

template<class How, class Q, class K, class M, class S, class W, class X, class Y>
void run(How how, attention_operator<Q, K, M, S, W> const& A, X const& v, Y z) {
  for_each_head(how, A, v, z);
}

/// From zero, and the last state is not kept.
template<class How, class A, class C, class B, class D, class W, class X, class Y>
void run(How how, semiseparable_operator<A, C, B, D, W> const& M, X const& x, Y y) {
  for_each_head(how, M, x, y, view<accumulator_t<scalar_of<C>>, 4>());
}

template<class S>
void advance(ssm_state<S>& state, auto const& M) {
  for (index_t s = 0; s < state.h().batch(); ++s) state.position(s) += M.where(s, M.rows()).count;
  ++state.moves;
}
template<class How, class A, class C, class B, class D, class W, class S, class X, class Y>
void run(How how, resumed<semiseparable_operator<A, C, B, D, W>, ssm_state<S>> const& M_from, X const& x, Y y) {
  for_each_head(how, M_from.m, x, y, M_from.state->h());
  advance(*M_from.state, M_from.m);
}

/// The cache first, then attention over all that it holds of each sequence: no algorithm needs to know of it.
template<class How, class A, class S, class X, class Y>
void run(How how, resumed<A, kv_cache<S>> const& A_from, X const& v, Y z) {
  kv_cache<S>& cache = *A_from.state;
  auto const& a = A_from.m;
  clear_padding(z, a.where);
  index_t G = a.k.heads(), H = z.heads(), sequences = a.sequences(z.batch());
  auto held = [&](view<S, 4> all, index_t s, index_t h, index_t heads) { return all.head(s, h, heads); };
  for_each_index(how, how, sequences * G, [&](index_t i, workspace memory) {
    index_t s = i / G, g = i % G;
    auto [b, first, count] = a.where(s, a.rows());
    append(how, memory, a.k.head(b, g, G).middle_rows(first, count),
           held(cache.keys(), s, g, G).middle_rows(cache.length(s), count));
    append(how, memory, v.head(b, g, G).middle_rows(first, count),
           held(cache.values(), s, g, G).middle_rows(cache.length(s), count));
  });
  auto const all = a.over(a.q, cache.keys().borrowed(), cached(a.where, cache));
  auto const values = cache.values().borrowed();
  if constexpr (requires { evaluate_into(how, how, how, how, all, values, z); }) {
    evaluate_into(how, how, how, how, all, values, z);
  } else {
    for_each_index(how, how, sequences * H, [&](index_t i, workspace memory) {
      index_t s = i / H, h = i % H;
      auto [b, first, count] = a.where(s, a.rows());
      index_t seen = all.where.keys(s, a.rows()).count;
      auto one = a.over(a.q.head(b, h, H).middle_rows(first, count), all.k.head(s, h, H).middle_rows(0, seen), whole{});
      evaluate_into(how, how, how, memory, one, values.head(s, h, H).middle_rows(0, seen),
                    z.head(b, h, H).middle_rows(first, count));
    });
  }
  for (index_t s = 0; s < sequences; ++s) cache.advance(s, a.where(s, a.rows()).count);
  ++cache.moves;
}

}  // namespace transxssm
