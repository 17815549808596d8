// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../frequencies.hpp"

namespace transxssm {

/// Position interpolation: every plane turns `factor` times slower, so that factor T positions fill the angles of T.
///     theta_i / factor, factor 1 to 1e6
/// See also dynamic_ntk, yarn, llama3, which leave the fast planes as they are.
inline frequencies linear_scaled(index_t d, double base, double factor) {
  expect_schedule("linear_scaled", d, base);
  expect_value("linear_scaled", "factor", factor, factor >= 1 && factor <= 1e6, "1 to 1e6");
  fixed_point const slower = 1 / fixed_point(factor);
  return frequencies(d, base).scaled([&](index_t) { return slower; });
}

}  // namespace transxssm
