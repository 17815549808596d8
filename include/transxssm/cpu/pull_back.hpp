// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../operator/gradient.hpp"
#include "for_each_index.hpp"
#include "load.hpp"

namespace transxssm {

/// Rows [t, t + n) of head h, of `heads`, in entry b of a batch.
struct some_rows {
  index_t b, h, heads, t, n;

  auto of(auto const& x) const { return x.head(b, h, heads).middle_rows(t, n); }
  /// Entries of the batch and heads may share an operand. Is this the first of those that do?
  bool first_of(auto const& x) const {
    return (b == 0 || x.batch() > 1) && (h == 0 || h * x.heads() / heads != (h - 1) * x.heads() / heads);
  }
};

// pull_back_rows(x, at, d, to): d (n, features) is the gradient of the rows `at` of x; those of what x is made from are
// written to `to`, or added, where other rows that share them have been there before. d is worked on.

template<class Acc>
void pull_back_rows(auto const& x, some_rows at, auto&& d, rows_gradient<Acc> const& to, workspace) {
  if (!to.rows.data) return;
  as_rows(at.of(to.rows), [&](auto&& rows) {
    if (at.first_of(x)) rows = d;
    else rows += d;
  });
}

/// Rows of no sequence may hold anything: their gradient is 0, and so is all that comes of it.
bool is_zero(auto const& d) { return (d.array() == scalar_of<decltype(d)>(0)).all(); }

/// <d, dx~/dphi>, where x~ is x turned by phi. As turning leaves products as they are, it is <d', i x> of d' turned back and
/// x not turned.
template<class Acc>
void gradient_of_angles(auto const& phi, some_rows at, auto const& x, auto const& d, wanted<Acc, 4> const& to) {
  index_t const n = phi.planes();
  bool const first = at.first_of(phi), half = phi.pairs == pairing::half_split;
  view<Acc, 2> const out = at.of(to);
  for (index_t t = 0; t < at.n; ++t) {
    bool const none = is_zero(d.row(t));
    for (index_t j = 0; j < n; ++j) {
      index_t const re = half ? j : 2 * j, im = half ? j + n : 2 * j + 1;
      Acc const slope = none ? Acc(0) : Acc(d(t, im) * x(t, re) - d(t, re) * x(t, im));
      out(t, j) = first ? slope : Acc(out(t, j) + slope);
    }
  }
}

/// The adjoint of a rotation is the opposite rotation.
template<class X, class R, class Acc>
void pull_back_rows(rotated<X, R> const& x, some_rows at, auto&& d, rows_gradient<Acc> const& to, workspace memory) {
  turn_rows<direction::back>(at.of(x.r), d);
  if constexpr (requires { x.r.phi; })
    if (to.angles.data) {
      scratch<Acc> rows(memory, d.rows(), d.cols());
      load(at.of(x.x), rows);
      gradient_of_angles(x.r, at, rows, d, to.angles);
    }
  pull_back_rows(x.x, at, d, to, memory);
}

template<class X, class Factor, class Acc>
void pull_back_rows(scaled<X, Factor> const& x, some_rows at, auto&& d, rows_gradient<Acc> const& to,
                    workspace memory) {
  auto const factor = at.of(x.factor);
  if (to.factor.data) {
    scratch<Acc> rows(memory, d.rows(), d.cols());
    load(at.of(x.x), rows);
    view<Acc, 1> const out = at.of(to.factor);
    bool const first = at.first_of(x.factor);
    for (index_t t = 0; t < at.n; ++t) {
      Acc const slope = is_zero(d.row(t)) ? Acc(0) : Acc(d.row(t).dot(rows.row(t)));
      out(t) = first ? slope : Acc(out(t) + slope);
    }
  }
  for (index_t t = 0; t < at.n; ++t)
    if (!is_zero(d.row(t))) d.row(t) *= Acc(factor(t));
  pull_back_rows(x.x, at, d, to, memory);
}

template<class X, class F, class Acc>
void pull_back_rows(featured<X, F> const& x, some_rows at, auto&& d, rows_gradient<Acc> const& to, workspace memory) {
  constexpr bool differentiable = requires(Acc v) { x.f.derivative(v); };
  static_assert(differentiable, "adjoint: the feature map has no derivative(x)");
  scratch<Acc> rows(memory, d.rows(), d.cols());
  load(at.of(x.x), rows);
  for (index_t t = 0; t < at.n; ++t)
    if (!is_zero(d.row(t)))
      d.row(t).array() *= rows.row(t).unaryExpr([&](Acc const& v) { return Acc(x.f.derivative(v)); }).array();
  pull_back_rows(x.x, at, d, to, memory);
}

/// From the gradient of rows to those of what they are made from: d (batch, T, H, features) is that of x's rows as each of H
/// heads sees them. Heads that share rows of x add up. d may lie where to.rows lies, if nothing is shared.
///
/// Threads share steps, some at a time, so that each sum has one order.
template<class Acc, class G>
void pull_back(cpu place, workspace memory, auto const& x, view<G, 4> d, rows_gradient<Acc> const& to) {
  constexpr index_t shared = 64, at_once = 8;  // steps in a piece; steps of one head, before those of the next
  if (!to.rows.data && !to.angles.data && !to.factor.data) return;
  index_t const T = d.rows(), H = d.heads(), heads = x.heads();
  for_each_index(place, memory, (T + shared - 1) / shared, [&](index_t piece, workspace turns) {
    scratch<Acc> few(turns, at_once, d.cols());
    index_t const last = std::min((piece + 1) * shared, T);
    for (index_t b = 0; b < d.batch(); ++b)
      for (index_t t = piece * shared; t < last; t += at_once)
        for (index_t g = 0; g < heads; ++g) {
          index_t const n = std::min(at_once, last - t);
          auto sum = few.topRows(n);
          for (index_t h = g * H / heads; h < (g + 1) * H / heads; ++h)
            as_rows(some_rows{b, h, H, t, n}.of(d), [&](auto const& rows) {
              if (h == g * H / heads) sum = rows.template cast<Acc>();
              else sum += rows.template cast<Acc>();
            });
          pull_back_rows(x, {b, g, heads, t, n}, sum, to, turns);
        }
  });
}

/// The same for a number of each step: d (batch, T, H).
template<class Acc>
void pull_back(auto const& x, view<Acc, 3> d, wanted<Acc, 3> const& to) {
  if (!to.data) return;
  for (index_t b = 0; b < d.batch(); ++b)
    for (index_t h = 0; h < d.heads(); ++h) {
      some_rows const at{b, h, d.heads(), 0, d.rows()};
      view<Acc, 1> const from = at.of(d), sum = at.of(to);
      bool const first = at.first_of(x);
      for (index_t t = 0; t < at.n; ++t) sum(t) = first ? from(t) : Acc(sum(t) + from(t));
    }
}

/// May the gradient of x's rows, as each of H heads sees them, be kept where it is wanted? If nothing is shared.
template<class Acc>
bool is_own_gradient(auto const& x, wanted<Acc, 4> const& to, index_t batch, index_t heads) {
  return to.data && to.batch() == batch && to.heads() == heads && x.batch() == batch && x.heads() == heads;
}

}  // namespace transxssm
