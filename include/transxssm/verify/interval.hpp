// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <ostream>

namespace transxssm::verify {

/// The numbers from `low` to `high`, both included: a scalar that knows how wrong it can be. Every operation returns an
/// interval that holds the exact results for all numbers of its operands. So an algorithm that runs on intervals, as it
/// stands, encloses its own exact result.
///
///     semiseparable(log_a, C, B) * X     over Eigen::Matrix<interval<double>, Dynamic, Dynamic>
///
/// Bounds are computed to nearest and then moved outwards by one number of S, with std::nextafter: the exact value lies
/// between the neighbours of its rounded one, whatever the rounding mode (but not under -ffast-math). exp, expm1, log
/// and log1p are moved by four, because libraries' are not correctly rounded (the GNU C library states 1 ulp for these,
/// others up to 2).
///
/// Comparison is by midpoints, so that exactly one of a < b and b <= a holds, and `max` returns one of its operands.
/// That is right wherever either branch leads to an enclosure: the maximum that a softmax subtracts may be any number
/// at all, expm1(s) h + h and exp(s) h are the same. It is wrong for a branch that changes the exact result, such as
/// one that takes exp(s) for 0 where it is small: that has to ask has_range<S>, which no interval has, first.
template<std::floating_point S>
class interval {
 public:
  interval() : low_(0), high_(0) {}
  template<std::integral T>
  interval(T x) : low_(static_cast<S>(x)), high_(low_) {
    constexpr S exact_up_to = S(std::uint64_t(1) << std::min(std::numeric_limits<S>::digits, 63));
    if (!(std::abs(low_) < exact_up_to)) low_ = down(low_), high_ = up(high_);
  }
  /// The number x; or its two neighbours in S, if it is none of S.
  template<std::floating_point T>
  interval(T x) : low_(static_cast<S>(x)), high_(low_) {
    if (static_cast<T>(low_) > x) low_ = down(low_);
    if (static_cast<T>(high_) < x) high_ = up(high_);
  }
  interval(S low, S high) : low_(low), high_(high) {}
  template<std::floating_point T>
  explicit interval(interval<T> const& x) : interval(interval(x.low()).low(), interval(x.high()).high()) {}

  S low() const { return low_; }
  S high() const { return high_; }
  S width() const { return low_ == high_ ? S(0) : up(high_ - low_); }
  S middle() const { return low_ == high_ ? low_ : low_ / 2 + high_ / 2; }
  bool contains(auto const& x) const { return low_ <= x && x <= high_; }
  explicit operator double() const { return static_cast<double>(middle()); }

  static S down(S x, int steps = 1) {
    while (steps-- > 0) x = std::nextafter(x, -std::numeric_limits<S>::infinity());
    return x;
  }
  static S up(S x, int steps = 1) {
    while (steps-- > 0) x = std::nextafter(x, std::numeric_limits<S>::infinity());
    return x;
  }

  friend interval operator-(interval const& x) { return {-x.high_, -x.low_}; }
  friend interval operator+(interval const& x) { return x; }
  friend interval operator+(interval const& x, interval const& y) {
    if (x.is_zero()) return y;  // exactly
    if (y.is_zero()) return x;
    return {down(x.low_ + y.low_), up(x.high_ + y.high_)};
  }
  friend interval operator-(interval const& x, interval const& y) { return x + -y; }
  /// 0 times anything is 0, even infinity: what is forgotten does not come back.
  friend interval operator*(interval const& x, interval const& y) {
    if (x.is_zero() || y.is_zero()) return {};
    if (x.is(1)) return y;
    if (y.is(1)) return x;
    return around(x.low_ * y.low_, x.low_ * y.high_, x.high_ * y.low_, x.high_ * y.high_);
  }
  friend interval operator/(interval const& x, interval const& y) {
    if (!(y.low_ > 0 || y.high_ < 0)) return anything();
    if (x.is_zero()) return {};
    if (y.is(1)) return x;
    return around(x.low_ / y.low_, x.low_ / y.high_, x.high_ / y.low_, x.high_ / y.high_);
  }
  interval& operator+=(interval const& y) { return *this = *this + y; }
  interval& operator-=(interval const& y) { return *this = *this - y; }
  interval& operator*=(interval const& y) { return *this = *this * y; }
  interval& operator/=(interval const& y) { return *this = *this / y; }

  friend bool operator==(interval const& x, interval const& y) { return x.low_ == y.low_ && x.high_ == y.high_; }
  friend bool operator<(interval const& x, interval const& y) { return x.middle() < y.middle(); }
  friend bool operator>(interval const& x, interval const& y) { return y < x; }
  friend bool operator<=(interval const& x, interval const& y) { return x.middle() <= y.middle(); }
  friend bool operator>=(interval const& x, interval const& y) { return y <= x; }

  friend interval exp(interval const& x) {
    return monotone(x, S(0), S(0), S(1), [](S s) { return std::exp(s); });
  }
  friend interval expm1(interval const& x) {
    return monotone(x, S(-1), S(0), S(0), [](S s) { return std::expm1(s); });
  }
  friend interval log(interval const& x) {
    return monotone(x, lowest(), S(1), S(0), [](S s) { return std::log(s); });
  }
  friend interval log1p(interval const& x) {
    return monotone(x, lowest(), S(0), S(0), [](S s) { return std::log1p(s); });
  }
  friend interval sqrt(interval const& x) { return {std::max(down(std::sqrt(x.low_)), S(0)), up(std::sqrt(x.high_))}; }
  friend interval abs(interval const& x) {
    return x.low_ >= 0 ? x : x.high_ <= 0 ? -x : interval(S(0), std::max(-x.low_, x.high_));
  }
  /// |cos a - cos b| <= |a - b|, and the same for sin.
  friend interval cos(interval const& x) { return near(x, std::cos(x.middle())); }
  friend interval sin(interval const& x) { return near(x, std::sin(x.middle())); }

  friend std::ostream& operator<<(std::ostream& out, interval const& x) {
    return out << "[" << x.low_ << ", " << x.high_ << "]";
  }

 private:
  static constexpr int library_ulps = 4;
  static S lowest() { return -std::numeric_limits<S>::infinity(); }
  bool is(S x) const { return low_ == x && high_ == x; }
  bool is_zero() const { return is(S(0)); }

  static interval anything() { return {lowest(), -lowest()}; }
  /// From the least to the largest of four; anything at all, if one is not a number.
  static interval around(S a, S b, S c, S d) {
    if (std::isnan(a + b) || std::isnan(c + d)) return anything();
    return {down(std::min(std::min(a, b), std::min(c, d))), up(std::max(std::max(a, b), std::max(c, d)))};
  }

  /// Of a function that grows, is never below `least`, and is `value` at `at`.
  template<class F>
  static interval monotone(interval const& x, S least, S at, S value, F f) {
    auto bound = [&](S s, bool upper) {
      if (s == at) return value;
      if (s == lowest() && least > lowest()) return least;
      return upper ? up(f(s), library_ulps) : std::max(down(f(s), library_ulps), least);
    };
    return {bound(x.low_, false), bound(x.high_, true)};
  }
  static interval near(interval const& x, S value) {
    S const far = x.width();
    return {std::max(down(down(value, library_ulps) - far), S(-1)), std::min(up(up(value, library_ulps) + far), S(1))};
  }

  S low_, high_;
};

}  // namespace transxssm::verify

namespace Eigen {

template<class S>
struct NumTraits<transxssm::verify::interval<S>> : GenericNumTraits<S> {
  using Real = transxssm::verify::interval<S>;
  using NonInteger = Real;
  using Literal = Real;
  using Nested = Real;
  enum {
    IsComplex = 0,
    IsInteger = 0,
    IsSigned = 1,
    RequireInitialization = 1,
    ReadCost = 2,
    AddCost = 8,
    MulCost = 24
  };
  static Real epsilon() { return Real(NumTraits<S>::epsilon()); }
  static Real dummy_precision() { return Real(NumTraits<S>::dummy_precision()); }
  static Real highest() { return Real(NumTraits<S>::highest()); }
  static Real lowest() { return Real(NumTraits<S>::lowest()); }
};

}  // namespace Eigen
