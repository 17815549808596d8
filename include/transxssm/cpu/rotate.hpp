// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../operator/rotated.hpp"
#include "../policy/policy.hpp"
#include "load.hpp"

namespace transxssm {

/// Y = rotate(X, R), one head of one sequence; Y may be X itself: a row is read before it is written.
/// 3 N T flops. Rows of Y that lie as sums need them are turned where they are; for others, there are N numbers of
/// workspace for each of up to 64 steps.
template<class Acc, class X, class R, class O>
void evaluate_into(cpu, accumulate<Acc>, workspace memory, rotated<X, R> const& x, view<O, 2> Y) {
  if constexpr (std::same_as<O, Acc>)
    if (Y.strides[1] == 1 && Y.strides[0] >= 0) return load(x, mapped(Y, Eigen::OuterStride<>(Y.strides[0])));
  index_t T = x.rows(), at_once = std::min<index_t>(T, 64);
  scratch<Acc> rows(memory, at_once, x.cols());
  for (index_t t = 0; t < T; t += at_once) {
    auto part = rows.topRows(std::min(at_once, T - t));
    load(x.middle_rows(t, part.rows()), part);
    store(part, Y.middle_rows(t, part.rows()));
  }
}

}  // namespace transxssm
