// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <numeric>
#include "../operator/applied.hpp"
#include "../operator/attention.hpp"
#include "for_each_index.hpp"
#include "gradient_of_heads.hpp"

namespace transxssm {

/// Heads of one sequence that share keys and values, and where their gradients go: views of no data, if not wanted.
template<class A, class V, class G, class D, class Acc>
struct attention_group {
  index_t heads;
  A one;                // one(h): the operator of head h
  V values;             // (S, P)
  G dZ;                 // dZ(h): (T, P)
  D dQ;                 // dQ(h): (T, N)
  view<Acc, 2> dK, dV;  // (S, N), (S, P)
};
template<class A, class V, class G, class D, class Acc>
attention_group(index_t, A, V, G, D, view<Acc, 2>, view<Acc, 2>) -> attention_group<A, V, G, D, Acc>;

/// The adjoint of a batch by adjoint_of(place, memory, group). Groups are shared out among threads; or if they are too
/// few, each has all threads: its bits may not depend on their number.
template<class Acc, class Q, class K, class M, class S, class W, class V, class... Parts, class G>
void for_each_group(cpu place, workspace memory, applied<attention_operator<Q, K, M, S, W>, V, Parts...> const& product,
                    view<G, 4> dZ, attention_gradient<Acc> const& d, auto const& adjoint_of) {
  auto const& a = product.m;
  index_t const batch = dZ.batch(), H = dZ.heads(), groups = std::lcm(a.k.heads(), product.x.heads()),
                heads = H / groups, units = a.sequences(batch) * groups;
  constexpr bool clear = !std::same_as<W, whole>;  // padding has no part in the result
  gradient_of_heads<Acc> const dQ(memory, a.q, d.Q, batch, H, clear), dK(memory, a.k, d.K, batch, groups, clear),
      dV(memory, product.x, d.V, batch, groups, clear);
  index_t const threads = std::max(place.threads, 1), rounds = (units + threads - 1) / threads;
  bool const are_many = 4 * units >= 3 * threads * rounds;  // a quarter of the threads at most has nothing to do
  for_each_index(are_many ? place : cpu{1}, memory, units, [&](index_t i, workspace own) {
    index_t const g = i % groups;
    auto const [b, first, count] = a.where(i / groups, a.rows());
    some_rows const keys{b, g, groups, first, count + a.cols() - a.rows()};
    auto queries = [&, b = b, first = first, count = count](index_t h) {
      return some_rows{b, g * heads + h, H, first, count};
    };
    attention_group const group{heads,
                                [&](index_t h) { return a.over(queries(h).of(a.q), keys.of(a.k), whole{}); },
                                keys.of(product.x),
                                [&](index_t h) { return queries(h).of(dZ); },
                                [&](index_t h) { return dQ.of(queries(h)); },
                                dK.of(keys),
                                dV.of(keys)};
    adjoint_of(are_many ? cpu{1} : place, own, group);
  });
  pull_back(place, memory, a.q, dQ.all(), d.Q);
  pull_back(place, memory, a.k, dK.all(), d.K);
  pull_back(place, memory, product.x, dV.all(), d.V);
}

}  // namespace transxssm
