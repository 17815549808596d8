// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../frequencies.hpp"

namespace transxssm {

/// "Dynamic NTK": beyond the trained length the base grows, so that the slowest plane turns slower by the factor below,
/// and the fastest as before. L is the declared length.
///
///     base' = base (factor L / trained_length - (factor - 1))^(d / (d - 2))        if L > trained_length, else base
///
/// Others resolve L again whenever a sequence outgrows it. Here it is declared once: keys and B that are already summed
/// into a state cannot be turned again, and a decode would no longer equal its prefill.
///
/// d >= 4; factor 1 to 1e6; lengths 1 to 2^40. The authors' default is factor 4 over 2048.
inline frequencies dynamic_ntk(index_t d, double base, double factor, index_t trained_length, index_t declared_length) {
  expect_schedule("dynamic_ntk", d, base, 4);
  expect_value("dynamic_ntk", "factor", factor, factor >= 1 && factor <= 1e6, "1 to 1e6");
  expect_length("dynamic_ntk", "trained_length", trained_length);
  expect_length("dynamic_ntk", "declared_length", declared_length);
  if (declared_length <= trained_length) return frequencies(d, base);

  fixed_point const f(factor), longer = fixed_point(declared_length) / trained_length;
  fixed_point const slower = natural_log(f * longer - (f - 1));  // the logarithm of the slowest plane's factor
  return frequencies::geometric(d, natural_log(fixed_point(base)) + slower * d / (d - 2));
}

}  // namespace transxssm
