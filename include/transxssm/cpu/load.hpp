// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../operator/featured.hpp"
#include "../operator/rotated.hpp"
#include "../operator/scaled.hpp"
#include "../operator/skip.hpp"
#include "scratch.hpp"
#include "turn_rows.hpp"

namespace transxssm {

/// A view of one head as Eigen sees it.
template<class T, class Strides = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>>
auto mapped(view<T, 2> x, Strides strides) {
  using M = std::conditional_t<std::is_const_v<T>, tile<std::remove_const_t<T>> const, tile<T>>;
  return Eigen::Map<M, 0, Strides>(x.data, x.rows(), x.cols(), strides);
}
template<class T>
auto mapped(view<T, 2> x) { return mapped(x, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>(x.strides[0], x.strides[1])); }

/// f(x as Eigen sees it): if the features of a row lie side by side, so that Eigen can load vectors of them.
template<class T>
void as_rows(view<T, 2> x, auto const& f) {
  if (x.strides[1] == 1) f(mapped(x, Eigen::OuterStride<>(x.strides[0])));
  else f(mapped(x));
}

// load(x, rows): `rows` (n, features) becomes x, converted to the precision of sums, and turned, scaled or mapped there if
// x is an expression. So no algorithm knows what its operands are made of, and no expression is ever formed as a whole.

template<class T>
void load(view<T const, 2> x, auto&& rows) {
  as_rows(x, [&](auto const& from) { rows = from.template cast<scalar_of<decltype(rows)>>(); });
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
void store(auto const& rows, view<S, 2> y) {
  as_rows(y, [&](auto&& to) { to = rows.template cast<S>(); });
}

/// y += D x, if there is a D.
void add_skip(no_skip, auto const&, auto&&) {}
template<class D>
void add_skip(skip<D> const& s, auto const& x, auto&& y) { y += scalar_of<decltype(y)>(s.d) * x; }

}  // namespace transxssm
