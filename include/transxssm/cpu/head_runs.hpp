// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include "../operator/semiseparable.hpp"
#include "for_each_index.hpp"

namespace transxssm {

/// One head of one sequence: Y = M X, and the state that moves.
template<class M, class X, class Y, class H>
struct moving_head {
  M m;
  X x;      // (T, P)
  Y y;      // (T, P)
  H state;  // (N, P), or nothing

  auto middle_rows(index_t t, index_t n) const {
    return transxssm::moving_head{m.middle_rows(t, n), x.middle_rows(t, n), y.middle_rows(t, n), state};
  }
};
template<class M, class X, class Y, class H>
moving_head(M, X, Y, H) -> moving_head<M, X, Y, H>;

/// The work of a batch, cut into runs: some heads, side by side, of one sequence, and some of their columns. A run is
/// worked by one thread. Heads and columns are independent recurrences, so no bit depends on where it is cut.
///
/// Runs are as many as there are threads, at least; heads are cut first, since the columns of a head need the same B and C.
class head_runs {
 public:
  /// Of H heads, at most `at_once` go together; of P columns, multiples of `step`.
  head_runs(cpu place, index_t sequences, index_t H, index_t P, index_t at_once, index_t step)
      : sequences_(sequences), heads_(H), columns_(P), step_(step) {
    auto cut = [](index_t n, index_t parts) { return (n + parts - 1) / std::max<index_t>(parts, 1); };
    index_t const threads = std::max(place.threads, 1);
    cuts_ = std::clamp(std::max(cut(H, at_once), cut(threads, sequences)), index_t(1), std::max<index_t>(H, 1));
    pieces_ = step == 0 ? 1 : std::clamp(cut(threads, sequences * cuts_), index_t(1), std::max<index_t>(P / step, 1));
  }
  index_t size() const { return heads_ == 0 ? 0 : sequences_ * cuts_ * pieces_; }

  index_t sequence(index_t run) const { return run / (cuts_ * pieces_); }
  index_t first_head(index_t run) const { return cut_of(run) * heads_ / cuts_; }
  index_t heads(index_t run) const { return (cut_of(run) + 1) * heads_ / cuts_ - first_head(run); }
  index_t first_column(index_t run) const { return first_column_of(run % pieces_); }
  index_t columns(index_t run) const { return first_column_of(run % pieces_ + 1) - first_column(run); }

 private:
  index_t cut_of(index_t run) const { return run / pieces_ % cuts_; }
  index_t first_column_of(index_t piece) const {
    return piece == pieces_ ? columns_ : columns_ / std::max<index_t>(step_, 1) * piece / pieces_ * step_;
  }
  index_t sequences_, heads_, columns_, step_, cuts_, pieces_;
};

/// As many heads together as have their states in half of a second cache of half a megabyte.
template<class Acc>
index_t heads_at_once(auto const& m, auto const& x) {
  index_t const state = m.b.cols() * x.cols() * index_t(sizeof(Acc));
  return std::max<index_t>(1, (1 << 18) / std::max<index_t>(1, state));
}

/// Has head h, of H, the same rows of x as head h - 1?
bool shared_with_last(auto const& x, index_t h, index_t H) { return h * x.heads() / H == (h - 1) * x.heads() / H; }

/// f(heads, head, shares, memory) for every run: head(i) is head i of them, shares(i) tells whether it has the C and B of
/// head i - 1. A kernel that works on a number of heads is so applied to a batch.
template<batch_semiseparable M, class X, class O, class H>
void for_each_run(cpu place, workspace memory, M const& m, X const& x, view<O, 4> Y, view<H, 4> state, index_t at_once,
                  index_t column_step, auto const& f) {
  constexpr bool has_columns = requires { x.middle_cols(0, 1); };
  index_t const heads = Y.heads();
  head_runs const runs(place, m.sequences(Y.batch()), heads, Y.cols(), at_once, has_columns ? column_step : 0);
  for_each_index(place, memory, runs.size(), [&](index_t run, workspace turns) {
    index_t const s = runs.sequence(run), first = runs.first_head(run);
    auto columns = [&](auto const& rows) {
      if constexpr (has_columns) return rows.middle_cols(runs.first_column(run), runs.columns(run));
      else return rows;
    };
    sequence_rows const where = m.where(s, m.rows());
    auto one = [&](auto const& rows, index_t h) {
      if constexpr (std::same_as<decltype(m.where), whole>) return rows.head(where.batch, h, heads);
      else return rows.head(where.batch, h, heads).middle_rows(where.first, where.count);
    };
    auto head = [&](index_t i) {
      index_t const h = first + i;
      return moving_head{one(m, h), columns(one(x, h)), columns(one(Y, h)),
                         state.data ? columns(state.head(s, h, heads)) : view<H, 2>()};
    };
    auto shares = [&](index_t i) {
      return i > 0 && shared_with_last(m.c, first + i, heads) && shared_with_last(m.b, first + i, heads);
    };
    f(runs.heads(run), head, shares, turns);
  });
}

}  // namespace transxssm
