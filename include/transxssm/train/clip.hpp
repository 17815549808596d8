// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include "numbers_of.hpp"

namespace transxssm {

/// The sum of n squares, in double: eight sums side by side, then one after the other.
template<class S>
double sum_of_squares(S const* x, index_t n) {
  using eight = Eigen::Array<double, 8, 1>;
  eight sums = eight::Zero();
  index_t i = 0;
  for (; i + 8 <= n; i += 8) sums += Eigen::Map<Eigen::Array<S, 8, 1> const>(x + i).template cast<double>().square();
  for (; i < n; ++i) sums[i % 8] += double(x[i]) * double(x[i]);
  double sum = 0;
  for (double s : sums) sum += s;
  return sum;
}

/// The norm of all gradients together, sqrt(sum g^2): what it is of floats does not overflow on the way. The sums of fixed
/// runs are added in their order, so that the bits do not depend on the number of threads. Infinite or NaN if a gradient
/// is. Cost: one pass, 2 flops for each weight.
template<class Acc>
double global_norm(cpu where, hybrid<Acc>& gradient) {
  auto const numbers = numbers_of(gradient);
  std::vector<number_run> const runs = runs_of(numbers);
  std::vector<double> sums(runs.size());
  for_each_index(where, {}, index_t(runs.size()), [&](index_t i, workspace) {
    number_run const& r = runs[std::size_t(i)];
    sums[std::size_t(i)] = sum_of_squares(r.of(numbers), r.count);
  });
  double sum = 0;
  for (double s : sums) sum += s;
  return std::sqrt(sum);
}

/// What a gradient of that norm is to be multiplied by so that its norm is at most `most`: min(1, most / norm) (Pascanu et
/// al. 2013). Throws std::domain_error if the norm is infinite or no number: such a gradient belongs to no step, and this
/// is said before the optimiser has seen it; std::invalid_argument if `most` is not positive.
inline double clip_factor(double norm, double most) {
  if (!(most > 0)) throw std::invalid_argument("clip_factor: most is " + number(most) + ", expected more than 0");
  if (!std::isfinite(norm))
    throw std::domain_error("clip_factor: the norm of the gradient is " + number(norm) +
                            ", so that no step can be taken");
  return norm > most ? most / norm : 1;
}

}  // namespace transxssm
