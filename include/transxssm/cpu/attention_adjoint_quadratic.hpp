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
  for_each_group(place, memory, product, dZ, d, [](cpu, workspace own, index_t heads, auto const& one, auto const& values,
                                                   auto const& dZ_of, auto const& dQ_of, auto dK, auto dV) {
    auto const a_0 = one(0);
    index_t const T = a_0.rows(), n = a_0.cols(), N = a_0.q.cols(), P = values.cols();
    scratch<Acc> q(own, T, N), k(own, n, N), v(own, n, P), dz(own, T, P), dq(own, T, N), dk(own, n, N), dv(own, n, P);
    scratch<Acc> p(own, T, n), ds(own, T, n);
    load(a_0.k, k), load(values, v);
    dk.setZero(), dv.setZero();
    for (index_t h = 0; h < heads; ++h) {
      auto const a = one(h);
      Acc const c = a.template scale_of_scores<Acc>();
      load(a.q, q), load(dZ_of(h), dz);
      p.noalias() = (q * c) * k.transpose();  // (T, S)
      ds.noalias() = dz * v.transpose();      // (T, S): dP
      dq.setZero();
      auto seen = [&](index_t i) { return a.sees(n - T + i); };
      for (index_t i = 0; i < T; ++i) {
        auto row = p.row(i).segment(seen(i).first, seen(i).size()), slope = ds.row(i).segment(seen(i).first, seen(i).size());
        Acc const top = row.maxCoeff();
        row = (row.array() - top).exp();
        row /= row.sum();
        Acc const mean = row.dot(slope);
        slope = c * row.array() * (slope.array() - mean);
      }
      masked_product(ds, k, dq, seen);                 // (T, N)
      auto seen_by = [&](index_t j) { return queries_that_see(a.sees, j, n - T, T); };
      masked_product(ds.transpose(), q, dk, seen_by);  // (S, N)
      masked_product(p.transpose(), dz, dv, seen_by);  // (S, P)
      if (dQ_of(h).data) store(dq, dQ_of(h));
    }
    if (dK.data) store(dk, dK);
    if (dV.data) store(dv, dV);
  });
}

}  // namespace transxssm
