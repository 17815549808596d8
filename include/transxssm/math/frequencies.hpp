// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cstdio>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>
#include "logarithm.hpp"
#include "turn.hpp"

namespace transxssm {

/// Throws std::domain_error: "yarn: factor is 0.5, expected 1 to 1e6".
inline void expect_value(char const* where, std::string const& operand, double value, bool good, char const* expected) {
  if (good) return;
  char digits[32];
  std::snprintf(digits, sizeof digits, "%g", value);
  throw std::domain_error(where + (": " + operand) + " is " + digits + ", expected " + expected);
}

/// How far a plane turns in one step, held as a number of turns, to 2^-256 of one.
class frequency {
 public:
  frequency() = default;
  /// Exactly this many radians, 0 to 1e9.
  explicit frequency(double radians_per_step)
      : frequency(fixed_point(checked(radians_per_step, "frequency", "theta"))) {}
  explicit frequency(fixed_point const& radians_per_step) : turns_(radians_per_step * turns_per_radian()) {}

  double radians() const { return double(turns_ * fixed_point::pi().shifted(1)); }
  fixed_point const& turns() const { return turns_; }

  /// The angle at position m: reduced, and exact to 2^-192 m of a turn.
  turn operator*(index_t m) const { return turn(turns_) * m; }
  /// theta, if it is a rate.
  static double checked(double theta, char const* where, std::string const& name) {
    expect_value(where, name, theta, theta >= 0 && theta <= 1e9, "0 to 1e9 radians per step");
    return theta;
  }
  /// `factor` times as fast.
  frequency scaled(fixed_point const& factor) const {
    frequency f;
    f.turns_ = turns_ * factor;
    return f;
  }

 private:
  static fixed_point const& turns_per_radian() {
    static fixed_point const value = 1 / fixed_point::pi().shifted(1);
    return value;
  }
  fixed_point turns_;
};

/// Throws unless `where` can have d features that turn, in pairs, and this base.
inline void expect_schedule(char const* where, index_t d, double base, index_t least = 2) {
  if (d < least || d % 2 != 0)
    throw std::invalid_argument(where + (": d is " + std::to_string(d)) + ", expected an even number, " +
                                std::to_string(least) + " or more");
  expect_value(where, "base", base, base > 1 && base <= 1e18, "more than 1, and at most 1e18");
}

inline void expect_length(char const* where, char const* operand, index_t T) {
  expect_value(where, operand, double(T), T >= 1 && T <= index_t(1) << 40, "1 to 2^40");
}

/// The rates at which the planes of a head turn, and what else a frequency schedule asks for.
///
///     frequencies(d)              theta_i = 10000^(-2i/d), i = 0 .. d/2 - 1: the paper's Eq. 5
///     frequencies(d, 500000)      another base, from above 1 up to 1e18
///     frequencies(theta)          the caller's own, in radians per step, 0 to 1e9; none gives no planes
///     linear_scaled, dynamic_ntk, yarn, llama3: in frequencies/
///
/// Every schedule is evaluated in 256-bit fixed point, so that a rate is the formula's value and not a double near it,
/// whose angle would be off by 2^-22 at position 2^31.
///
/// d is the number of features that turn: the whole head, or less for a partial rotation.
/// Throws std::invalid_argument if d is odd or not positive, std::domain_error for a base or a rate out of range.
/// Cost: 0.1 ms.
class frequencies {
 public:
  explicit frequencies(index_t d, double base = 10000) {
    expect_schedule("frequencies", d, base);
    *this = geometric(d, natural_log(fixed_point(base)));
  }
  explicit frequencies(std::span<double const> radians_per_step) {
    for (double theta : radians_per_step) {
      frequency::checked(theta, "frequencies(theta)", "theta[" + std::to_string(planes()) + "]");
      rates_.emplace_back(theta);
    }
  }

  /// The same as frequencies(d, base) with the natural logarithm of a base that is itself the result of a formula.
  static frequencies geometric(index_t d, fixed_point const& log_base) {
    fixed_point const ratio = power_of_e(-log_base.shifted(1) / d);
    frequencies result;
    fixed_point theta = 1;
    for (index_t i = 0; i < d / 2; ++i, theta = theta * ratio) result.rates_.emplace_back(theta);
    return result;
  }

  index_t planes() const { return index_t(rates_.size()); }
  frequency const& operator[](index_t i) const { return rates_[std::size_t(i)]; }

  /// Plane i turns factor(i) times as fast.
  template<class Factor>
  frequencies scaled(Factor&& factor) const {
    frequencies result = *this;
    for (index_t i = 0; i < planes(); ++i) result.rates_[std::size_t(i)] = (*this)[i].scaled(factor(i));
    return result;
  }

  /// What YaRN multiplies queries and keys with. The tables do not contain it: attention multiplies its scores by the
  /// square, and SSD ignores it, so that its rotation stays a rotation.
  double attention_scaling = 1;

 private:
  frequencies() = default;
  std::vector<frequency> rates_;
};

}  // namespace transxssm
