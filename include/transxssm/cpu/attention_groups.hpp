// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <numeric>
#include "../operator/applied.hpp"
#include "../operator/attention.hpp"
#include "for_each_index.hpp"
#include "gradient_of_heads.hpp"

namespace transxssm {

/// The adjoint of a batch by that of the heads of a group:
///
///     of_group(place, memory, heads, a, v, dZ, dQ, dK, dV)
///
/// where a(h) is the operator of head h, dZ(h) (T, P) and dQ(h) (T, N) are its own, v (S, P), dK (S, N) and dV (S, P) the
/// group's. dQ(h), dK and dV are views of no data if they are not wanted. Groups are shared out among threads, and if they
/// are few, a group has all threads; of_group may not let its bits depend on their number.
template<class Acc, class Q, class K, class M, class S, class W, class V, class... Parts, class G>
void for_each_group(cpu place, workspace memory, applied<attention_operator<Q, K, M, S, W>, V, Parts...> const& product,
                    view<G, 4> dZ, attention_gradient<Acc> const& d, auto const& of_group) {
  auto const& a = product.m;
  index_t const H = dZ.heads(), groups = std::lcm(a.k.heads(), product.x.heads()), heads = H / groups,
                units = a.sequences(dZ.batch()) * groups;
  constexpr bool clear = !std::same_as<W, whole>;  // padding has no part in the result
  gradient_of_heads<Acc> const dQ(memory, a.q, d.Q, dZ.batch(), H, clear), dK(memory, a.k, d.K, dZ.batch(), groups, clear),
      dV(memory, product.x, d.V, dZ.batch(), groups, clear);
  index_t const threads = std::max(place.threads, 1), rounds = (units + threads - 1) / threads;
  bool const are_many = 4 * units >= 3 * threads * rounds;  // a quarter of the threads at most has nothing to do
  for_each_index(are_many ? place : cpu{1}, memory, units, [&](index_t i, workspace own) {
    index_t const s = i / groups, g = i % groups;
    sequence_rows const at = a.where(s, a.rows());
    index_t const keys = at.count + a.cols() - a.rows();
    auto head = [&](index_t h) { return g * heads + h; };
    auto rows = [&](auto const& x, index_t h, index_t n) { return x.head(at.batch, h, H).middle_rows(at.first, n); };
    of_group(
        are_many ? cpu{1} : place, own, heads,
        [&](index_t h) { return a.over(rows(a.q, head(h), at.count), rows(a.k, head(h), keys), whole{}); },
        rows(product.x, head(0), keys), [&](index_t h) { return rows(dZ, head(h), at.count); },
        [&](index_t h) { return dQ.of({at.batch, head(h), H, at.first, at.count}); },
        dK.of({at.batch, g, groups, at.first, keys}), dV.of({at.batch, g, groups, at.first, keys}));
  });
  pull_back(place, memory, a.q, dQ.all(), d.Q);
  pull_back(place, memory, a.k, dK.all(), d.K);
  pull_back(place, memory, product.x, dV.all(), d.V);
}

}  // namespace transxssm
