// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "folded_decay.hpp"
#include "load.hpp"
#include "upcoming.hpp"

namespace transxssm {

/// Y = (L o (C B^T)) X by tiles of the state (see tiled), for rows that a kernel has at hand already, and of which nothing
/// has to be converted, turned or copied: C and B with whole tiles of columns, and X with whole vectors of them.
template<class Acc>
class tiled_rows {
 public:
  /// For X and Y of P columns.
  tiled_rows(index_t P, workspace memory)
      : x_(memory, at_once, rounded_up(P, packet_size<Acc>)),
        y_(memory, at_once, x_.cols()),
        decays_(at_once, memory) {}

  static bool take(view<Acc const, 2> c, view<Acc const, 2> b, view<Acc const, 2> x) {
    return c.cols() % tile_rows == 0 && x.cols() % packet_size<Acc> == 0 && c.strides[0] == b.strides[0];
  }

  /// `state` (N, P) lies row by row, aligned, and is moved. next(t, n) is what to ask for beside n steps from t on.
  void apply(view<Acc const, 1> log_a, view<Acc const, 2> c, view<Acc const, 2> b, view<Acc const, 2> x, view<Acc, 2> y,
             Acc* state, auto const& next) {
    compensated_sum<log_sum_t<Acc>> s;
    for (index_t t = 0; t < log_a.rows(); t += at_once) {
      index_t const n = std::min(at_once, log_a.rows() - t);
      decays_.fold(log_a.middle_rows(t, n), s);
      move(c.middle_rows(t, n), b.middle_rows(t, n), x.middle_rows(t, n), y.middle_rows(t, n), state, next(t, n));
    }
    auto const factor = simd::pset1<packet<Acc>>(decays_.factor(s));
    for (index_t i = 0; i < c.cols() * x.cols(); i += packet_size<Acc>)
      simd::pstore(state + i, packet_normal_or_zero<Acc>(simd::pmul(simd::pload<packet<Acc>>(state + i), factor)));
  }

 private:
  static constexpr index_t at_once = 64, size = packet_size<Acc>, wide = tile_vectors * size;

  void move(view<Acc const, 2> c, view<Acc const, 2> b, view<Acc const, 2> x, view<Acc, 2> y, Acc* state,
            upcoming_rows const& next) {
    index_t const n = x.rows(), N = c.cols(), P = x.cols();
    auto const from = mapped(x, Eigen::OuterStride<>(x.strides[0]));
    auto to = mapped(y, Eigen::OuterStride<>(y.strides[0]));
    for (index_t t = 0; t < n; ++t) x_.row(t) = from.row(t) * decays_.of_input(t);
    y_.topRows(n).setZero();
    index_t const passes = N / tile_rows * (P / wide + P % wide / size);
    for (index_t i = 0, pass = 0; i < N; i += tile_rows) {
      index_t p = 0;
      auto move_columns = [&](auto vectors) {
        for (; p + vectors * size <= P; p += vectors * size)
          move_tile<vectors>(state + i * P + p, P, &b(0, i), &c(0, i), c.strides[0], &x_(0, p), &y_(0, p),
                             decays_.rescalings(), next.in_pass(pass++, passes));
      };
      move_columns(std::integral_constant<int, tile_vectors>()), move_columns(std::integral_constant<int, 1>());
    }
    for (index_t t = 0; t < n; ++t) to.row(t) = y_.row(t) * decays_.of_output(t);
  }

  scratch<Acc> x_, y_;  // (64, P), times e^{-s}, and still without e^s
  folded_decay<Acc> decays_;
};

}  // namespace transxssm
