// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <vector>
#include "../cpu/rms_norm.hpp"
#include "../evaluate/with.hpp"
#include "../operator/rms_norm.hpp"
#include "linear.hpp"

namespace transxssm {

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
};

}  // namespace transxssm
