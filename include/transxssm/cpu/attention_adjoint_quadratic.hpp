// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "attention_groups.hpp"
#include "masked_product.hpp"

namespace transxssm {

/// The adjoint of Z = P V, P = softmax(mask + c Q K^T), by the definition:
///
///     dV = P^T dZ,   dP = dZ V^T,   dS = c P o (dP - rowsum(P o dP)),   dQ = dS K,   dK = dS^T Q
///
/// 2 T S (3 N + 2 P) flops for a head, 2 T S + (2 T + 2 S) (N + P) numbers of workspace. See also: online.
template<class Acc, class Q, class K, class M, class S, class W, class V, class... Parts, class G>
void adjoint_into(quadratic, cpu place, accumulate<Acc>, workspace memory,
                  applied<attention_operator<Q, K, M, S, W>, V, Parts...> const& product, view<G, 4> dZ,
                  attention_gradient<Acc> const& d) {
  for_each_group(place, memory, product, dZ, d, [](cpu, workspace own, auto const& group) {
    auto const& values = group.values;
    auto const keys = group.one(0).k;
    index_t const T = group.one(0).rows(), n = keys.rows(), N = keys.cols(), P = values.cols();
    scratch<Acc> q(own, T, N), k(own, n, N), v(own, n, P), dz(own, T, P);
    scratch<Acc> dq(own, T, N), dk(own, n, N), dv(own, n, P), p(own, T, n), ds(own, T, n);
    load(keys, k), load(values, v);
    dk.setZero(), dv.setZero();
    for (index_t h = 0; h < group.heads; ++h) {
      auto const a = group.one(h);
      Acc const c = a.template scale_of_scores<Acc>();
      load(a.q, q), load(group.dZ(h), dz);
      p.noalias() = (q * c) * k.transpose();  // (T, S)
      ds.noalias() = dz * v.transpose();      // (T, S): dP
      auto seen = [&](index_t i) { return a.sees(n - T + i); };
      for (index_t i = 0; i < T; ++i) {
        auto row = p.row(i).segment(seen(i).first, seen(i).size());
        auto slope = ds.row(i).segment(seen(i).first, seen(i).size());
        Acc const top = row.maxCoeff();
        row = (row.array() - top).exp();
        row /= row.sum();
        Acc const mean = row.dot(slope);
        slope = c * row.array() * (slope.array() - mean);
      }
      auto seen_by = [&](index_t j) { return queries_that_see(a.sees, j, n - T, T); };
      dq.setZero();
      masked_product(ds, k, dq, seen);                 // (T, N)
      masked_product(ds.transpose(), q, dk, seen_by);  // (S, N)
      masked_product(p.transpose(), dz, dv, seen_by);  // (S, P)
      if (auto to = group.dQ(h); to.data) store(dq, to);
    }
    if (group.dK.data) store(dk, group.dK);
    if (group.dV.data) store(dv, group.dV);
  });
}

}  // namespace transxssm
