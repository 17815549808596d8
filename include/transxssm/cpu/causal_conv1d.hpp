// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../operator/causal_conv1d.hpp"
#include "../policy/policy.hpp"
#include "packed_row.hpp"
#include "packet_silu.hpp"

namespace transxssm {

/// Rows as a kernel reads or writes them: features side by side.
template<class S>
struct row_pointer {
  S* data;
  index_t stride;
};

/// The rows of x where they lie, if they lie so, in the precision of sums; else nothing.
template<class Acc>
row_pointer<Acc const> rows_in_place(auto const& x) {
  if constexpr (requires { { x.data } -> std::convertible_to<Acc const*>; })
    if (x.strides[1] == 1) return {x.data, x.strides[0]};
  return {};
}

/// y_t = f(bias + sum_k taps_k x_{t+k}), feature by feature.     x (K - 1 + T, D); taps (K, D); bias (D); y (T, D)
template<class S, class Activation>
struct depthwise {
  row_pointer<S const> x, taps;
  index_t K;
  S const* bias;
  index_t D;
  row_pointer<S> y;

  /// Rows [t, t + rows): some at once, so that each weight is loaded once for all of them, and x is still in the first cache.
  template<int rows>
  void convolve(index_t t) const {
    for_each_packet<S>(D, columns<rows>{*this, x.data + t * x.stride, y.data + t * y.stride});
  }
  void convolve_all(index_t T) const {
    index_t t = 0;
    for (; t + 4 <= T; t += 4) convolve<4>(t);
    for (; t < T; ++t) convolve<1>(t);
  }

 private:
  /// A few vectors of each of `rows` rows: their sums in registers, from the bias on in the order of k.
  template<int rows>
  struct columns {
    depthwise const& of;
    S const* x;
    S* y;

    EIGEN_ALWAYS_INLINE void operator()(index_t j, auto vectors, auto n) const {
      packet<S> sum[rows][vectors], weight[vectors];
      unrolled<rows>([&](auto t) {
        prefetch_ahead(x + (t + of.K - 1) * of.x.stride + j);
        unrolled<vectors>([&](auto v) { sum[t][v] = load_first(n, of.bias + j + v * n); });
      });
      S const *tap = of.taps.data + j, *first = x + j;
      for (index_t k = 0; k < of.K; ++k, tap += of.taps.stride, first += of.x.stride) {
        unrolled<vectors>([&](auto v) { weight[v] = load_first(n, tap + v * n); });
        unrolled<rows>([&](auto t) {
          unrolled<vectors>([&](auto v) { sum[t][v] = simd::pmadd(weight[v], load_first(n, first + t * of.x.stride + v * n), sum[t][v]); });
        });
      }
      unrolled<rows>([&](auto t) {
        unrolled<vectors>([&](auto v) {
          if constexpr (std::same_as<Activation, silu>) sum[t][v] = silu_of<S>(sum[t][v]);
          store_first(n, y + t * of.y.stride + j + v * n, sum[t][v]);
        });
      });
    }
  };
};

/// Rows [first, first + window.rows()) of x, of which row -1 is the last one of `before`; zeros, if there is nothing.
template<class H>
void load_window(auto const& x, index_t first, view<H const, 2> before, auto&& window) {
  index_t missing = std::clamp<index_t>(-first, 0, window.rows());
  if (before.data) load(before.middle_rows(before.rows() + first, missing), window.topRows(missing));
  else window.topRows(missing).setZero();
  for (index_t i = missing; i < window.rows(); ++i) load_row(x, first + i, window.row(i).data());
}

/// The weights (D, K) as K rows of features: where they lie, if they lie so, else in `memory` (K, D).
template<class Acc, class T>
row_pointer<Acc const> taps_of(view<T, 2> const& weight, Acc* memory) {
  if constexpr (std::same_as<T, Acc const>)
    if (weight.strides[0] == 1) return {weight.data, weight.strides[1]};
  for (index_t k = 0; k < weight.cols(); ++k)
    for (index_t j = 0; j < weight.rows(); ++j) memory[k * weight.rows() + j] = Acc(weight(j, k));
  return {memory, weight.rows()};
}

/// Y = causal_conv1d(X, weight, bias), one head of one sequence, or some of its steps; Y is not X. Before its first row lie
/// the rows `before` (K - 1, D), or zeros.
///
/// 2 K D T flops. Rows of Acc are read and written where they lie, but for the first K - 1; others, 32 at a time, by way of
/// (K + 63) D numbers of workspace.
template<class Acc, class X, class W, class B, class F, class O, class H>
void evaluate_into(cpu, accumulate<Acc>, workspace memory, convolved<X, W, B, F, whole> const& rows, view<O, 2> Y, view<H const, 2> before) {
  index_t T = rows.rows(), D = rows.cols(), K = rows.width(), at_once = std::min<index_t>(T, 32);
  auto const in_place = rows_in_place<Acc>(rows.x);
  bool const x_in_place = in_place.data;
  bool y_in_place = false;
  if constexpr (std::same_as<O, Acc>) y_in_place = Y.strides[1] == 1;

  scratch<Acc> weights(memory, K + 1, D), window(memory, K - 1 + at_once, D), out(memory, y_in_place ? 0 : at_once, D);
  auto taps = taps_of(rows.weight, weights.data());
  Acc const* bias = weights.row(K).setZero().data();
  if constexpr (!std::same_as<B, no_bias>) bias = features_of(rows.bias, weights.row(K).data());

  for (index_t t = 0, n = 0; t < T; t += n) {
    index_t first = rows.past + t - (K - 1);  // the row of x that step t sees first
    bool whole_window = x_in_place && first >= 0;
    n = whole_window && y_in_place ? T - t : std::min(T - t, at_once);
    row_pointer<Acc const> x{in_place.data + first * in_place.stride, in_place.stride};
    if (!whole_window) {
      if (x_in_place) n = std::min(n, -first);
      load_window(rows.x, first, before, window.topRows(K - 1 + n));
      x = {window.data(), D};
    }
    row_pointer<Acc> y{out.data(), D};
    if constexpr (std::same_as<O, Acc>)
      if (y_in_place) y = {Y.data + t * Y.strides[0], Y.strides[0]};
    depthwise<Acc, F>{x, taps, K, bias, D, y}.convolve_all(n);
    for (index_t i = 0; i < n && !y_in_place; ++i) store_row<Acc>(out.row(i).data(), Y, t + i);
  }
}
template<class Acc, class X, class W, class B, class F, class O>
void evaluate_into(cpu where, accumulate<Acc> sums, workspace memory, convolved<X, W, B, F, whole> const& rows, view<O, 2> Y) {
  evaluate_into(where, sums, memory, rows, Y, view<Acc const, 2>());
}

/// The last rows of a state (K - 1, D) become those of x, one head of one sequence, and the rest moves up.
template<class H>
void remember(cpu, workspace memory, auto const& x, view<H, 2> state) {
  index_t n = std::min(x.rows(), state.rows()), kept = state.rows() - n;
  scratch<H> last(memory, state.rows(), state.cols());
  load(state.borrowed().middle_rows(n, kept), last.topRows(kept));
  load(x.middle_rows(x.rows() - n, n), last.bottomRows(n));
  store(last, state);
}

}  // namespace transxssm
