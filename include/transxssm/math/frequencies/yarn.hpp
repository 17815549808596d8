// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <cmath>
#include <optional>
#include "../frequencies.hpp"

namespace transxssm {

struct yarn_parameters {
  double factor;                                // s: how much longer than trained, 1 to 1e6
  index_t trained_length;                       // original_max_position_embeddings in a checkpoint's configuration
  double beta_fast = 32, beta_slow = 1;         // turns within the trained length
  std::optional<double> attention_factor = {};  // else from mscale and mscale_all_dim, else 0.1 ln s + 1
  double mscale = 0, mscale_all_dim = 0;        // 0 is none
  bool truncate = true;                         // the ramp starts and ends at whole planes
};

/// YaRN (arXiv 2309.00071): what turns more than beta_fast times within the trained length keeps its rate, what turns
/// less than beta_slow times is s times slower, with a ramp over the plane's index between them.
///
///     theta_i (1 - ramp_i + ramp_i / s),   ramp_i = clamp((i - low) / (high - low), 0, 1)
///     low, high = d ln(trained_length / (2 pi beta)) / (2 ln base) for beta_fast, beta_slow;
///                 rounded down and up if truncate; then at least 0, and at most d - 1
///     attention_scaling = 0.1 ln s + 1, or (0.1 mscale ln s + 1) / (0.1 mscale_all_dim ln s + 1), or attention_factor
inline frequencies yarn(index_t d, double base, yarn_parameters const& p) {
  expect_schedule("yarn", d, base);
  expect_value("yarn", "factor", p.factor, p.factor >= 1 && p.factor <= 1e6, "1 to 1e6");
  expect_length("yarn", "trained_length", p.trained_length);
  expect_value("yarn", "beta_slow", p.beta_slow, p.beta_slow > 1e-6 && p.beta_slow <= 1e6, "1e-6 to 1e6");
  expect_value("yarn", "beta_fast", p.beta_fast, p.beta_fast >= p.beta_slow && p.beta_fast <= 1e6, "beta_slow to 1e6");

  auto plane_with = [&](double turns) {  // that makes so many of them
    fixed_point const radians = fixed_point(turns) * fixed_point::pi().shifted(1);
    return natural_log(p.trained_length / radians) * d / natural_log(fixed_point(base)).shifted(1);
  };
  fixed_point low = plane_with(p.beta_fast), high = plane_with(p.beta_slow);
  if (p.truncate) low = low.floor(), high = high.ceil();
  low = std::max(low, fixed_point(0)), high = std::min(high, fixed_point(d - 1));

  fixed_point const gain = 1 - 1 / fixed_point(p.factor);
  frequencies result = frequencies(d, base).scaled([&](index_t i) {
    fixed_point const ramp = low == high ? fixed_point(i > low) : (i - low) / (high - low);
    return 1 - std::clamp(ramp, fixed_point(0), fixed_point(1)) * gain;
  });
  auto scale = [&](double mscale) { return 0.1 * mscale * std::log(p.factor) + 1; };
  bool const both = p.mscale != 0 && p.mscale_all_dim != 0;
  result.attention_scaling = p.attention_factor.value_or(both ? scale(p.mscale) / scale(p.mscale_all_dim) : scale(1));
  return result;
}

}  // namespace transxssm
