// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <transxssm/core/scalar.hpp>
#include <transxssm/verify/inputs.hpp>
#include <transxssm/verify/interval.hpp>
#include <doctest/doctest.h>
#include <limits>

using transxssm::verify::interval;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
transxssm::verify::random_numbers next(7);

/// Numbers of all sizes, some of them special.
double number() {
  double x = next() * std::pow(10.0, 30 * next());
  switch (next.below(12)) {
    case 0:
      return 0;
    case 1:
      return std::round(4 * next());
    case 2:
      return next() * std::numeric_limits<double>::min();
    default:
      return x;
  }
}
interval<double> some() {
  double a = number(), b = a;
  switch (next.below(3)) {
    case 0:
      b += std::abs(a) * next() * next();
      break;
    case 1:
      b = number();
      break;  // of any other size and sign
    default:
      break;
  }
  return {std::min(a, b), std::max(a, b)};
}
/// A number of the interval: often an end of it.
double in(interval<double> const& x) {
  double part = next.below(3) == 0 ? 0 : next.below(2) == 0 ? 1 : (next() + 1) / 2;
  return std::clamp(x.low() + part * (x.high() - x.low()), x.low(), x.high());
}
using wide = long double;

}  // namespace

TEST_CASE("arithmetic encloses every result, seen in long double") {
  for (int i = 0; i < 200000; ++i) {
    interval<double> x = some(), y = some();
    double a = in(x), b = in(y);
    CAPTURE(a);
    CAPTURE(b);
    CHECK((x + y).contains(wide(a) + b));
    CHECK((x - y).contains(wide(a) - b));
    CHECK((x * y).contains(wide(a) * b));
    CHECK((-x).contains(-a));
    CHECK(abs(x).contains(std::abs(a)));
    if (b != 0) CHECK((x / y).contains(wide(a) / b));
    if (a >= 0 && x.low() >= 0) CHECK(sqrt(x).contains(std::sqrt(wide(a))));
  }
}

TEST_CASE("functions enclose every result, seen in long double") {
  for (int i = 0; i < 50000; ++i) {
    double scale = std::pow(10.0, 3 * next()), a = 600 * scale / 1000 * next(), b = a + scale * 0.001 * (next() + 1);
    interval<double> x(a, b);
    double s = in(x);
    CAPTURE(s);
    CHECK(exp(x).contains(std::exp(wide(s))));
    CHECK(expm1(x).contains(std::expm1(wide(s))));
    CHECK(cos(x).contains(std::cos(wide(s))));
    CHECK(sin(x).contains(std::sin(wide(s))));
    if (a > 0) CHECK(log(x).contains(std::log(wide(s))));
    if (a > -1) CHECK(log1p(x).contains(std::log1p(wide(s))));
  }
}

TEST_CASE("functions of the least precise kind, in float against double") {
  for (int i = 0; i < 50000; ++i) {
    float s = float(80 * next());
    interval<float> x(s);
    CHECK(exp(x).contains(std::exp(double(s))));
    CHECK(expm1(x).contains(std::expm1(double(s))));
    CHECK(cos(x).contains(std::cos(double(s))));
    if (s > 0) CHECK((log(x).contains(std::log(double(s))) && sqrt(x).contains(std::sqrt(double(s)))));
  }
}

TEST_CASE("bounds are as narrow as they can be said to be") {
  double eps = std::numeric_limits<double>::epsilon();
  interval<double> x(0.3), y(0.7);
  CHECK((x + y).width() <= 2 * eps);
  CHECK((x * y).width() <= 2 * eps);
  CHECK((x / y).width() <= 2 * eps);
  CHECK(exp(x).width() <= 10 * 2 * eps);
  CHECK(x.width() == 0);
}

TEST_CASE("0 and 1 are exact") {
  interval<double> x(0.1, 0.2), zero(0), one(1);
  for (auto const& y : {x + zero, zero + x, x - zero, x * one, one * x, x / one}) CHECK(y == x);
  for (auto const& y : {x * zero, zero * x, zero / x, zero * interval<double>(-infinity, infinity)}) CHECK(y == zero);
  CHECK(exp(zero) == one);
  CHECK(expm1(zero) == zero);
  CHECK(exp(interval<double>(-infinity)) == zero);
  CHECK(expm1(interval<double>(-infinity)) == interval<double>(-1));
  CHECK(exp(interval<double>(-800.0)).low() == 0);
  CHECK(exp(interval<double>(-800.0)).high() > 0);
}

TEST_CASE("what is not known is anything at all") {
  interval<double> zero_inside(-1.0, 2.0), x(1.0, 2.0);
  for (auto const& y : {x / zero_inside, x / interval<double>(0), x / interval<double>(0.0, 1.0),
                        interval<double>(0.0, infinity) * interval<double>(-1.0, infinity)})
    CHECK((y.low() == -infinity && y.high() == infinity));
  CHECK((interval<double>(1e308) * interval<double>(1e10)).contains(infinity));
  CHECK((interval<double>(1e308) * interval<double>(1e10)).contains(1e308L * 1e10L));
  CHECK(!interval<double>(std::nan("")).contains(1.0));
}

TEST_CASE("conversions hold the number") {
  CHECK(interval<float>(0.1).contains(0.1));
  CHECK(interval<float>(0.1).width() > 0);
  CHECK(interval<float>(0.5).width() == 0);
  CHECK(interval<float>(1e300).contains(1e300));
  CHECK(interval<float>(16777217).contains(16777217.0));
  CHECK(interval<float>(interval<double>(0.1, 0.3)).contains(0.1));
  CHECK(interval<float>(interval<double>(0.1, 0.3)).contains(0.3));
  CHECK(interval<double>(interval<float>(0.1f)) == interval<double>(double(0.1f)));
  CHECK(double(interval<double>(1.0, 2.0)) == 1.5);
}

TEST_CASE("comparison is total, and by midpoints") {
  for (int i = 0; i < 10000; ++i) {
    interval<double> x = some(), y = some();
    CHECK((x < y) + (y < x) + (x <= y && y <= x) == 1);
    CHECK((x < y) == (y > x));
    CHECK((x <= y) == !(y < x));
    CHECK((x < y) == (x.middle() < y.middle()));
  }
}

TEST_CASE("it has no range, so that kernels do not take small numbers for 0") {
  static_assert(!transxssm::has_range<interval<double>>);
  static_assert(std::is_same_v<transxssm::accumulator_t<interval<float>>, interval<float>>);
}

TEST_CASE("Eigen's products and reductions run on it") {
  using M = transxssm::verify::matrix<interval<double>>;
  auto A = next.rows<double>(13, 17), B = next.rows<double>(17, 9);
  M C = transxssm::verify::cast<interval<double>>(A) * transxssm::verify::cast<interval<double>>(B);
  for (int i = 0; i < 13; ++i)
    for (int j = 0; j < 9; ++j) {
      wide sum = 0;
      for (int k = 0; k < 17; ++k) sum += wide(A(i, k)) * B(k, j);
      CHECK(C(i, j).contains(sum));
    }
  CHECK(C.row(3).maxCoeff() == *std::max_element(C.row(3).begin(), C.row(3).end()));
  CHECK(M(C.array().exp())(2, 2) == exp(C(2, 2)));
}
