// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <random>
#include <transxssm/math/fixed_point.hpp>
#include <transxssm/math/logarithm.hpp>
#include "oracle.hpp"

using oracle::real, oracle::value;
using transxssm::fixed_point;

namespace {

real const ulp = ldexp(real(1), -256);

// Doubles of both signs and many sizes, and sums of three of them with gaps between their bits.
std::vector<double> numbers() {
  std::mt19937_64 random(1);
  std::vector<double> x{0, 1, -1, 0.5, -0.75, 3, 1e6, -1e-18};
  std::uniform_real_distribution<double> mantissa(-1, 1), exponent(-64, 26);
  for (int i = 0; i < 200; ++i) x.push_back(std::ldexp(mantissa(random), int(exponent(random))));
  return x;
}
fixed_point sparse(double x) { return fixed_point(x) + fixed_point(x * 0x1p-70) - fixed_point(x * 0x1p-131); }

}  // namespace

TEST_CASE("numbers are held exactly") {
  for (double x : numbers()) {
    CHECK(value(fixed_point(x)) == x);
    CHECK(double(fixed_point(x)) == x);
    CHECK(value(sparse(x)) == real(x) + real(x * 0x1p-70) - real(x * 0x1p-131));
    CHECK(fixed_point(x).floor() == transxssm::index_t(std::floor(x)));
    CHECK(fixed_point(x).ceil() == transxssm::index_t(std::ceil(x)));
  }
  CHECK(value(fixed_point(-12345678901234)) == real(-12345678901234));
  CHECK(abs(value(fixed_point::pi()) - oracle::pi) < ulp);
}

TEST_CASE("double(x) is the nearest double") {
  for (double x : numbers()) CHECK(double(sparse(x)) == static_cast<double>(value(sparse(x))));
  double const middle = 1 + 0x1p-53;  // of 1 and the next double: rounds to 1, but not with anything behind it
  CHECK(double(fixed_point(1.0) + fixed_point(0x1p-53)) == middle);
  CHECK(double(fixed_point(1.0) + fixed_point(0x1p-53) + fixed_point(0x1p-256)) == 1 + 0x1p-52);
}

TEST_CASE("sums, products, quotients, shifts and order are those of 100 digits") {
  auto const x = numbers();
  for (std::size_t i = 0; i + 1 < x.size(); ++i) {
    fixed_point const a = sparse(x[i]), b = sparse(x[i + 1]);
    real const p = value(a), q = value(b);
    CHECK(value(a + b) == p + q);
    CHECK(value(a - b) == p - q);
    CHECK(value(-a) == -p);
    CHECK(abs(value(a * b) - p * q) < ulp);
    CHECK(abs(value(a.over(77)) - p / 77) < ulp);
    CHECK(value(a.shifted(13)) == ldexp(p, 13));
    CHECK(abs(value(a.shifted(-45)) - ldexp(p, -45)) < ulp);
    CHECK((a < b) == (p < q));
    CHECK((a == b) == (p == q));
    if (abs(q) > abs(p) * 1e-15) CHECK(abs(value(a / b) - p / q) < ulp * (1 + abs(p / q)));
  }
}

TEST_CASE("natural_log and power_of_e are those of 100 digits") {
  for (double x : {2.0, 1.0, 1.5, 1.0000001, 0.3, 1e-9, 10000.0, 5e5, 1e18})
    CHECK(abs(value(natural_log(fixed_point(x))) - log(real(x))) < ulp * 8192);
  for (double x : {0.0, -1.0, -0.001, -9.3, -41.4, 0.7, 5.0, 40.0})
    CHECK(abs(value(power_of_e(fixed_point(x))) - exp(real(x))) < ulp * 8192 * (1 + exp(real(x))));
}
