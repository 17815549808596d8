// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <deque>
#include "attention_groups.hpp"
#include "key_panels.hpp"
#include "query_strip.hpp"
#include "softmax_adjoint.hpp"

namespace transxssm {

// The adjoint of Z = P V, P = softmax(mask + c Q K^T), for a strip of a few queries after the other. With all the keys
// that they see before it, a strip needs no running maximum, and nothing from the evaluation of Z:
//
//   1. score     s = c q K^T and dP = dZ V^T                                                     (strip, S)
//   2. softmax   of each row, P in the place of s, and dS = P o (dP - <P, dP>) in that of dP
//   3. queries   dQ = c dS K
//   4. keys      dV += P^T dZ, dK += dS^T (c Q)
//
// Five products, the fewest there can be: with less than a row of scores at a time, s and dP would be computed twice.
// The price is that scores leave the first cache; but a strip's take no more room than its group's K, V and their
// gradients. The products are those of attention_tile.hpp, over blocks of keys that stay in the caches, as for Z.
//
// Threads share strips for 1 to 3, two each, then blocks of keys for 4, where each block takes the strips in their
// order: so no bit depends on the number of threads. And what a query does not see does nothing to its gradient, nor a
// query to those of a key that it does not see, were it a NaN.

/// Rows of N features, as wide as whole vectors.
template<class Acc>
scratch<Acc> whole_vectors(workspace memory, index_t rows, index_t N) {
  return {memory, rows, rounded_up(N, packet_size<Acc>)};
}

/// What the strips of a group share: K and V, and the sums of their gradients.
template<class Acc>
struct shared_keys {
  index_t N, P;
  key_panels<Acc> k_panels, v_panels;
  scratch<Acc> k;       // (S, N)
  scratch<Acc> dk, dv;  // (S, N), (S, P)

  shared_keys(workspace memory, auto const& keys, auto const& values)
      : N(keys.cols()),
        P(values.cols()),
        k_panels(keys.rows(), N, memory),
        v_panels(keys.rows(), P, memory),
        k(whole_vectors<Acc>(memory, keys.rows(), N)),
        dk(whole_vectors<Acc>(memory, keys.rows(), N)),
        dv(whole_vectors<Acc>(memory, keys.rows(), P)) {
    k_panels.load(keys), v_panels.load(values);
    k.setZero(), dk.setZero(), dv.setZero();
    load(keys, k.leftCols(N));
  }
};

/// A strip in work.
template<class Acc>
class strip_adjoint {
 public:
  strip_adjoint(workspace memory, index_t steps, index_t keys, index_t N, index_t P)
      : q_(whole_vectors<Acc>(memory, steps, N)),
        dz_(whole_vectors<Acc>(memory, steps, P)),
        dq_(whole_vectors<Acc>(memory, steps, N)),
        p_(memory, steps, rounded_up(keys, panel_width<Acc>) + 2 * panel_width<Acc>),
        ds_(memory, steps, p_.cols()),
        ones_(memory, 1, strip_rows),
        seen_(memory, 1, steps) {
    q_.setZero(), dz_.setZero(), ones_.setOnes();
  }

  /// Steps 1 to 3, for queries of the operator a; `block` keys at a time.
  void of_queries(query_strip const& strip, auto const& a, auto const& dZ, shared_keys<Acc> const& shared,
                  index_t block, view<Acc, 2> dQ) {
    using wide = std::conditional_t<std::same_as<Acc, float>, double, Acc>;
    wide const c = a.template scale_of_scores<wide>();
    strip_ = strip;
    index_t const n = strip.count;
    auto q = q_.block(0, 0, n, shared.N), dq = dq_.block(0, 0, n, shared.N);
    load(a.q.middle_rows(strip.first, n), q), load(dZ.middle_rows(strip.first, n), dz_.block(0, 0, n, shared.P));
    q *= Acc(c * wide(softmax_exponential<Acc>::factor));
    for_each_block(block, [&](key_range keys) { score(keys, a.sees, shared); });
    for (index_t i = 0; i < n; ++i) softmax_adjoint(&p_(i, 0), &ds_(i, 0), part_of(a.sees(strip.at + i), origin()));
    if (!dQ.data) return;
    dq_.topRows(n).setZero();
    for_each_block(block, [&](key_range keys) { add_to_queries(keys, a.sees, shared.k); });
    dq *= Acc(c);
    store(dq, dQ.middle_rows(strip.first, n));
  }

  /// Step 4, for some keys. The queries here are scaled for the exponentials, and so is the sum dk.
  void add_to_keys(key_range keys, auto const& sees, bool wants_k, bool wants_v, shared_keys<Acc>& shared) const {
    keys = {std::max(keys.first, strip_.some.first), std::min(keys.last, strip_.some.last)};
    in_strips(keys.first, keys.last, [&](auto rows, index_t j) {
      key_range seen[rows];
      for (int r = 0; r < rows; ++r) seen[r] = queries_that_see(sees, strip_, j + r);
      if (wants_v) weigh_across<rows>(seen, &p_(0, j - origin()), dz_, row(shared.dv, j));
      if (wants_k) weigh_across<rows>(seen, &ds_(0, j - origin()), q_, row(shared.dk, j));
    });
  }

 private:
  static Acc* row(scratch<Acc>& x, index_t i) { return x.data() + i * x.cols(); }  // also of no features
  /// The key of column 0, the first of a panel.
  index_t origin() const { return strip_.some.first / panel_width<Acc> * panel_width<Acc>; }
  static key_range part_of(key_range seen, index_t from, index_t most = std::numeric_limits<index_t>::max()) {
    index_t const first = std::clamp<index_t>(seen.first - from, 0, most);
    return {first, std::clamp(seen.last - from, first, most)};
  }
  void for_each_block(index_t block, auto const& f) const {
    for (index_t j = origin(); j < strip_.some.last; j += block) f(key_range{j, std::min(j + block, strip_.some.last)});
  }

  void score(key_range keys, auto const& sees, shared_keys<Acc> const& shared) {
    in_strips(0, strip_.count, [&](auto rows, index_t i) {
      index_t const first = sees(strip_.at + i).first / panel_width<Acc> * panel_width<Acc>,
                    last = std::min(sees(strip_.at + i + rows - 1).last, keys.last);
      for (index_t j = std::max(first, keys.first); j < last; j += panel_width<Acc>) {
        index_t const column = j - origin();
        transxssm::score<rows>(shared.N, row(q_, i), q_.cols(), shared.k_panels.panel(j), &p_(i, column), p_.cols(), 0,
                               {});
        transxssm::score<rows>(shared.P, row(dz_, i), dz_.cols(), shared.v_panels.panel(j), &ds_(i, column), ds_.cols(),
                               0, {});
      }
    });
  }

  void add_to_queries(key_range keys, auto const& sees, scratch<Acc> const& k) {
    for (index_t i = 0; i < strip_.count; ++i) seen_(0, i) = part_of(sees(strip_.at + i), keys.first, keys.size());
    in_strips(0, strip_.count, [&](auto rows, index_t i) {
      in_columns<rows, Acc>(k.cols(), [&](auto vectors, index_t column) {
        weigh<rows, vectors>(&seen_(0, i), &ds_(i, keys.first - origin()), ds_.cols(), &k(keys.first, column), k.cols(),
                             ones_.data(), &dq_(i, column), dq_.cols(), column, {});
      });
    });
  }

  template<int rows>
  void weigh_across(key_range const* seen, Acc const* p, scratch<Acc> const& values, Acc* sum) const {
    in_columns<rows, Acc>(values.cols(), [&](auto vectors, index_t column) {
      weigh<rows, vectors, true>(seen, p, p_.cols(), values.data() + column, values.cols(), ones_.data(), sum + column,
                                 values.cols(), column, {});
    });
  }

  query_strip strip_;
  scratch<Acc> q_, dz_, dq_;  // (strip, N), (strip, P), (strip, N)
  scratch<Acc> p_, ds_;       // (strip, keys)
  scratch<Acc> ones_;
  scratch<key_range> seen_;
};

/// The gradients of Q, K and V, in strips of form.block / 2 queries and blocks of form.block keys.
///
/// 2 T S (3 N + 2 P) flops for a head, less what the mask hides: 2.5 times those of Z. Workspace: form.block S numbers
/// for each strip in work, S (3 N + 2 P) for each group; and T N for a head (S N, S P for a group) where rows are
/// shared or only gradients of what they are made from are wanted. See also: quadratic.
template<class Acc, class Q, class K, class M, class S, class W, class V, class... Parts, class G>
void adjoint_into(online form, cpu place, accumulate<Acc>, workspace memory,
                  applied<attention_operator<Q, K, M, S, W>, V, Parts...> const& product, view<G, 4> dZ,
                  attention_gradient<Acc> const& d) {
  index_t const block = rounded_up(std::max<index_t>(form.block, 1), panel_width<Acc>),
                steps = std::max<index_t>(form.block / 2, 1);
  for_each_group(place, memory, product, dZ, d, [=](cpu threads, workspace own, auto const& group) {
    auto const a = group.one(0);
    index_t const keys = a.cols();
    shared_keys<Acc> shared(own, a.k, group.values);
    auto const strips = strips_of(a, group.heads, steps, own.memory);
    index_t widest = 0;
    for (auto const& strip : strips) widest = std::max(widest, strip.some.size());
    std::pmr::deque<strip_adjoint<Acc>> at_once(own.memory);
    index_t const in_work = threads.threads > 1 ? 2 * threads.threads : 1;
    while (std::ssize(at_once) < std::min(in_work, std::ssize(strips)))
      at_once.emplace_back(own, std::min(steps, a.rows()), widest, shared.N, shared.P);
    for (index_t i = 0; i < std::ssize(strips); i += std::ssize(at_once)) {
      index_t const count = std::min(std::ssize(at_once), std::ssize(strips) - i);
      for_each_index(threads, own, count, [&](index_t r, workspace) {
        query_strip const& strip = strips[std::size_t(i + r)];
        index_t const h = strip.head;
        at_once[std::size_t(r)].of_queries(strip, group.one(h), group.dZ(h), shared, block, group.dQ(h));
      });
      for_each_index(threads, own, (keys + block - 1) / block, [&](index_t j, workspace) {
        key_range const some{j * block, std::min((j + 1) * block, keys)};
        for (index_t r = 0; r < count; ++r)
          at_once[std::size_t(r)].add_to_keys(some, a.sees, group.dK.data, group.dV.data, shared);
      });
    }
    shared.dk /= Acc(softmax_exponential<Acc>::factor);
    if (group.dK.data) store(shared.dk.leftCols(shared.N), group.dK);
    if (group.dV.data) store(shared.dv.leftCols(shared.P), group.dV);
  });
}

/// Online.
template<class Acc, class Q, class K, class M, class S, class W, class V, class... Parts, class G>
void adjoint_into(automatic, cpu place, accumulate<Acc> sums, workspace memory,
                  applied<attention_operator<Q, K, M, S, W>, V, Parts...> const& product, view<G, 4> dZ,
                  attention_gradient<Acc> const& d) {
  adjoint_into(online{}, place, sums, memory, product, dZ, d);
}

}  // namespace transxssm
