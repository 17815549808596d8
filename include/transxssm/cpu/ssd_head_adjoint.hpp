// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../math/decay.hpp"
#include "gradient_in_pieces.hpp"
#include "ssd_adjoint_rows.hpp"

namespace transxssm {

// The adjoint of h_t = a_t h_{t-1} + B_t^T X_t, Y_t = C_t h_t, written with the operator itself (law 7). With
//
//     S_t = a_t h_{t-1}                                   what is left of the past at step t
//     G_t = C_t^T dY_t + F_t,  F_t = a_{t+1} G_{t+1}      the gradient of h_t, and what of it the future leaves
//
// the gradients are
//
//     dC_t = dY_t S_t^T + <dY_t, X_t> B_t        L o (dY X^T), applied to B, forwards
//     dX_t = B_t F_t    + <C_t, B_t> dY_t        L o (B C^T), applied to dY, in reversed time
//     dB_t = X_t F_t^T  + <dY_t, X_t> C_t        L o (X dY^T), applied to C, in reversed time
//
// Each product is taken without its diagonal, by moving its operands by one step: then a row holds what is left of the past
// (or of the future) and nothing else, and the gradient of the decay can be made of it,
//
//     dlog_a_t = <G_t, S_t> = dlog_a_{t+1} + <C_t, dY_t S_t^T> - <X_t, B_t F_t>,
//
// in which nothing has to cancel that does not decay likewise. This sum runs backwards through a block of steps, in the
// precision of log-decays; then it starts anew from a_t <G_t, h_{t-1}>, with both states at hand. (In float, one running
// sum over 8192 steps is off by 6e-5; this is by 4e-7 to 2e-6.) Where a_t = 0, it starts from the 0 that is due.
//
// A step of nothing before the first and one after the last make the states part of the same recurrences: the gradient of
// the last one is where the reversed recurrences start, and where they end, a_0 G_0, is that of the first.

/// One head of one sequence. Its gradients go to c, b and x, (T, N), (T, N), (T, P), from row `at` on; to log_a (T), and
/// to D.
template<class How, class Acc, class Head, class C, class B, class X>
class ssd_head_adjoint {
 public:
  using window = ssd_adjoint_rows<How, Acc>;
  static constexpr index_t block = window::block;
  gradient_in_pieces<Acc, C> const& c;
  gradient_in_pieces<Acc, B> const& b;
  gradient_in_pieces<Acc, X> const& x;
  some_rows at;
  Head head;  // M, X, and dY as its y; its state is the one before the first step, transposed
  Acc D = Acc(0);

  ssd_head_adjoint(gradient_in_pieces<Acc, C> const& to_c, gradient_in_pieces<Acc, B> const& to_b,
                   gradient_in_pieces<Acc, X> const& to_x, some_rows rows, Head const& h, view<Acc const, 2> first,
                   view<Acc const, 2> dh, workspace memory)
      : c(to_c),
        b(to_b),
        x(to_x),
        at(rows),
        head(h),
        memory_(memory),
        T_(head.m.rows()),
        N_(head.m.b.cols()),
        P_(head.x.cols()),
        h_(memory, (blocks() + 1) * P_, N_),
        g_(memory, N_, P_),
        gt_(memory, P_, N_),
        log_a_(memory, 1, T_ + 3),
        change_(memory, 1, T_ + 1),
        slope_(memory, 1, T_ + 1) {
    log_a_.setZero();
    for (index_t t = 0; t < T_; ++t) log_a_(0, t + 1) = Acc(head.m.log_a(t));
    if (first.data) load(transposed(first), h_.topRows(P_));
    else h_.topRows(P_).setZero();
    if (dh.data) load(dh, g_), load(transposed(dh), gt_);
    else g_.setZero(), gt_.setZero();
  }

  index_t blocks() const { return (T_ + block - 1) / block; }
  /// The rows that block k needs.
  auto rows_of(index_t k) const {
    index_t const t = std::min(std::max<index_t>(k * block - 1, 0), T_);
    return head.middle_rows(t, std::min(block + 1, T_ - t));
  }

  /// The state moves through steps u of a block, and is read at the step after each.
  void forwards(index_t k, window& w, auto const& next) {
    index_t const u = k == 0 ? -1 : k * block, n = std::min((k + 1) * block, T_ - 1) - u;
    w.load_rows(head, u, n + 1);
    h_.middleRows((k + 1) * P_, P_) = h_.middleRows(k * P_, P_);  // (P, N): the transposed state, to be moved
    w.apply({&log_a_(0, u + 1), {n}}, w.rows(w.dy, 1, n, 1), w.rows(w.x, 0, n, 1), w.rows(w.b, 0, n, 1),
            w.rows(w.past, 0, n, 1), h_, (k + 1) * P_, next);
    for (index_t i = 0, t = u + 1; i < n; ++i, ++t) {
      auto row = w.past.row(i);
      if (Acc const a = of_decay(t); a == Acc(0)) row.setZero();
      else row *= a;
      change_(0, t) = sum(row.dot(w.c.row(i + 1)));
      Acc const diagonal = w.dy.row(i + 1).dot(w.x.row(i + 1));
      row += diagonal * w.b.row(i + 1);
      D += diagonal;
    }
    c.take(rows(u + 1, n), w.past.topRows(n), memory_);
  }

  /// Between the two ways: what the gradient of the last state makes of what is left of the last but one.
  void turn() {
    Acc const a = T_ > 0 ? of_decay(T_ - 1) : Acc(0);
    slope_(0, T_) = a == Acc(0) ? sum(0) : sum(a) * product_of(gt_, h_.bottomRows(P_));
  }

  /// The gradient of the state moves backwards through steps v of a block, and is read at the step before each.
  void backwards(index_t k, window& w, auto const& next) {
    index_t const v = k * block, last = k + 1 == blocks() ? T_ : v + block - 1, n = last - v + 1;
    w.load_rows(head, v - 1, n + 1);
    view<Acc const, 1> const log_a(&log_a_(0, last + 2), {n}, {-1});
    w.apply(log_a, w.rows(w.b, n - 1, n, -1), w.rows(w.c, n, n, -1), w.rows(w.dy, n, n, -1),
            w.rows(w.future, n - 1, n, -1), g_, 0, next);
    w.apply(log_a, w.rows(w.x, n - 1, n, -1), w.rows(w.dy, n, n, -1), w.rows(w.c, n, n, -1),
            w.rows(w.future_of_b, n - 1, n, -1), gt_, 0, head.middle_rows(0, 0));
    for (index_t i = n - 1, t = last - 1; t >= std::max<index_t>(v - 1, 0); --i, --t) {
      Acc const a = of_decay(t + 1);
      auto row = w.future.row(i), row_of_b = w.future_of_b.row(i);
      if (a == Acc(0)) row.setZero(), row_of_b.setZero();
      else row *= a, row_of_b *= a;
      if (t + 1 < T_) change_(0, t) -= sum(row.dot(w.x.row(i)));
      row += w.c.row(i).dot(w.b.row(i)) * w.dy.row(i);
      row_of_b += w.dy.row(i).dot(w.x.row(i)) * w.c.row(i);
    }
    Acc const a = of_decay(v);
    sum const anew = a == Acc(0) ? sum(0) : sum(a) * product_of(gt_, h_.middleRows(k * P_, P_));
    for (index_t t = last; t >= v; --t) {
      if (t == v) slope_(0, t) = anew;
      else if (of_decay(t) == Acc(0)) slope_(0, t) = sum(0);
      if (t > 0) slope_(0, t - 1) = slope_(0, t) + change_(0, t - 1);
    }
    index_t const skipped = v == 0 ? 1 : 0, outputs = n - skipped;
    if constexpr (!std::same_as<decltype(head.m.d), no_skip>)
      w.future.middleRows(skipped, outputs) += Acc(head.m.d.d) * w.dy.middleRows(skipped, outputs);
    some_rows const here = rows(v - 1 + skipped, outputs);
    x.take(here, w.future.middleRows(skipped, outputs), memory_);
    b.take(here, w.future_of_b.middleRows(skipped, outputs), memory_);
  }

  /// The gradients of the decays, and of the state before the first step, where they are wanted.
  void finish(view<Acc, 1> log_a, view<Acc, 2> state) {
    if (log_a.data)
      for (index_t t = 0; t < T_; ++t) log_a(t) = Acc(slope_(0, t));
    if (!state.data) return;
    g_ *= of_decay(0);
    if (of_decay(0) == Acc(0)) g_.setZero();
    store(g_, state);
  }

 private:
  using sum = log_sum_t<Acc>;
  static view<Acc const, 2> transposed(view<Acc const, 2> h) {
    return {h.data, {h.cols(), h.rows()}, {h.strides[1], h.strides[0]}};
  }
  /// e^{log_a_t}, and 1 after the last step.
  Acc of_decay(index_t t) const { return decay(log_a_(0, t + 1)); }
  static sum product_of(auto const& y, auto const& z) {
    return y.template cast<sum>().cwiseProduct(z.template cast<sum>()).sum();
  }
  some_rows rows(index_t t, index_t n) const { return {at.b, at.h, at.heads, at.t + t, n}; }

  workspace memory_;
  index_t T_, N_, P_;
  scratch<Acc> h_, g_, gt_;      // (P, N) before each block, and after the last; G (N, P), and transposed
  scratch<Acc> log_a_;           // of steps -1 .. T + 1
  scratch<sum> change_, slope_;  // dlog_a_t - dlog_a_{t+1}, dlog_a_t
};

}  // namespace transxssm
