// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include <numbers>
#include "../core/errors.hpp"

namespace transxssm {

/// The learning rate of each step: linear warm-up, then half a cosine (Loshchilov and Hutter 2017, without restarts; the
/// paper's settings are the defaults). With w = warm_up_share steps, and t = step + 1 = 1 ... steps,
///
///     t <= w   peak t / w
///     t >= w   peak (f + (1 - f) (1 + cos(pi (t - w) / (steps - w))) / 2)      f = final_share
///
/// So the first step is not a step of zero, the peak is reached, and the last step is exactly f peak, as are all after it.
struct warm_up_cosine {
  double peak = 1e-3;
  index_t steps = 1000;
  double warm_up_share = 0.1;  // of the steps
  double final_share = 0.1;    // of the peak

  /// w: a whole number, at most all steps.
  index_t warm_up() const { return index_t(std::llround(warm_up_share * double(steps))); }

  /// The learning rate of step 0, 1, ... Throws std::invalid_argument if a setting is out of its range.
  double operator()(index_t step) const {
    expect_valid();
    if (step < 0) refuse("warm_up_cosine", "step", step, "as its number", "at least 0");
    index_t const t = step + 1, w = warm_up();
    if (t < w) return peak * double(t) / double(w);
    if (t == w) return peak;
    if (t >= steps) return peak * final_share;
    double const falling = (1 + std::cos(std::numbers::pi * double(t - w) / double(steps - w))) / 2;  // 1 ... 0
    return peak * (final_share + (1 - final_share) * falling);
  }

  void expect_valid() const {
    auto expect_share = [](char const* name, double share) {
      if (!(share >= 0 && share <= 1))
        throw std::invalid_argument(std::string("warm_up_cosine: ") + name + " is " + number(share) +
                                    ", expected 0 to 1");
    };
    if (!(peak >= 0 && std::isfinite(peak)))
      throw std::invalid_argument("warm_up_cosine: peak is " + number(peak) + ", expected at least 0");
    if (steps < 1)
      throw std::invalid_argument("warm_up_cosine: steps is " + std::to_string(steps) + ", expected at least 1");
    expect_share("warm_up_share", warm_up_share), expect_share("final_share", final_share);
  }
  bool operator==(warm_up_cosine const&) const = default;
};

}  // namespace transxssm
