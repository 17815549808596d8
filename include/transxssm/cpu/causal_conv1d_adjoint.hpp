// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../operator/gradient.hpp"
#include "../operator/padded.hpp"
#include "causal_conv1d.hpp"
#include "for_each_index.hpp"
#include "step_pieces.hpp"

namespace transxssm {

/// dtaps_k += sum_t d_t x_{t+k}, dbias += sum_t d_t, feature by feature     d (n, D); x (K - 1 + n, D); dtaps (K, D)
template<class S>
struct depthwise_sums {
  row_pointer<S const> x, d;
  index_t n, D, K;
  row_pointer<S> dtaps;
  S* dbias;

  void add() const {
    index_t k = 0;
    for (; k + 4 <= K; k += 4) add<4>(k);
    for (; k < K; ++k) add<1>(k);
    for_each_packet<S>(D, [this](index_t j, auto vectors, auto m) {
      unrolled<vectors>([&](auto v) {
        index_t const i = j + v * m;
        packet<S> sum = load_first(m, dbias + i);
        for (index_t t = 0; t < n; ++t) sum = simd::padd(sum, load_first(m, d.data + t * d.stride + i));
        store_first(m, dbias + i, sum);
      });
    });
  }

 private:
  /// A few taps together, so that d is read once for all of them.
  template<int taps>
  void add(index_t k) const {
    for_each_packet<S>(D, [=, this](index_t j, auto vectors, auto m) {
      packet<S> sum[taps][vectors];
      auto each = [&](auto const& f) { unrolled<taps>([&](auto i) { unrolled<vectors>([&](auto v) { f(i, v); }); }); };
      S* to = dtaps.data + k * dtaps.stride + j;
      each([&](auto i, auto v) { sum[i][v] = load_first(m, to + i * dtaps.stride + v * m); });
      S const *g = d.data + j, *at = x.data + k * x.stride + j;
      for (index_t t = 0; t < n; ++t, g += d.stride, at += x.stride) {
        packet<S> slope[vectors];
        unrolled<vectors>([&](auto v) { slope[v] = load_first(m, g + v * m); });
        each([&](auto i, auto v) {
          sum[i][v] = simd::pmadd(slope[v], load_first(m, at + i * x.stride + v * m), sum[i][v]);
        });
      }
      each([&](auto i, auto v) { store_first(m, to + i * dtaps.stride + v * m, sum[i][v]); });
    });
  }
};

/// d = dy silu'(d), where d is what silu was applied to.     d, dy (D)
template<class S>
void times_slope(S const* dy, index_t D, S* d) {
  for_each_packet<S>(D, [&](index_t j, auto vectors, auto n) {
    prefetch_ahead(dy + j);
    unrolled<vectors>([&](auto v) {
      index_t const i = j + v * n;
      store_first(n, d + i, simd::pmul(load_first(n, dy + i), silu_and_slope_of<S>(load_first(n, d + i)).slope));
    });
  });
}

/// The weights of a head, and the same in reversed time: features side by side.
template<class Acc>
struct depthwise_taps {
  scratch<Acc> memory;  // K taps, K reversed, the bias, zeros
  row_pointer<Acc const> taps, reversed;
  Acc const *bias, *zero;

  depthwise_taps(workspace turns, auto const& rows, index_t K, index_t D) : memory(turns, 2 * K + 2, D) {
    memory.bottomRows(2).setZero();
    taps = taps_of(rows.weight, memory.data());
    for (index_t k = 0; k < K; ++k)
      memory.row(K + k) = Eigen::Map<tile<Acc> const>(taps.data + (K - 1 - k) * taps.stride, 1, D);
    reversed = {memory.row(K).data(), D};
    bias = zero = memory.row(2 * K + 1).data();
    if constexpr (requires { rows.bias.data; }) bias = features_of(rows.bias, memory.row(2 * K).data());
  }
};

/// The adjoint of causal_conv1d(X, weight, bias): with d = dY f'(bias + weight * X),
///
///     dx_s = sum_k weight_k d_{s+K-1-k}     dweight_k = sum_t d_t x_{t-K+1+k}     dbias = sum_t d_t
///
/// in each sequence: the first is the same filter in reversed time.
///
///     dY (batch, T, head, D) -> {dX, dweight, dbias}, as X, weight and bias; in rows that are padding, dX is 0
///
/// What the activation was applied to is computed again, some steps at a time. 6 K D T flops for each head, and D T
/// exponentials; X and dY are read once from memory, and dX is written once. A piece of the steps has sums of its own of
/// dweight and dbias, and these are added in order. About (96 + 5 K) D numbers of workspace for each thread, and at most 64
/// of weight and bias.
template<class Acc, class X, class W, class B, class F, class Where, class G>
void adjoint_into(form auto, cpu place, accumulate<Acc>, workspace memory, convolved<X, W, B, F, Where> const& rows,
                  view<G, 4> dY, causal_conv1d_gradient<Acc> const& to) {
  index_t const H = rows.heads(), D = rows.cols(), K = rows.width(), features = rows.weight.rows();
  index_t const own_bias = [&] {
    if constexpr (std::same_as<B, no_bias>) return D;
    else return rows.bias.rows();
  }();
  index_t const at_once = std::max<index_t>(D > 1024 ? 16 : 32, K);  // a window and its slopes stay in the second cache
  step_pieces<Where> const pieces(rows.where, rows.batch(), rows.rows(), H * D);
  scratch<Acc> sums(memory, pieces.size(), K * features + own_bias);
  if (to.X.data) clear_padding(view<Acc, 4>(to.X), rows.where);
  for_each_index(place, memory, pieces.size(), [&](index_t piece, workspace turns) {
    scratch<Acc> window(turns, at_once + 2 * (K - 1), D), d(turns, at_once + K - 1, D), spare(turns, at_once, D);
    sums.row(piece).setZero();
    for (index_t h = 0; h < H; ++h) {
      auto const one = rows.head(0, h, H);
      depthwise_taps<Acc> const weights(turns, one, K, D);
      index_t const own = features == D ? 0 : h * D;
      Acc *const sum = sums.row(piece).data(), *const sum_of_d = sum + K * features + (own_bias == D ? 0 : h * D);
      pieces.visit(piece, at_once, [&](sequence_rows in, index_t t, index_t n) {
        auto of = [&](auto const& x) { return x.head(in.batch, h, H).middle_rows(in.first, in.count); };
        auto const x = of(rows.x);
        auto const dy = of(dY);
        index_t const seen = std::min(n + K - 1, in.count - t);  // steps that see one of these n
        auto x_t = rows_in_place<Acc>(x);                        // and so from K - 1 rows before step t on
        if (x_t.data && t >= K - 1) {
          x_t.data += (t - K + 1) * x_t.stride;
        } else {
          load_window(x, t - (K - 1), view<Acc const, 2>(), window.topRows(K - 1 + seen));
          x_t = {window.data(), D};
        }

        if constexpr (std::same_as<F, silu>)
          depthwise<Acc, no_activation>{x_t, weights.taps, K, weights.bias, D, {d.data(), D}}.convolve_all(seen);
        for (index_t i = 0; i < seen; ++i)
          if constexpr (std::same_as<F, silu>) times_slope(row_of(dy, t + i, spare.data()), D, d.row(i).data());
          else load_row(dy, t + i, d.row(i).data());
        d.middleRows(seen, n + K - 1 - seen).setZero();

        row_pointer<Acc const> const d_t{d.data(), D};
        depthwise_sums<Acc>{x_t, d_t, n, D, K, {sum + own, features}, sum_of_d}.add();
        if (!to.X.data) return;
        view<Acc, 2> const dX = of(to.X).middle_rows(t, n);
        bool const to_place = dX.strides[1] == 1;
        row_pointer<Acc> const out =
            to_place ? row_pointer<Acc>{dX.data, dX.strides[0]} : row_pointer<Acc>{spare.data(), D};
        depthwise<Acc, no_activation>{d_t, weights.reversed, K, weights.zero, D, out}.convolve_all(n);
        if (!to_place) store(spare.topRows(n), dX);
      });
    }
  });
  add_pieces(sums);
  for (index_t j = 0; to.weight.data && j < features; ++j)
    for (index_t k = 0; k < K; ++k) to.weight(j, k) = sums(0, k * features + j);
  for (index_t j = 0; to.bias.data && j < own_bias; ++j) to.bias(j) = sums(0, K * features + j);
}

}  // namespace transxssm
