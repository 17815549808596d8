// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../core/shared_bytes.hpp"
#include "fold_dt.hpp"

namespace transxssm {

/// The adjoint of fold_dt(raw, A, bias, dt, log_a), with dt = softplus(raw + bias), log_a = dt A:
///
///     draw = (ddt + A dlog_a) / (1 + e^-(raw + bias))     dbias = sum of draw     dA = sum of dt dlog_a, over all steps
///
///     raw, ddt, dlog_a, draw   (batch, T, head)
///     A, bias, dA, dbias       (H)
///
/// A gradient that is nothing (a view without data) is zero among ddt and dlog_a, and not wanted among the others. draw may be
/// raw, ddt or dlog_a. Exact to rounding for every raw: nothing overflows, and sums are kept in log_sum_t. Two exponentials
/// and a logarithm for each number.
/// Throws std::invalid_argument for extents that do not fit, and for gradients that overlap each other.
template<class S, class Acc = accumulator_t<std::remove_const_t<S>>>
void fold_dt_adjoint(view<S, 3> raw, view<std::type_identity_t<Acc> const, 1> A,
                     view<std::type_identity_t<Acc> const, 1> bias, view<std::type_identity_t<Acc> const, 3> ddt,
                     view<std::type_identity_t<Acc> const, 3> dlog_a, view<std::type_identity_t<Acc>, 3> draw,
                     view<std::type_identity_t<Acc>, 1> dA, view<std::type_identity_t<Acc>, 1> dbias) {
  constexpr auto where = "fold_dt_adjoint(raw, A, bias, ddt, dlog_a, draw, dA, dbias)";
  index_t const H = raw.heads();
  expect(where, "A", A.rows(), "entries", H);
  expect(where, "bias", bias.rows(), "entries", H);
  if (dA.data) expect(where, "dA", dA.rows(), "entries", H);
  if (dbias.data) expect(where, "dbias", dbias.rows(), "entries", H);
  auto expect_like_raw = [&](char const* operand, auto const& v) {
    if (!v.data) return;
    expect(where, operand, v.batch(), "sequences", raw.batch());
    expect(where, operand, v.rows(), "rows", raw.rows());
    expect(where, operand, v.heads(), "heads", H);
  };
  expect_like_raw("ddt", ddt), expect_like_raw("dlog_a", dlog_a), expect_like_raw("draw", draw);
  auto overlap = [](auto const& x, auto const& y) {
    return x.data && y.data && share_bytes(memory_layout(x), memory_layout(y));
  };
  if (overlap(draw, dA) || overlap(draw, dbias) || overlap(dA, dbias))
    throw std::invalid_argument(std::string(where) + ": draw, dA and dbias overlap");

  using sum = log_sum_t<Acc>;
  Eigen::Array<sum, 2, Eigen::Dynamic> sums(2, H);  // of dA, of dbias
  sums.setConstant(sum(0));
  for (index_t b = 0; b < raw.batch(); ++b)
    for (index_t t = 0; t < raw.rows(); ++t)
      for (index_t h = 0; h < H; ++h) {
        Acc const x = Acc(raw(b, t, h)) + bias(h);
        Acc const from_log_a = dlog_a.data ? dlog_a(b, t, h) : Acc(0), from_dt = ddt.data ? ddt(b, t, h) : Acc(0);
        Acc const slope = (from_dt + A(h) * from_log_a) * softplus_derivative(x);
        sums(0, h) += sum(softplus(x) * from_log_a), sums(1, h) += sum(slope);
        if (draw.data) draw(b, t, h) = slope;
      }
  for (index_t h = 0; h < H; ++h) {
    if (dA.data) dA(h) = Acc(sums(0, h));
    if (dbias.data) dbias(h) = Acc(sums(1, h));
  }
}

}  // namespace transxssm
