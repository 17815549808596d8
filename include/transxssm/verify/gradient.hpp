// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <span>
#include <vector>
#include "dual.hpp"

namespace transxssm::verify {

/// The gradient of a function of n numbers, by dual numbers: exact to rounding, n evaluations.
///
///     loss(std::span<dual const> x) -> dual
///
/// If x holds the operands of an expression, and loss evaluates it in a plain form (quadratic, chunked, recurrent), this is
/// what its adjoint is compared with.
template<class Loss>
std::vector<double> gradient(Loss const& loss, std::span<double const> x) {
  std::vector<dual> at(x.begin(), x.end());
  std::vector<double> slopes;
  for (dual& moved : at) {
    moved.dx = 1;
    slopes.push_back(dual(loss(std::span<dual const>(at))).dx);
    moved.dx = 0;
  }
  return slopes;
}

/// The same by central differences of fourth order, 4 n evaluations of loss(std::span<double const>) -> double. Rounding
/// leaves about eps / step of the loss.
template<class Loss>
std::vector<double> gradient_by_differences(Loss const& loss, std::span<double const> x, double step = 1e-3) {
  std::vector<double> at(x.begin(), x.end()), slopes;
  for (double& moved : at) {
    double const here = moved;
    auto change = [&](double by) {
      moved = here + by;
      double const up = loss(std::span<double const>(at));
      moved = here - by;
      return up - loss(std::span<double const>(at));
    };
    slopes.push_back((8 * change(step) - change(2 * step)) / (12 * step));
    moved = here;
  }
  return slopes;
}

/// |got - exact| / |exact|, in the Euclidean norm; and |got| where `exact` is zero.
inline double relative_error(std::span<double const> got, std::span<double const> exact) {
  double off = 0, size = 0;
  for (std::size_t i = 0; i < exact.size(); ++i)
    off += (got[i] - exact[i]) * (got[i] - exact[i]), size += exact[i] * exact[i];
  return std::sqrt(size > 0 ? off / size : off);
}

}  // namespace transxssm::verify
