// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <deque>
#include <vector>
#include "attention_groups.hpp"
#include "masked_product.hpp"
#include "softmax_adjoint.hpp"

namespace transxssm {

// The adjoint of Z = P V, P = softmax(mask + c Q K^T), for a strip of a few queries after the other. With all the keys that
// they see before it, a strip needs no running maximum and nothing from the evaluation of Z:
//
//   1. score     s = c q K^T and dP = dZ V^T, a product each                                            (strip, S)
//   2. softmax   of each row, P in the place of s, and dS = P o (dP - <P, dP>) in that of dP
//   3. queries   dQ = c dS K
//   4. keys      dV += P^T dZ, dK += dS^T (c Q)
//
// Five products, the least there can be: where only a block of keys is at hand, s and dP are computed twice. The price is
// that a strip's scores lie in the second or third cache.
//
// The queries of a head are a strip, `strip` steps at a time. Threads share strips for 1 to 3, one each, then blocks of keys
// for 4, where every block takes the strips in their order: so that no bit depends on the number of threads. What a query
// does not see does nothing to its gradient, nor a query to that of a key that it does not see, were it a NaN.
//
// 2 (3 N + 2 P) flops for each query and key seen. Workspace: 2 strip S for a thread, 2 S (N + P) for a group.

/// Some steps of one head, and the keys that they see: `some`, those that one of them sees, `all`, those that all see.
struct query_strip {
  index_t head, first, count;
  index_t at;  // the key where the first stands
  key_range some, all;
};

/// keys in three parts, in their order: every(keys) is for those that all queries of the strip see, and edge(keys) for
/// those that not all do.
void in_parts(query_strip const& strip, key_range keys, auto const& every, auto const& edge) {
  auto part = [&](index_t first, index_t last, auto const& f) {
    key_range const some{std::max(first, keys.first), std::min(last, keys.last)};
    if (some.size() > 0) f(some);
  };
  part(strip.some.first, strip.all.first, edge);
  part(strip.all.first, strip.all.last, every);
  part(strip.all.last, strip.some.last, edge);
}

/// What a strip is computed in: as many at once as there are threads.
template<class Acc>
class strip_adjoint {
 public:
  strip_adjoint(workspace memory, index_t steps, index_t keys, index_t N, index_t P)
      : q_(memory, steps, N), dz_(memory, steps, P), dq_(memory, steps, N),
        p_(memory, steps, rounded_up(keys, packet_size<Acc>) + gap), ds_(memory, steps, p_.cols()) {}

  /// 1 to 3: q and dZ are the strip's own rows, k and v all of the group's.
  void of_scores(query_strip const& strip, auto const& a, auto const& dZ, auto const& k, auto const& v, view<Acc, 2> dQ) {
    using wide = std::conditional_t<std::same_as<Acc, float>, double, Acc>;
    constexpr softmax_exponential<Acc> exponential{};
    index_t const n = strip.count, first = strip.some.first, m = strip.some.size();
    wide const c = a.template scale_of_scores<wide>();
    strip_ = strip;
    auto q = q_.topRows(n), dz = dz_.topRows(n), dq = dq_.topRows(n);
    load(a.q.middle_rows(strip.first, n), q), load(dZ.middle_rows(strip.first, n), dz);
    q *= Acc(c * wide(exponential.factor));
    p_.block(0, 0, n, m).noalias() = q * k.middleRows(first, m).transpose();    // (n, m)
    ds_.block(0, 0, n, m).noalias() = dz * v.middleRows(first, m).transpose();  // (n, m)
    auto seen = [&](index_t i) {
      auto [from, to] = a.sees(strip.at + i);
      return key_range{from - first, to - first};
    };
    for (index_t i = 0; i < n; ++i) softmax_adjoint(&p_(i, 0), &ds_(i, 0), seen(i));
    if (!dQ.data) return;
    dq.setZero();
    in_parts(strip, strip.some,
             [&](key_range all) { dq.noalias() += ds_.block(0, all.first - first, n, all.size()) * k.middleRows(all.first, all.size()); },
             [&](key_range some) {
               masked_product(ds_.block(0, some.first - first, n, some.size()), k.middleRows(some.first, some.size()), dq,
                              [&](index_t i) { return part_of(a.sees(strip.at + i), some); });
             });
    dq *= Acc(c);
    store(dq, dQ.middle_rows(strip.first, n));
  }

  /// 4, for some keys. The q here is scaled for the exponentials: so is dk.
  void add_to(key_range keys, auto const& sees, auto& dk, auto& dv) const {
    index_t const n = strip_.count, first = strip_.some.first;
    auto add = [&](auto const& weights, auto const& rows, auto& sum) {
      if (sum.size() == 0) return;
      in_parts(strip_, keys,
               [&](key_range all) {
                 sum.middleRows(all.first, all.size()).noalias() +=
                     weights.block(0, all.first - first, n, all.size()).transpose() * rows.topRows(n);
               },
               [&](key_range some) {
                 masked_product(weights.block(0, some.first - first, n, some.size()).transpose(), rows.topRows(n),
                                sum.middleRows(some.first, some.size()),
                                [&](index_t j) { return queries_that_see(sees, some.first + j, strip_.at, n); });
               });
    };
    add(p_, dz_, dv), add(ds_, q_, dk);
  }

 private:
  static constexpr index_t gap = 64 / sizeof(Acc);  // rows do not begin a power of two apart
  static key_range part_of(key_range seen, key_range keys) {
    index_t const first = std::clamp(seen.first, keys.first, keys.last);
    return {first - keys.first, std::clamp(seen.last, first, keys.last) - keys.first};
  }

  query_strip strip_;
  scratch<Acc> q_, dz_, dq_;  // (strip, N), (strip, P), (strip, N)
  scratch<Acc> p_, ds_;       // (strip, keys)
};

/// Strips of `steps` steps of each head, over S keys: those of the same steps side by side.
template<class A>
std::pmr::vector<query_strip> strips_of(A const& a, index_t heads, index_t steps, workspace memory) {
  std::pmr::vector<query_strip> strips(memory.memory);
  for (index_t t = 0; t < a.rows(); t += steps)
    for (index_t h = 0; h < heads; ++h) {
      index_t const n = std::min(steps, a.rows() - t), at = a.cols() - a.rows() + t;
      key_range const some{a.sees(at).first, a.sees(at + n - 1).last};
      index_t const all = std::min(a.sees(at + n - 1).first, some.last);
      strips.push_back({h, t, n, at, some, {all, std::max(all, a.sees(at).last)}});
    }
  return strips;
}

/// Strips of form.block / 2 queries.
template<class Acc, class Q, class K, class M, class S, class W, class V, class... Parts, class G>
void adjoint_into(online form, cpu place, accumulate<Acc>, workspace memory,
                  applied<attention_operator<Q, K, M, S, W>, V, Parts...> const& product, view<G, 4> dZ,
                  attention_gradient<Acc> const& d) {
  index_t const steps = std::max<index_t>(form.block / 2, 1), keys_at_once = 4 * std::max<index_t>(form.block, 1);
  for_each_group(place, memory, product, dZ, d, [=](cpu threads, workspace own, index_t heads, auto const& one, auto const& values,
                                                    auto const& dZ_of, auto const& dQ_of, auto dK, auto dV) {
    auto const a = one(0);
    index_t const n = a.cols(), N = a.q.cols(), P = values.cols();
    scratch<Acc> k(own, n, N), v(own, n, P), dk(own, dK.data ? n : 0, N), dv(own, dV.data ? n : 0, P);
    load(a.k, k), load(values, v);
    dk.setZero(), dv.setZero();
    auto const strips = strips_of(a, heads, steps, own);
    index_t widest = 0;
    for (auto const& strip : strips) widest = std::max(widest, strip.some.size());
    std::pmr::deque<strip_adjoint<Acc>> at_once(own.memory);
    for (int i = 0; i < std::max(threads.threads, 1); ++i)
      at_once.emplace_back(own, std::min(steps, a.rows()), widest, N, P);
    for (index_t i = 0; i < std::ssize(strips); i += std::ssize(at_once)) {
      index_t const count = std::min(std::ssize(at_once), std::ssize(strips) - i);
      for_each_index(threads, own, count, [&](index_t r, workspace) {
        query_strip const& strip = strips[std::size_t(i + r)];
        at_once[std::size_t(r)].of_scores(strip, one(strip.head), dZ_of(strip.head), k, v, dQ_of(strip.head));
      });
      for_each_index(threads, own, (n + keys_at_once - 1) / keys_at_once, [&](index_t block, workspace) {
        key_range const keys{block * keys_at_once, std::min((block + 1) * keys_at_once, n)};
        for (index_t r = 0; r < count; ++r) at_once[std::size_t(r)].add_to(keys, a.sees, dk, dv);
      });
    }
    dk /= Acc(softmax_exponential<Acc>::factor);
    if (dK.data) store(dk, dK);
    if (dV.data) store(dv, dV);
  });
}

template<class Acc, class Q, class K, class M, class S, class W, class V, class... Parts, class G>
void adjoint_into(automatic, cpu place, accumulate<Acc> sums, workspace memory,
                  applied<attention_operator<Q, K, M, S, W>, V, Parts...> const& product, view<G, 4> dZ,
                  attention_gradient<Acc> const& d) {
  adjoint_into(online{}, place, sums, memory, product, dZ, d);
}

}  // namespace transxssm
