// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../operator/semiseparable.hpp"
#include "../policy/policy.hpp"
#include "tiled_rows.hpp"

namespace transxssm {

/// Rows of some steps of one head, and the gradients that are made of them: room for one head after the other.
template<class How, class Acc>
class ssd_adjoint_rows {
 public:
  static constexpr index_t block = 128;

  ssd_adjoint_rows(How how, workspace memory, index_t T, index_t N, index_t P)
      : c(memory, std::min(block, T) + 2, N),
        b(memory, c.rows(), N),
        x(memory, c.rows(), P),
        dy(memory, c.rows(), P),
        past(memory, c.rows(), N),
        future(memory, c.rows(), P),
        future_of_b(memory, c.rows(), N),
        how_(how),
        memory_(memory),
        over_N_(N, memory),
        over_P_(P, memory),
        next_(64, memory) {}

  scratch<Acc> c, b, x, dy;  // row i is that of step `first` + i; zeros before the first and after the last
  scratch<Acc> past, future, future_of_b;  // gradients of C, X and B
  index_t first = 0;

  /// Those of `head`, from step t on.
  void load_rows(auto const& head, index_t t, index_t n) {
    first = t;
    take(head.m.c, n, c), take(head.m.b, n, b), take(head.x, n, x), take(head.y, n, dy);
  }

  /// n rows, from row `at` on: upwards, or downwards.
  static view<Acc, 2> rows(scratch<Acc>& of, index_t at, index_t n, index_t direction) {
    return {of.data() + at * of.cols(), {n, of.cols()}, {direction * of.cols(), 1}};
  }

  /// Y = (L o (C B^T)) X, from the state on that begins in row `row` of `states`, and which it moves. Meanwhile, rows of
  /// `next` are asked for: other heads lie between the rows of one.
  void apply(view<Acc const, 1> log_a, view<Acc const, 2> C, view<Acc const, 2> B, view<Acc const, 2> X, view<Acc, 2> Y,
             scratch<Acc>& states, index_t row, auto const& next) {
    if constexpr (by_tiles)
      if (tiled_rows<Acc>::take(C, B, X))
        return (X.cols() == c.cols() ? over_N_ : over_P_)
            .apply(log_a, C, B, X, Y, &states(row, 0), [&](index_t t, index_t n) -> upcoming_rows const& {
              index_t const from = std::min(t, next.m.rows());
              next_.of(next.middle_rows(from, std::min(n, next.m.rows() - from)), true);
              return next_;
            });
    view<Acc, 2> const state(&states(row, 0), {B.cols(), X.cols()});
    semiseparable_operator<view<Acc const, 1>, view<Acc const, 2>, view<Acc const, 2>> const m{log_a, C, B, {}, {}};
    evaluate_into(how_, cpu{}, how_, memory_, m, X, Y, state);
  }

 private:
  static constexpr bool by_tiles =
      std::floating_point<Acc> && (std::derived_from<How, automatic> || std::derived_from<How, tiled>);
  struct no_tiles {
    no_tiles(index_t, workspace) {}
  };
  using tiles = std::conditional_t<by_tiles, tiled_rows<Acc>, no_tiles>;

  void take(auto const& of, index_t n, scratch<Acc>& to) const {
    index_t const from = std::max<index_t>(first, 0), last = std::min(first + n, of.rows());
    to.topRows(from - first).setZero(), to.middleRows(last - first, first + n - last).setZero();
    load(of.middle_rows(from, last - from), to.middleRows(from - first, last - from));
  }

  How how_;
  workspace memory_;
  tiles over_N_, over_P_;  // for values of N columns, or of P
  upcoming_rows next_;
};

}  // namespace transxssm
