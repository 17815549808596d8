// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <cmath>
#include "support/operands.hpp"

namespace cpu_packet_silu {

using namespace transxssm;

namespace {

long double exact_silu(long double x) { return x / (1 + std::exp(-x)); }

/// silu of x, in every place of a vector: all are the same.
template<class S>
S by_packet(S x) {
  S result[packet_size<S>];
  simd::pstoreu(result, silu_of<S>(simd::pset1<packet<S>>(x)));
  for (S y : result) REQUIRE((y == result[0] || (std::isnan(y) && std::isnan(result[0]))));
  return result[0];
}

/// silu and its slope at x, in every place of a vector: all are the same.
template<class S>
std::pair<S, S> with_slope_by_packet(S x) {
  S value[packet_size<S>], slope[packet_size<S>];
  auto const both = silu_and_slope_of<S>(simd::pset1<packet<S>>(x));
  simd::pstoreu(value, both.value), simd::pstoreu(slope, both.slope);
  for (S y : slope) REQUIRE((y == slope[0] || (std::isnan(y) && std::isnan(slope[0]))));
  return {value[0], slope[0]};
}

}  // namespace

TEST_CASE_TEMPLATE("silu, by vectors and one by one, is within 4 ulp of what it is exactly", S, float, double) {
  double const eps = double(std::numeric_limits<S>::epsilon()), least = double(least_log_decay<S>());
  double worst = 0;
  for (double x = least; x < 100; x += 0.00137) {
    S const at = S(x);
    if (forgets<S>(at)) continue;
    long double const exact = exact_silu(at);
    if (exact == 0) continue;
    worst = std::max(worst, double(std::abs((static_cast<long double>(by_packet(at)) - exact) / exact)) / eps);
    worst = std::max(worst, double(std::abs((static_cast<long double>(silu{}(at)) - exact) / exact)) / eps);
  }
  CHECK(worst < 4);
}

TEST_CASE_TEMPLATE("at the ends: 0, x, or NaN, but nothing that overflows", S, float, double) {
  using limits = std::numeric_limits<S>;
  for (auto f : {+[](S x) { return by_packet(x); }, +[](S x) { return silu{}(x); }}) {
    for (S x : {S(least_log_decay<S>()) - 1, S(-1e5), limits::lowest(), -limits::infinity(), S(0)}) CHECK(f(x) == 0);
    for (S x : {S(800), S(1e5), limits::max(), limits::infinity()}) CHECK(f(x) == x);
    CHECK(f(limits::denorm_min()) <= limits::denorm_min());
    CHECK(f(limits::min()) == limits::min() / 2);
    CHECK(std::isnan(f(limits::quiet_NaN())));
  }
}

TEST_CASE_TEMPLATE("its slope, by vectors and one by one, is within 4 ulp of its terms", S, float, double) {
  double const eps = double(std::numeric_limits<S>::epsilon()), least = double(least_log_decay<S>());
  double worst = 0;
  for (double x = least; x < 100; x += 0.00137) {
    S const at = S(x);
    if (forgets<S>(at)) continue;
    long double const exact_x = at, s = 1 / (1 + std::exp(-exact_x)), exact = s * (1 + exact_x * (1 - s));
    double const terms = double(s * (1 + std::abs(exact_x) * (1 - s)));
    auto const [value, slope] = with_slope_by_packet(at);
    worst = std::max(worst, double(std::abs(slope - exact)) / terms / eps);
    worst = std::max(worst, double(std::abs(silu{}.derivative(at) - exact)) / terms / eps);
    if (x != 0) worst = std::max(worst, double(std::abs((value - exact_silu(exact_x)) / exact_silu(exact_x))) / eps);
  }
  CHECK(worst < 4);
}

TEST_CASE_TEMPLATE("the slope at the ends: 0, 1, or NaN, but nothing that overflows", S, float, double) {
  using limits = std::numeric_limits<S>;
  for (auto f : {+[](S x) { return with_slope_by_packet(x).second; }, +[](S x) { return silu{}.derivative(x); }}) {
    for (S x : {S(least_log_decay<S>()) - 1, S(-1e5), limits::lowest(), -limits::infinity()}) CHECK(f(x) == 0);
    for (S x : {S(800), S(1e5), limits::max(), limits::infinity()}) CHECK(f(x) == 1);
    CHECK(f(0) == S(0.5));
    CHECK(std::isnan(f(limits::quiet_NaN())));
  }
  CHECK(with_slope_by_packet(limits::infinity()).first == limits::infinity());
  CHECK(with_slope_by_packet(-limits::infinity()).first == 0);
  CHECK(std::isnan(with_slope_by_packet(limits::quiet_NaN()).first));
}

}  // namespace cpu_packet_silu
