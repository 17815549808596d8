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
      : N_(N),
        P_(P),
        rows_(rounded_up(N, tile_rows)),
        width_(rounded_up(P, packet_size<Acc>)),
        h_(memory, heads * rows_, width_),
        s_(memory, heads, 1),
        b_(memory, block, rows_ + skew),
        c_(memory, block, rows_ + skew),
        x_(memory, block, width_),
        y_(memory, block, width_),
        decays_(block, memory) {
    h_.setZero(), b_.setZero(), c_.setZero(), x_.setZero();
  }

  void start(index_t head, auto const& state) {
    if (state.data) load(state.borrowed(), of(head));
  }
  void keep(index_t head, auto const& state) {
    if (!state.data) return;
    Acc const factor = decays_.factor(s_(head, 0));
    store(of(head).unaryExpr([=](Acc const& h) { return normal_or_zero(Acc(factor * h)); }), state);
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
  scratch<Acc> h_;  // (heads, N, P), each e^{-s} of what it stands for
  scratch<compensated_sum<log_sum_t<Acc>>> s_;
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
      next.of(then, next_i == 0 || !shares(next_i));
      states.move(i, block, next);
    }
  }
  for (index_t i = 0; i < heads; ++i) states.keep(i, head(i).state);
}

/// h_t = e^{log_a_t} h_{t-1} + B_t^T X_t, and Y_t = C_t h_t + D X_t: the recurrence again, but a block of steps at a time.
///
/// Step by step, every number of the state is read and written for four flops. Here a tile of the state stays in registers
/// for a whole block, so that all that a step brings along is a row of each operand, from the first cache. That wins over
/// chunks, too, where sums are made of fused multiply-adds: chunks of q cost 4 N P + (q + 1) (N + P) flops for each step,
/// in products that are small; this costs the 4 N P of the recurrence and nothing else, at the rate of a large product.
/// (On tensor units, which only know products, it is the other way round: there chunks win.)
///
///     1. fold    the decays into factors of X and Y: see folded_decay, which tells why nothing overflows
///     2. turn    B and C of the block, once for all heads that share them
///     3. move    each tile through the block: see move_tile; what comes next is asked for meanwhile
///     4. unfold  the factors of Y, and add D X
///
/// 4 T N P flops; N P numbers of workspace for each head in flight, and block (2 N + 2 P + 40). Linear in T. The columns
/// of X are independent, so threads share them out where there are fewer heads than threads: not a bit depends on it.
/// See also: recurrent, quadratic, chunked.
template<std::floating_point Acc, one_head_semiseparable M, one_head X, class O, class H>
void evaluate_into(tiled form, cpu, accumulate<Acc>, workspace memory, M const& m, X const& x, view<O, 2> Y,
                   view<H, 2> state) {
  evaluate_tiled<Acc>(
      form, memory, 1,
      [&](index_t) {
        return moving_head{m, x, Y, state};
      },
      [](index_t) { return false; });
}

template<std::floating_point Acc, batch_semiseparable M, class X, class O, class H>
void evaluate_into(tiled form, cpu place, accumulate<Acc>, workspace memory, M const& m, X const& x, view<O, 4> Y,
                   view<H, 4> state) {
  for_each_run(place, memory, m, x, Y, state, heads_at_once<Acc>(m, x), packet_size<Acc>,
               [=](index_t heads, auto const& head, auto const& shares, workspace turns) {
                 evaluate_tiled<Acc>(form, turns, heads, head, shares);
               });
}

}  // namespace transxssm
