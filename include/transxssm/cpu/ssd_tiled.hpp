// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../policy/policy.hpp"
#include "folded_decay.hpp"
#include "head_runs.hpp"
#include "load.hpp"

namespace transxssm {

/// The states of some heads, and the block of steps that they are being moved through.
template<class Acc>
class tiled_states {
 public:
  tiled_states(index_t heads, index_t block, index_t N, index_t P, workspace memory)
      : N_(N), P_(P), rows_(rounded_up(N, tile_rows)), width_(rounded_up(P, packet_size<Acc>)),
        h_(memory, heads * rows_, width_), s_(memory, heads, 1),
        b_(memory, block, rows_ + skew), c_(memory, block, rows_ + skew),
        x_(memory, block, width_), y_(memory, block, width_), decays_(block, memory) {
    h_.setZero(), s_.setZero(), b_.setZero(), c_.setZero(), x_.setZero();
  }

  void start(index_t head, auto const& state) {
    if (state.data) load(state.borrowed(), of(head));
  }
  void keep(index_t head, auto const& state) {
    if (!state.data) return;
    of(head) *= Acc(decay(s_(head, 0)));
    store(of(head), state);
  }

  /// Turns B and C: all heads that share them need it once.
  void turn(auto const& m) { load(m.b, b_.topLeftCorner(m.rows(), N_)), load(m.c, c_.topLeftCorner(m.rows(), N_)); }

  /// Moves a head through a block of steps. `next` are the rows that come then.
  void move(index_t head, auto const& block, upcoming_rows const& next) {
    index_t const n = block.m.rows();
    auto x = x_.topLeftCorner(n, P_), y = y_.topLeftCorner(n, P_);  // (n, P)
    decays_.fold(block.m.log_a, s_(head, 0));
    load(block.x, x);
    for (index_t t = 0; t < n; ++t) x_.row(t) *= decays_.of_input(t);
    y_.topRows(n).setZero();
    index_t pass = 0;
    for (index_t i = 0; i < rows_; i += tile_rows) move_rows(head, i, pass, next);
    for (index_t t = 0; t < n; ++t) y_.row(t) *= decays_.of_output(t);
    if constexpr (!std::same_as<decltype(block.m.d), no_skip>) load(block.x, x), add_skip(block.m.d, x, y);
    store(y, block.y);
  }

 private:
  static constexpr index_t skew = 16;  // rows of B at a power of two would all lie in a few sets of the first cache

  auto of(index_t head) { return h_.block(head * rows_, 0, N_, P_); }

  /// Rows [i, i + tile_rows) of the state: all columns, a tile of them in each pass.
  void move_rows(index_t head, index_t i, index_t& pass, upcoming_rows const& next) {
    constexpr index_t size = packet_size<Acc>, wide = tile_vectors * size;
    index_t const passes = rows_ / tile_rows * (width_ / wide + width_ % wide / size);
    index_t p = 0;
    auto move = [&](auto vectors) {
      for (; p + vectors * size <= width_; p += vectors * size, ++pass)
        move_tile<vectors>(&h_(head * rows_ + i, p), width_, &b_(0, i), &c_(0, i), b_.cols(), &x_(0, p), &y_(0, p),
                           decays_.rescalings(), next.in_pass(pass, passes));
    };
    move(std::integral_constant<int, tile_vectors>()), move(std::integral_constant<int, 1>());
  }

  index_t N_, P_, rows_, width_;
  scratch<Acc> h_;      // (heads, N, P), each e^{-s} of what it stands for
  scratch<log_sum_t<Acc>> s_;
  scratch<Acc> b_, c_;  // (block, N), turned
  scratch<Acc> x_, y_;  // (block, P), times e^{-s} and still without e^s
  folded_decay<Acc> decays_;
};

/// Moves heads 0 .. heads - 1, given by head(i), through T steps, a block of them at a time; shares(i) tells whether head i
/// has the B and C of head i - 1. What comes next is asked for while a tile is computed.
template<class Acc>
void evaluate_tiled(tiled form, workspace memory, index_t heads, auto const& head, auto const& shares) {
  auto const first = head(0);
  index_t const T = first.m.rows(), at_once = std::min(std::max<index_t>(form.block, 1), T);
  tiled_states<Acc> states(heads, at_once, first.m.b.cols(), first.x.cols(), memory);
  upcoming_rows next(64, memory);
  for (index_t i = 0; i < heads; ++i) states.start(i, head(i).state);
  for (index_t t = 0, n = 0; t < T; t += n) {
    n = std::min(at_once, T - t);
    for (index_t i = 0; i < heads; ++i) {
      auto const block = head(i).middle_rows(t, n);
      if (i == 0 || !shares(i)) states.turn(block.m);
      bool const last = i + 1 == heads;
      index_t const next_i = last ? 0 : i + 1, next_t = last ? t + n : t;
      auto const then = head(next_i).middle_rows(next_t, std::min(at_once, T - next_t));
      next.clear();
      if (next_i == 0 || !shares(next_i)) next.add(then.m.b), next.add(then.m.c);
      next.add(then.x), next.add(then.y);
      states.move(i, block, next);
    }
  }
  for (index_t i = 0; i < heads; ++i) states.keep(i, head(i).state);
}

template<std::floating_point Acc, one_head_semiseparable M, one_head X, class O, class H>
void evaluate_into(tiled form, cpu, accumulate<Acc>, workspace memory, M const& m, X const& x, view<O, 2> Y, view<H, 2> state) {
  evaluate_tiled<Acc>(form, memory, 1, [&](index_t) { return moving_head{m, x, Y, state}; }, [](index_t) { return false; });
}

/// As many heads together as have their states in a second cache of half a megabyte, and room for the rest: heads that
/// share B and C turn them once.
template<std::floating_point Acc, batch_semiseparable M, class X, class O, class H>
void evaluate_into(tiled form, cpu place, accumulate<Acc>, workspace memory, M const& m, X const& x, view<O, 4> Y, view<H, 4> state) {
  index_t const bytes = std::max<index_t>(1, m.b.cols() * x.cols() * index_t(sizeof(Acc))), at_once = std::max<index_t>(1, 262144 / bytes);
  for_each_run(place, memory, m, x, Y, state, at_once, packet_size<Acc>, [&](index_t heads, auto const& head, auto const& shares, workspace turns) {
    evaluate_tiled<Acc>(form, turns, heads, head, shares);
  });
}

}  // namespace transxssm
