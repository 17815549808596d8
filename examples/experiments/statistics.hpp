// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

namespace experiments {

/// The t beyond which 2.5 % of Student's distribution lie. Tabled up to 10 degrees of freedom; then the expansion in 1/n
/// around the normal distribution (Abramowitz and Stegun 26.7.5), within 2e-4.
inline double student_t(std::size_t degrees) {
  constexpr std::array table{12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281};
  if (degrees == 0) return std::numeric_limits<double>::infinity();
  if (degrees <= table.size()) return table[degrees - 1];
  double const z = 1.959964, n = double(degrees), z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z;
  return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n) +
         (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n * n * n);
}

/// The mean of some measurements, and half the width of its 95 % confidence interval: t s / sqrt(n).
struct estimate {
  double mean = 0, half_width = 0;
  std::size_t count = 0;

  explicit estimate(std::vector<double> const& x) : count(x.size()) {
    mean = std::accumulate(x.begin(), x.end(), 0.0) / double(count);
    double squares = 0;
    for (double a : x) squares += (a - mean) * (a - mean);
    half_width = count < 2 ? std::numeric_limits<double>::infinity()
                           : student_t(count - 1) * std::sqrt(squares / double(count - 1) / double(count));
  }

  /// "8.180 ± 0.012"; one measurement has no interval, and none is "-".
  std::string text(int digits) const {
    if (count == 0) return "-";
    char mean_text[64], both[96];
    std::snprintf(mean_text, sizeof mean_text, "%.*f", digits, mean);
    std::snprintf(both, sizeof both, "%s ± %.*f", mean_text, digits, half_width);
    return count < 2 ? mean_text : both;
  }
};

}  // namespace experiments
