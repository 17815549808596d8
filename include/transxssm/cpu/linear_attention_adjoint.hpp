// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../operator/linear_attention.hpp"
#include "second_gradient.hpp"
#include "ssd_adjoint.hpp"

namespace transxssm {

template<class X>
inline constexpr bool is_rotated = false;
template<class X, class R>
inline constexpr bool is_rotated<rotated<X, R>> = true;

/// [X | 1], the values whose sums are numerator and denominator: (batch, T, head, P + 1), with the heads that X has.
template<class Acc>
view<Acc const, 4> with_ones(cpu place, workspace memory, auto const& x, scratch<Acc>& room) {
  index_t const G = x.heads(), T = x.rows(), P = x.cols();
  for_each_index(place, memory, x.batch() * G, [&](index_t i, workspace) {
    strided_tile<Acc> rows(room.data() + (i / G * T * G + i % G) * (P + 1), T, P + 1,
                           Eigen::OuterStride<>(G * (P + 1)));
    load(x.head(i / G, i % G, G), rows.leftCols(P));
    rows.col(P).setOnes();
  });
  return {room.data(), {x.batch(), T, G, P + 1}};
}

/// The gradients of Q, K and V of linear attention, in any form: those of the semiseparable operators that it is,
///
///     Z = n / d,    dn = dZ / d,    dd = -<dZ, n> / d^2
///
/// where n is the numerator and d, one number for each step and head, the denominator. If they have one operator, M,
/// they are one product, M [V | 1], which is evaluated once more; else two.
/// About 16 T N P flops for a head, four times those of Z, and T (P + 1) numbers of workspace beside those of an
/// adjoint of M, or twice as many; with normaliser::unrotated also as many as the gradients of Q and K have. Linear in T.
/// See also: ssd_adjoint.hpp.
template<class How, class Acc, class Q, class K, class W, class V, class... Parts, class G>
void adjoint_into(How how, cpu place, accumulate<Acc>, workspace memory,
                  applied<linear_attention_operator<Q, K, W>, V, Parts...> const& product, view<G, 4> dZ,
                  attention_gradient<Acc> const& d) {
  auto const& a = product.m;
  auto const& x = product.x;
  index_t const batch = dZ.batch(), T = dZ.rows(), H = dZ.heads(), P = dZ.cols();
  auto adjoint_of = [&](auto const& M, auto const& values, auto const& dY, semiseparable_gradient<Acc> const& to) {
    adjoint_into(how, place, accumulate<Acc>{}, memory, applied(M.borrowed(), values), dY, view<Acc const, 4>(), to);
  };
  if (a.divides == normaliser::none) return adjoint_of(a.numerator(), x, dZ, {.C = d.Q, .B = d.K, .X = d.V});

  bool const two = a.divides == normaliser::unrotated;
  static scalar_of<Q> const one(1);
  view<scalar_of<Q> const, 4> const ones(&one, {batch, T, H, 1}, {0, 0, 0, 0});
  index_t const room = two ? 0 : x.batch() * T * x.heads() * (P + 1);
  scratch<Acc> values_and_ones(memory, room, 1), gradient(memory, room, 1), sums(memory, batch * T * H, P + 1);
  auto const extended = two ? view<Acc const, 4>() : with_ones(place, memory, x, values_and_ones);
  view<Acc, 4> const both(sums.data(), {batch, T, H, P + 1});  // n and d, then dn and dd
  for_each_index(place, memory, a.sequences(batch) * H, [&](index_t i, workspace own) {
    auto const [b, first, n] = a.where(i / H, T);
    some_rows const at{b, i % H, H, first, n};
    auto const head = a.head(b, at.h, H).middle_rows(first, n);
    auto const y = at.of(both);
    auto apply = [&](auto const& M, auto const& values, view<Acc, 2> to) {
      evaluate_into(how, cpu{}, accumulate<Acc>{}, own, M.borrowed(), values, to, view<Acc, 2>());
    };
    if (!two) apply(head.numerator(), at.of(extended), y);
    else
      apply(head.numerator(), at.of(x), y.middle_cols(0, P)),
          apply(head.denominator(), at.of(ones), y.middle_cols(P, 1));
    scratch<Acc> dz(own, n, P);
    load(at.of(dZ), dz);
    auto rows = mapped(y);
    for (index_t t = 0; t < n; ++t) {
      Acc const divisor = rows(t, P);
      rows(t, P) = -dz.row(t).dot(rows.row(t).head(P)) / (divisor * divisor);
      rows.row(t).head(P) = dz.row(t) / divisor;
    }
  });
  auto const dn = both.borrowed().middle_cols(0, P), dd = both.borrowed().middle_cols(P, 1);
  if (two) {
    adjoint_of(a.numerator(), x, dn, {.C = d.Q, .B = d.K, .X = d.V});
    second_gradient<Acc> const dQ(memory, d.Q, !is_rotated<Q>), dK(memory, d.K, !is_rotated<K>);
    adjoint_of(a.denominator(), ones, dd, {.C = *dQ, .B = *dK});
    dQ.add(), dK.add();
  } else {
    view<Acc, 4> const of_values(gradient.data(), extended.extents);
    adjoint_of(a.numerator(), extended, both.borrowed(), {.C = d.Q, .B = d.K, .X = of_values});
    pull_back(place, memory, x, of_values.middle_cols(0, P), d.V);
  }
}

}  // namespace transxssm
