// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../math/decay.hpp"
#include "../operator/applied.hpp"
#include "../operator/resumed.hpp"
#include "../operator/semiseparable.hpp"
#include "../policy/policy.hpp"
#include "gradient_in_pieces.hpp"
#include "tiled_rows.hpp"

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
// precision of log-decays; then it starts anew from a_t <G_t, h_{t-1}>, with both states at hand. (One running sum over a
// sequence of 8192 is off by 6e-5 in float, blocks of 128 by 5e-7.) Where a_t = 0, it starts from the 0 that is due.
//
// A step of nothing before the first and one after the last make the states part of the same recurrences: the gradient of
// the last one is where the reversed recurrences start, and where they end, a_0 G_0, is that of the first.

/// Where the gradients of one head of one sequence go; what is not wanted has no data.
template<class Acc, class C, class B, class X>
struct ssd_head_gradient {
  gradient_in_pieces<Acc, C> const& c;  // (T, N)
  gradient_in_pieces<Acc, B> const& b;  // (T, N)
  gradient_in_pieces<Acc, X> const& x;  // (T, P)
  some_rows at;                         // its rows
  view<Acc, 1> log_a;                   // (T)
  view<Acc, 2> state;                   // (N, P): of the state before the first step
  Acc& D;

  some_rows rows(index_t t, index_t n) const { return {at.b, at.h, at.heads, at.t + t, n}; }
};

template<class Acc, class C, class B, class X>
ssd_head_gradient(gradient_in_pieces<Acc, C> const&, gradient_in_pieces<Acc, B> const&,
                  gradient_in_pieces<Acc, X> const&, some_rows, view<Acc, 1>, view<Acc, 2>, Acc&)
    -> ssd_head_gradient<Acc, C, B, X>;

/// One head of one sequence: Y = M X, from `first` on if there is such a state. dh is the gradient of the last state.
template<class How, class Acc, class M, class X, class G>
class ssd_head_adjoint {
 public:
  ssd_head_adjoint(How how, workspace memory, M const& m, X const& x, G const& dY, view<Acc const, 2> first,
                   view<Acc const, 2> dh)
      : how_(how),
        memory_(memory),
        m_(m),
        values_(x),
        dY_(dY),
        T_(m.rows()),
        N_(m.b.cols()),
        P_(x.cols()),
        at_once_(std::min(block, T_)),
        c_(memory, at_once_ + 2, N_),
        b_(memory, at_once_ + 2, N_),
        x_(memory, at_once_ + 2, P_),
        dy_(memory, at_once_ + 2, P_),
        past_(memory, at_once_ + 1, N_),
        future_(memory, at_once_ + 1, P_),
        future_of_b_(memory, at_once_ + 1, N_),
        h_(memory, (blocks() + 1) * P_, N_),
        g_(memory, N_, P_),
        gt_(memory, P_, N_),
        log_a_(memory, 1, T_ + 3),
        change_(memory, 1, T_ + 1),
        slope_(memory, 1, T_ + 1),
        over_N_(N_, memory),
        over_P_(P_, memory) {
    log_a_.setZero();
    load(view<typename decltype(m.log_a)::Scalar const, 2>(m.log_a.data, {1, T_}, {0, m.log_a.strides[0]}),
         log_a_.middleCols(1, T_));
    if (first.data) load(transposed(first), h_.topRows(P_));
    else h_.topRows(P_).setZero();
    if (dh.data) load(dh, g_), load(transposed(dh), gt_);
    else g_.setZero(), gt_.setZero();
  }

  void operator()(auto const& d) {
    for (index_t k = 0; k < blocks(); ++k) forwards(k, d);
    Acc const a =
        T_ > 0 ? of_decay(T_ - 1) : Acc(0);  // the gradient of the last state, in what is left of the last but one
    slope_(0, T_) = a == Acc(0) ? sum(0) : sum(a) * product_of(gt_, h_.bottomRows(P_));
    for (index_t k = blocks(); k-- > 0;) backwards(k, d);
    if (d.log_a.data)
      for (index_t t = 0; t < T_; ++t) d.log_a(t) = Acc(slope_(0, t));
    if (!d.state.data) return;
    g_ *= of_decay(0);
    if (of_decay(0) == Acc(0)) g_.setZero();
    store(g_, d.state);
  }

 private:
  using sum = log_sum_t<Acc>;
  static constexpr index_t block = 128;
  static constexpr bool by_tiles =
      std::floating_point<Acc> && (std::derived_from<How, automatic> || std::derived_from<How, tiled>);
  struct no_tiles {
    no_tiles(index_t, workspace) {}
  };
  using tiles = std::conditional_t<by_tiles, tiled_rows<Acc>, no_tiles>;
  index_t blocks() const { return (T_ + block - 1) / block; }
  static view<Acc const, 2> transposed(view<Acc const, 2> x) {
    return {x.data, {x.cols(), x.rows()}, {x.strides[1], x.strides[0]}};
  }
  /// e^{log_a_t}, and 1 after the last step.
  Acc of_decay(index_t t) const { return decay(log_a_(0, t + 1)); }
  static sum product_of(auto const& x, auto const& y) {
    return x.template cast<sum>().cwiseProduct(y.template cast<sum>()).sum();
  }

  /// Rows [t, t + n) of x, where those before the first and after the last step are 0.
  void load_rows(auto const& x, index_t t, index_t n, scratch<Acc>& rows) const {
    index_t const from = std::max<index_t>(t, 0), last = std::min(t + n, T_);
    rows.topRows(n).setZero();
    load(x.middle_rows(from, last - from), rows.middleRows(from - t, last - from));
  }
  /// Row i of n + 1 loaded rows is that of step t + i.
  void load_window(index_t t, index_t n) {
    load_rows(m_.c, t, n + 1, c_), load_rows(m_.b, t, n + 1, b_);
    load_rows(values_, t, n + 1, x_), load_rows(dY_, t, n + 1, dy_);
  }
  /// n of them, from row `first` on: upwards, or downwards.
  static view<Acc, 2> rows(scratch<Acc>& x, index_t first, index_t n, index_t direction) {
    return {x.data() + first * x.cols(), {n, x.cols()}, {direction * x.cols(), 1}};
  }
  /// y = (L o (C B^T)) X, from `state` on, which it moves.
  void apply(view<Acc const, 1> log_a, view<Acc const, 2> c, view<Acc const, 2> b, view<Acc const, 2> x, view<Acc, 2> y,
             scratch<Acc>& states, index_t first_row) {
    if constexpr (by_tiles)
      if (tiled_rows<Acc>::take(c, b, x))
        return (x.cols() == N_ ? over_N_ : over_P_).apply(log_a, c, b, x, y, states, first_row);
    view<Acc, 2> const state(&states(first_row, 0), {b.cols(), x.cols()});
    semiseparable_operator<view<Acc const, 1>, view<Acc const, 2>, view<Acc const, 2>> const m{log_a, c, b, {}, {}};
    evaluate_into(how_, cpu{}, how_, memory_, m, x, y, state);
  }

  /// The state moves through steps u of a block, and is read at the step after each.
  void forwards(index_t k, auto const& d) {
    index_t const u = k == 0 ? -1 : k * block, n = std::min((k + 1) * block, T_ - 1) - u;
    load_window(u, n);
    h_.middleRows((k + 1) * P_, P_) = h_.middleRows(k * P_, P_);  // (P, N): the transposed state, to be moved
    apply({&log_a_(0, u + 1), {n}}, rows(dy_, 1, n, 1), rows(x_, 0, n, 1), rows(b_, 0, n, 1), rows(past_, 0, n, 1), h_,
          (k + 1) * P_);
    for (index_t i = 0, t = u + 1; i < n; ++i, ++t) {
      auto row = past_.row(i);
      if (Acc const a = of_decay(t); a == Acc(0)) row.setZero();
      else row *= a;
      change_(0, t) = sum(row.dot(c_.row(i + 1)));
      Acc const diagonal = dy_.row(i + 1).dot(x_.row(i + 1));
      row += diagonal * b_.row(i + 1);
      d.D += diagonal;
    }
    d.c.take(d.rows(u + 1, n), past_.topRows(n), memory_);
  }

  /// The gradient of the state moves backwards through steps v of a block, and is read at the step before each.
  void backwards(index_t k, auto const& d) {
    index_t const v = k * block, last = k + 1 == blocks() ? T_ : v + block - 1, n = last - v + 1;
    load_window(v - 1, n);
    view<Acc const, 1> const log_a(&log_a_(0, last + 2), {n}, {-1});
    apply(log_a, rows(b_, n - 1, n, -1), rows(c_, n, n, -1), rows(dy_, n, n, -1), rows(future_, n - 1, n, -1), g_, 0);
    apply(log_a, rows(x_, n - 1, n, -1), rows(dy_, n, n, -1), rows(c_, n, n, -1), rows(future_of_b_, n - 1, n, -1), gt_,
          0);
    for (index_t i = n - 1, t = last - 1; t >= std::max<index_t>(v - 1, 0); --i, --t) {
      Acc const a = of_decay(t + 1);
      auto row = future_.row(i), row_of_b = future_of_b_.row(i);
      if (a == Acc(0)) row.setZero(), row_of_b.setZero();
      else row *= a, row_of_b *= a;
      if (t + 1 < T_) change_(0, t) -= sum(row.dot(x_.row(i)));
      row += c_.row(i).dot(b_.row(i)) * dy_.row(i);
      row_of_b += dy_.row(i).dot(x_.row(i)) * c_.row(i);
    }
    Acc const a = of_decay(v);
    sum const anew = a == Acc(0) ? sum(0) : sum(a) * product_of(gt_, h_.middleRows(k * P_, P_));
    for (index_t t = last; t >= v; --t) {
      if (t == v) slope_(0, t) = anew;
      else if (of_decay(t) == Acc(0)) slope_(0, t) = sum(0);
      if (t > 0) slope_(0, t - 1) = slope_(0, t) + change_(0, t - 1);
    }
    index_t const skipped = v == 0 ? 1 : 0, outputs = n - skipped;
    if constexpr (!std::same_as<decltype(m_.d), no_skip>)
      future_.middleRows(skipped, outputs) += Acc(m_.d.d) * dy_.middleRows(skipped, outputs);
    some_rows const at = d.rows(v - 1 + skipped, outputs);
    d.x.take(at, future_.middleRows(skipped, outputs), memory_);
    d.b.take(at, future_of_b_.middleRows(skipped, outputs), memory_);
  }

  How how_;
  workspace memory_;
  M const& m_;
  X const& values_;
  G const& dY_;
  index_t T_, N_, P_, at_once_;
  scratch<Acc> c_, b_, x_, dy_;               // (block + 2, N or P): of the steps at hand
  scratch<Acc> past_, future_, future_of_b_;  // (block + 1, N or P): gradients of C, X and B
  scratch<Acc> h_, g_, gt_;                   // (P, N) before each block, and after the last; G, and transposed
  scratch<Acc> log_a_;                        // of steps -1 .. T + 1
  scratch<sum> change_, slope_;               // dlog_a_t - dlog_a_{t+1}, dlog_a_t
  tiles over_N_, over_P_;                     // for products whose values have N columns, or P
};

/// The state that a product starts from.
template<class A, class C, class B, class D, class W>
view<accumulator_t<scalar_of<C>> const, 4> first_state(semiseparable_operator<A, C, B, D, W> const&) {
  return {};
}
template<class M, class S>
view<S const, 4> first_state(resumed<M, ssm_state<S>> const& M_from) {
  return M_from.state->h();
}

/// Gradients of (M X)(log_a, C, B, X, D, state), in any form: each of its three products is taken in it.
///
/// 12 T N P flops, three times those of the product itself. For each head in flight (3 + T / 128) N P numbers of workspace,
/// and 130 (5 N + 3 P) + 3 T; where heads share C or B (or X), T N (or T P) for each of them. Linear in T.
/// See also: ssd_tiled, ssd_chunked.
template<class How, class Acc, class M, class X, class... Parts, class G>
requires requires(M const& m) { requires batch_semiseparable<decltype(m.stateless())>; }
void adjoint_into(How how, cpu place, accumulate<Acc>, workspace memory, applied<M, X, Parts...> const& e,
                  view<G, 4> dY, view<Acc const, 4> dh, semiseparable_gradient<Acc> const& gradient) {
  auto const m = e.m.stateless();
  auto const first = first_state(e.m);
  index_t const batch = e.batch(), H = e.heads(), T = e.rows(), sequences = m.sequences(batch);
  constexpr bool clear = !std::same_as<decltype(m.where), whole>;
  gradient_in_pieces<Acc, decltype(m.c)> const c(memory, m.c, gradient.C, batch, H, clear);
  gradient_in_pieces<Acc, decltype(m.b)> const b(memory, m.b, gradient.B, batch, H, clear);
  gradient_in_pieces<Acc, X> const x(memory, e.x, gradient.X, batch, H, clear);
  scratch<Acc> decays(memory, gradient.log_a.data ? batch * T : 0, H), skips(memory, sequences, H);
  decays.setZero();
  view<Acc, 3> const log_a(decays.data(), {batch, T, H});
  for_each_index(place, memory, sequences * H, [&](index_t i, workspace turns) {
    index_t const s = i / H, h = i % H;
    auto const [entry, from, count] = m.where(s, T);
    some_rows const at{entry, h, H, from, count};
    auto const state_of = [&](auto const& all) { return all.data ? all.head(s, h, H) : decltype(all.head(s, h, H))(); };
    auto const one = m.head(entry, h, H).middle_rows(from, count);
    auto const values = at.of(e.x);
    auto const dy = at.of(dY);
    ssd_head_adjoint<How, Acc, decltype(one), decltype(values), decltype(dy)> head(how, turns, one, values, dy,
                                                                                   state_of(first), state_of(dh));
    skips(s, h) = Acc(0);
    head(ssd_head_gradient{c, b, x, at, log_a.data ? at.of(log_a) : view<Acc, 1>(),
                           state_of(view<Acc, 4>(gradient.state)), skips(s, h)});
  });
  c.pull_back(place, memory), b.pull_back(place, memory), x.pull_back(place, memory);
  pull_back(m.log_a, log_a, gradient.log_a);
  if (!gradient.D.data) return;
  index_t const shared = gradient.D.rows();
  for (index_t h = 0; h < H; ++h)
    for (index_t s = 0; s < sequences; ++s) {
      Acc& sum = gradient.D(h * shared / H);
      sum = s == 0 && (h == 0 || h * shared / H != (h - 1) * shared / H) ? skips(s, h) : Acc(sum + skips(s, h));
    }
}

}  // namespace transxssm
