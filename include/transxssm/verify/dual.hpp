// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <Eigen/Core>
#include <cmath>
#include <compare>

namespace transxssm::verify {

/// x + dx e with e^2 = 0: a number and its derivative along one direction. What is computed with such numbers carries its
/// derivative along, exact to rounding: the plain forms of every operator take them.
struct dual {
  double x = 0, dx = 0;
  dual() = default;
  dual(double value, double derivative = 0) : x(value), dx(derivative) {}
  explicit operator double() const { return x; }
  dual& operator+=(dual b) { return *this = *this + b; }
  dual& operator-=(dual b) { return *this = *this - b; }
  dual& operator*=(dual b) { return *this = *this * b; }
  dual& operator/=(dual b) { return *this = *this / b; }
  friend dual operator+(dual a, dual b) { return {a.x + b.x, a.dx + b.dx}; }
  friend dual operator-(dual a, dual b) { return {a.x - b.x, a.dx - b.dx}; }
  friend dual operator-(dual a) { return {-a.x, -a.dx}; }
  friend dual operator*(dual a, dual b) { return {a.x * b.x, a.dx * b.x + a.x * b.dx}; }
  friend dual operator/(dual a, dual b) { return {a.x / b.x, (a.dx * b.x - a.x * b.dx) / (b.x * b.x)}; }
  friend bool operator==(dual a, dual b) { return a.x == b.x; }
  friend auto operator<=>(dual a, dual b) { return a.x <=> b.x; }
  friend dual abs(dual a) { return a.x < 0 ? -a : a; }
  friend dual exp(dual a) { return {std::exp(a.x), std::exp(a.x) * a.dx}; }
  friend dual expm1(dual a) { return {std::expm1(a.x), std::exp(a.x) * a.dx}; }
  friend dual log(dual a) { return {std::log(a.x), a.dx / a.x}; }
  friend dual log1p(dual a) { return {std::log1p(a.x), a.dx / (1 + a.x)}; }
  friend dual sin(dual a) { return {std::sin(a.x), std::cos(a.x) * a.dx}; }
  friend dual cos(dual a) { return {std::cos(a.x), -std::sin(a.x) * a.dx}; }
  friend dual sqrt(dual a) { return {std::sqrt(a.x), a.dx / (2 * std::sqrt(a.x))}; }
};

}  // namespace transxssm::verify

template<>
struct Eigen::NumTraits<transxssm::verify::dual> : Eigen::GenericNumTraits<transxssm::verify::dual> {
  using Real = transxssm::verify::dual;
  using NonInteger = transxssm::verify::dual;
  using Nested = transxssm::verify::dual;
  using Literal = double;
  enum {
    IsComplex = 0,
    IsInteger = 0,
    IsSigned = 1,
    RequireInitialization = 1,
    ReadCost = 2,
    AddCost = 2,
    MulCost = 4
  };
};
