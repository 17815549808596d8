// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <Eigen/Core>
#include "../core/closure.hpp"
#include "../core/errors.hpp"
#include "../math/softplus.hpp"

namespace transxssm {

/// A discretised step: dt > 0, the step size, and log_a = dt A, the log-decay.
template<class S>
struct step {
  S dt, log_a;
};

/// dt = softplus(raw + bias), log_a = dt A, in the precision of sums.
template<class S>
step<accumulator_t<S>> fold_dt_step(S raw, accumulator_t<S> A, accumulator_t<S> bias) {
  accumulator_t<S> dt = softplus(accumulator_t<S>(raw) + bias);
  return {dt, dt * A};
}

/// The discretisation of Mamba-2, for one head: dt = softplus(raw + bias), and log_a = dt A with A < 0 (-exp(A_log)).
///
///     auto [dt, log_a] = fold_dt(raw, A, bias);
///     Y = semiseparable(log_a, C, B) * scale_rows(X, dt);
///
///     raw   (T)      the projection that becomes the step size
///     dt, log_a (T)  vectors of the scalar of raw, or float beside 16 bits
template<stored_matrix Raw>
auto fold_dt(Raw const& raw, accumulator_t<scalar_of<Raw>> A, accumulator_t<scalar_of<Raw>> bias = 0) {
  using S = accumulator_t<scalar_of<Raw>>;
  struct vectors {
    Eigen::Matrix<S, Eigen::Dynamic, 1> dt, log_a;
  };
  view<scalar_of<Raw> const, 1> x = view_of<1>(raw);
  vectors v{Eigen::Matrix<S, Eigen::Dynamic, 1>(x.rows()), Eigen::Matrix<S, Eigen::Dynamic, 1>(x.rows())};
  for (index_t t = 0; t < x.rows(); ++t) {
    auto [dt, log_a] = fold_dt_step(x(t), A, bias);
    v.dt(t) = dt, v.log_a(t) = log_a;
  }
  return v;
}

/// The same for a batch, into the caller's memory; dt may lie where raw lies.
///     raw, dt, log_a   (batch, T, head)
///     A, bias          (H)
/// Throws std::invalid_argument for extents that do not fit.
template<class S>
void fold_dt(view<S, 3> raw, view<accumulator_t<std::remove_const_t<S>> const, 1> A,
             view<accumulator_t<std::remove_const_t<S>> const, 1> bias, view<accumulator_t<std::remove_const_t<S>>, 3> dt,
             view<accumulator_t<std::remove_const_t<S>>, 3> log_a) {
  constexpr auto where = "fold_dt(raw, A, bias, dt, log_a)";
  expect(where, "A", A.rows(), "entries", raw.heads());
  expect(where, "bias", bias.rows(), "entries", raw.heads());
  auto expect_like_raw = [&](char const* operand, auto const& v) {
    expect(where, operand, v.batch(), "sequences", raw.batch());
    expect(where, operand, v.rows(), "rows", raw.rows());
    expect(where, operand, v.heads(), "heads", raw.heads());
  };
  expect_like_raw("dt", dt), expect_like_raw("log_a", log_a);
  for (index_t b = 0; b < raw.batch(); ++b)
    for (index_t t = 0; t < raw.rows(); ++t)
      for (index_t h = 0; h < raw.heads(); ++h) {
        auto folded = fold_dt_step<std::remove_const_t<S>>(raw(b, t, h), A(h), bias(h));
        dt(b, t, h) = folded.dt, log_a(b, t, h) = folded.log_a;
      }
}

}  // namespace transxssm
