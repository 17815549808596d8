// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <utility>
#include <vector>
#include "../cpu/rms_norm.hpp"
#include "../cpu/rms_norm_adjoint.hpp"
#include "../evaluate/adjoint.hpp"
#include "../operator/rms_norm.hpp"
#include "linear.hpp"

namespace transxssm {

/// What the gradient of a residual_norm needs of its evaluation.
template<class Acc>
struct residual_rows {
  scratch<Acc> before, normed;  // (T, d_model): h, and rms_norm(h)
  residual_rows(auto const& how, index_t T, index_t d_model) : before(how, T, d_model), normed(how, T, d_model) {}
};

/// h <- w o h + f(rms_norm(h)): what stands around every mixer and every SwiGLU. w is learned, or none, which is 1.
template<class Acc>
struct residual_norm {
  std::vector<Acc> norm, weight;  // (d_model); (d_model), or empty
  double eps = 1e-6;

  residual_norm() = default;
  residual_norm(index_t d_model, bool learned, double epsilon)
      : norm(std::size_t(d_model), Acc(1)), weight(learned ? norm : std::vector<Acc>()), eps(epsilon) {}

  /// f(normed, result) writes its rows into `result`.     h (T, d_model)
  void operator()(auto const& how, view<Acc, 2> h, auto const& f) const {
    scratch<Acc> normed(how, h.rows(), h.cols()), result(how, h.rows(), h.cols());
    with(rows_of(normed), how) = rms_norm(h, view<Acc const, 1>(norm.data(), {h.cols()}), eps);
    f(view<Acc const, 2>(rows_of(normed)), rows_of(result));
    auto sum = mapped(h, Eigen::OuterStride<>(h.strides[0]));
    if (!weight.empty())
      sum.array().rowwise() *= Eigen::Map<Eigen::Array<Acc, 1, Eigen::Dynamic> const>(weight.data(), h.cols());
    sum += result;
  }
  /// The same, and keeps what backward() needs.
  void operator()(auto const& how, view<Acc, 2> h, residual_rows<Acc>& rows, auto const& f) const {
    rows.before = mapped(h);
    (*this)(how, h, [&](view<Acc const, 2> normed, view<Acc, 2> result) {
      rows.normed = mapped(normed);
      f(normed, result);
    });
  }

  /// dh, the gradient of the result, becomes that of h; those of the weights are added to `d`. f(dresult, dnormed) is the
  /// adjoint of f.
  void backward(auto const& how, view<Acc, 2> dh, residual_rows<Acc> const& rows, residual_norm<Acc>& d,
                auto const& f) const {
    index_t const T = dh.rows(), n = dh.cols();
    scratch<Acc> dnormed(how, T, n), through(how, T, n), dnorm(how, 1, n);
    f(view<Acc const, 2>(dh), rows_of(dnormed));
    with(rms_norm_gradient<Acc>{.X = rows_of(through), .weight = {dnorm.data(), {n}}}, how) = adjoint(
        rms_norm(rows_of(rows.before), view<Acc const, 1>(norm.data(), {n}), eps), rows_of(std::as_const(dnormed)));
    add_to(d.norm, dnorm);
    auto sum = mapped(dh, Eigen::OuterStride<>(dh.strides[0]));
    if (!weight.empty()) {
      add_to(d.weight, sum.cwiseProduct(rows.before).colwise().sum());
      sum.array().rowwise() *= Eigen::Map<Eigen::Array<Acc, 1, Eigen::Dynamic> const>(weight.data(), n);
    }
    sum += through;
  }
};

}  // namespace transxssm
