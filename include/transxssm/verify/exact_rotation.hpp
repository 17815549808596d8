// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include <unordered_map>
#include <vector>
#include "../core/view.hpp"

namespace transxssm::verify {

/// cos(r theta_i) and sin(r theta_i), theta_i = base^(-2i/d) (Eq. 5), by the formulas, in a scalar of your choice that
/// is far more precise than the tables to be judged: a float of 100 digits is. Long double is not, at large distances.
///
///     verify::exact_rotation<boost::multiprecision::cpp_bin_float_100> exact(64);
///
/// Every distance r is computed once and kept, so that one such object serves many verifications.
template<class Oracle>
class exact_rotation {
 public:
  struct turn {
    Oracle cos, sin;
  };

  /// d features, d even: planes i = 0 .. d/2 - 1.
  explicit exact_rotation(index_t d, double base = 10000) : base_(base) {
    using std::exp, std::log;
    for (index_t i = 0; i < d / 2; ++i)
      theta_.push_back(exp(-Oracle(static_cast<double>(2 * i)) / Oracle(static_cast<double>(d)) * log(Oracle(base))));
  }
  /// Frequencies of another schedule, in radians per step.
  explicit exact_rotation(std::vector<Oracle> theta) : theta_(std::move(theta)) {}

  /// Of the formula, or 0 for frequencies of another schedule.
  double base() const { return base_; }
  index_t planes() const { return static_cast<index_t>(theta_.size()); }
  double frequency(index_t i) const { return static_cast<double>(theta_[static_cast<std::size_t>(i)]); }

  /// Of all planes, at distance r >= 0.
  std::vector<turn> const& at(index_t r) {
    auto [entry, fresh] = turns_.try_emplace(r);
    if (fresh) {
      using std::cos, std::sin;
      for (Oracle const& theta : theta_) {
        Oracle angle = Oracle(static_cast<double>(r)) * theta;
        entry->second.push_back({cos(angle), sin(angle)});
      }
    }
    return entry->second;
  }

 private:
  double base_ = 0;
  std::vector<Oracle> theta_;
  std::unordered_map<index_t, std::vector<turn>> turns_;
};

}  // namespace transxssm::verify
