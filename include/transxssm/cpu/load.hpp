// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../operator/featured.hpp"
#include "../operator/rotated.hpp"
#include "../operator/scaled.hpp"
#include "../operator/skip.hpp"
#include "scratch.hpp"

namespace transxssm {

/// A view of one head as Eigen sees it.
template<class T>
auto mapped(view<T, 2> x) {
  using M = std::conditional_t<std::is_const_v<T>, tile<std::remove_const_t<T>> const, tile<T>>;
  using strides = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;
  return Eigen::Map<M, 0, strides>(x.data, x.rows(), x.cols(), strides(x.strides[0], x.strides[1]));
}

// load(x, rows): `rows` (n, features) becomes x, converted to the precision of sums, and turned, scaled or mapped there if
// x is an expression. So no algorithm knows what its operands are made of, and no expression is ever formed as a whole.

template<class T>
void load(view<T const, 2> x, auto&& rows) { rows = mapped(x).template cast<scalar_of<decltype(rows)>>(); }

/// Turns each pair of features (re, im) by its plane's angle: (re + i im) e^{i phi} (Eq. 3).
template<class R>
void turn_rows(R const& r, auto&& rows) {
  using Acc = scalar_of<decltype(rows)>;
  bool half = r.pairs == pairing::half_split;
  for (index_t t = 0; t < rows.rows(); ++t)
    for (index_t j = 0, planes = r.planes(); j < planes; ++j) {
      auto [cos, sin] = r(t, j);
      Acc &re = rows(t, half ? j : 2 * j), &im = rows(t, half ? j + planes : 2 * j + 1);
      Acc turned = re * Acc(cos) - im * Acc(sin);
      im = re * Acc(sin) + im * Acc(cos);
      re = turned;
    }
}
template<class X, class R>
void load(rotated<X, R> const& x, auto&& rows) {
  load(x.x, rows);
  turn_rows(x.r, rows);
}

template<class X, class Factor>
void load(scaled<X, Factor> const& x, auto&& rows) {
  load(x.x, rows);
  for (index_t t = 0; t < rows.rows(); ++t) rows.row(t) *= scalar_of<decltype(rows)>(x.factor(t));
}

template<class X, class F>
void load(featured<X, F> const& x, auto&& rows) {
  load(x.x, rows);
  rows = rows.unaryExpr(x.f);
}

template<class S>
void store(auto const& rows, view<S, 2> y) { mapped(y) = rows.template cast<S>(); }

/// y += D x, if there is a D.
void add_skip(no_skip, auto const&, auto&&) {}
template<class D>
void add_skip(skip<D> const& s, auto const& x, auto&& y) { y += scalar_of<decltype(y)>(s.d) * x; }

}  // namespace transxssm
