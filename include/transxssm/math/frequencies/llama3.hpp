// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include "../frequencies.hpp"

namespace transxssm {

/// The defaults are those of Llama 3.1.
struct llama3_parameters {
  double factor = 8;                                           // s, 1 to 1e6
  double low_frequency_factor = 1, high_frequency_factor = 4;  // turns within the trained length
  index_t trained_length = 8192;
};

/// Llama 3.1's scaling: what turns more than high_frequency_factor times within the trained length keeps its rate, what
/// turns less than low_frequency_factor times is s times slower, with a ramp over the number of turns between them.
///
///     theta_i (m_i + (1 - m_i) / s),   m_i = clamp((trained_length theta_i / (2 pi) - low) / (high - low), 0, 1)
inline frequencies llama3(index_t d, double base, llama3_parameters const& p = {}) {
  double const low = p.low_frequency_factor, high = p.high_frequency_factor;
  expect_schedule("llama3", d, base);
  expect_value("llama3", "factor", p.factor, p.factor >= 1 && p.factor <= 1e6, "1 to 1e6");
  expect_value("llama3", "low_frequency_factor", low, low >= 0 && low <= 1e6, "0 to 1e6");
  expect_value("llama3", "high_frequency_factor", high, high > low && high <= 1e6, "more than the low one, up to 1e6");
  expect_length("llama3", "trained_length", p.trained_length);

  frequencies const plain(d, base);
  fixed_point const slower = 1 / fixed_point(p.factor), width = fixed_point(high) - fixed_point(low);
  return plain.scaled([&](index_t i) {
    fixed_point const m = (p.trained_length * plain[i].turns() - fixed_point(low)) / width;
    fixed_point const kept = std::clamp(m, fixed_point(0), fixed_point(1));
    return kept + (1 - kept) * slower;
  });
}

}  // namespace transxssm
