// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "fixed_point.hpp"

// Logarithms and powers to about 2^-245, of 1 or of the result if that is more. Cost: 25 us each.

namespace transxssm {

/// z + z^3/3 + z^5/5 + ... for |z| <= 1/3.
inline fixed_point inverse_tanh(fixed_point const& z) {
  fixed_point sum, power = z, z2 = z * z;
  for (std::uint32_t n = 1; power != 0; n += 2, power = power * z2) sum = sum + power.over(n);
  return sum;
}

inline fixed_point const& natural_log_of_2() {
  static fixed_point const value = inverse_tanh(fixed_point(1).over(3)).shifted(1);
  return value;
}

/// ln x for x > 0: with x = 2^k m, 1 <= m < 2, it is k ln 2 + 2 artanh((m - 1) / (m + 1)).
inline fixed_point natural_log(fixed_point const& x) {
  int const k = x.leading_bits().exponent + 63;
  fixed_point const m = x.shifted(-k);
  return k * natural_log_of_2() + inverse_tanh((m - 1) / (m + 1)).shifted(1);
}

/// e^x: with x = k ln 2 + r, 0 <= r < ln 2, it is 2^k (1 + r + r^2/2! + ...).
inline fixed_point power_of_e(fixed_point const& x) {
  index_t const k = (x / natural_log_of_2()).floor();
  fixed_point const r = x - k * natural_log_of_2();
  fixed_point sum, term = 1;
  for (std::uint32_t n = 1; term != 0; ++n) sum = sum + term, term = (term * r).over(n);
  return sum.shifted(int(k));
}

}  // namespace transxssm
