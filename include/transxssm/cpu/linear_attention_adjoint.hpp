// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../operator/linear_attention.hpp"
#include "second_gradient.hpp"
#include "ssd_adjoint.hpp"

namespace transxssm {

/// The gradients of Q, K and V of linear attention, in any form: those of the two semiseparable operators that it is,
///
///     Z = n / d,    dn = dZ / d,    dd = -<dZ, Z> / d
///
/// where n = M V is the numerator and d, one number for each step and head, the denominator. Both are evaluated once more.
/// About 16 T N P flops for a head, four times those of Z, and T (P + 2) numbers of workspace beside those of an adjoint of
/// M, and as many as the gradients of Q and K have. Linear in T. See also: ssd_adjoint.hpp.
template<class How, class Acc, class Q, class K, class W, class V, class... Parts, class G>
void adjoint_into(How how, cpu place, accumulate<Acc>, workspace memory,
                  applied<linear_attention_operator<Q, K, W>, V, Parts...> const& product, view<G, 4> dZ,
                  attention_gradient<Acc> const& d) {
  auto const& a = product.m;
  index_t const batch = dZ.batch(), T = dZ.rows(), H = dZ.heads(), P = dZ.cols();
  auto adjoint_of = [&](auto const& M, auto const& x, auto const& dY, semiseparable_gradient<Acc> const& to) {
    adjoint_into(how, place, accumulate<Acc>{}, memory, applied(M.borrowed(), x), dY, view<Acc const, 4>(), to);
  };
  semiseparable_gradient<Acc> const to{.C = d.Q, .B = d.K, .X = d.V};
  if (a.divides == normaliser::none) return adjoint_of(a.numerator(), product.x, dZ, to);

  static scalar_of<Q> const one(1);
  view<scalar_of<Q> const, 4> const ones(&one, {batch, T, H, 1}, {0, 0, 0, 0});
  bool const unrotated = a.divides == normaliser::unrotated;
  scratch<Acc> of_numerator(memory, batch * T * H, P), of_denominator(memory, batch * T * H, 1);
  view<Acc, 4> const dn(of_numerator.data(), {batch, T, H, P}), dd(of_denominator.data(), {batch, T, H, 1});
  for_each_index(place, memory, a.sequences(batch) * H, [&](index_t i, workspace own) {
    auto const [b, first, n] = a.where(i / H, T);
    some_rows const at{b, i % H, H, first, n};
    auto const head = a.head(b, at.h, H).middle_rows(first, n);
    auto apply = [&](auto const& M, auto const& x, view<Acc, 2> y) {
      evaluate_into(how, cpu{}, accumulate<Acc>{}, own, M.borrowed(), x, y, view<Acc, 2>());
    };
    apply(head.numerator(), at.of(product.x), at.of(dn));
    if (unrotated) apply(head.denominator(), at.of(ones), at.of(dd));
    else apply(head.numerator(), at.of(ones), at.of(dd));
    auto n_rows = mapped(at.of(dn)), d_rows = mapped(at.of(dd));
    scratch<Acc> dz(own, n, P);
    load(at.of(dZ), dz);
    for (index_t t = 0; t < n; ++t) {
      Acc const divisor = d_rows(t, 0);
      d_rows(t, 0) = -dz.row(t).dot(n_rows.row(t)) / (divisor * divisor);
      n_rows.row(t) = dz.row(t) / divisor;
    }
  });
  adjoint_of(a.numerator(), product.x, dn.borrowed(), to);
  auto turned = [&]<class X>(X const& x) { return !unrotated || std::same_as<decltype(transxssm::unrotated(x)), X>; };
  second_gradient<Acc> const dQ(memory, d.Q, turned(a.q)), dK(memory, d.K, turned(a.k));
  semiseparable_gradient<Acc> const also{.C = *dQ, .B = *dK};
  if (unrotated) adjoint_of(a.denominator(), ones, dd.borrowed(), also);
  else adjoint_of(a.numerator(), ones, dd.borrowed(), also);
  dQ.add(), dK.add();
}

}  // namespace transxssm
