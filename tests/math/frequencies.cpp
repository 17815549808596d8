// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <transxssm/math/frequencies.hpp>
#include <transxssm/math/frequencies/dynamic_ntk.hpp>
#include <transxssm/math/frequencies/linear_scaled.hpp>
#include <transxssm/math/frequencies/llama3.hpp>
#include <transxssm/math/frequencies/yarn.hpp>
#include "oracle.hpp"

using namespace transxssm;
using oracle::real;

namespace {

// Every rate is the formula's to 2^-240, of a turn or of itself if that is more; radians() is the double nearest to it.
template<class Formula>
void check(frequencies const& f, index_t planes, Formula&& formula) {
  REQUIRE(f.planes() == planes);
  for (index_t i = 0; i < planes; ++i) {
    CAPTURE(i);
    real const theta = formula(i);
    CHECK(abs(oracle::value(f[i].turns()) - theta / (2 * oracle::pi)) < ldexp(1 + theta, -240));
    CHECK(f[i].radians() == static_cast<double>(theta));
  }
}

template<class E>
std::string message(auto&& make) {
  try {
    make();
  } catch (E const& e) { return e.what(); }
  return "nothing was thrown";
}

}  // namespace

TEST_CASE("frequencies(d, base): theta_i = base^(-2i/d)") {
  for (index_t d : {2, 4, 10, 64, 126, 128, 256})
    for (double base : {10000.0, 500000.0, 1e6, 1.5, 1e18})
      check(frequencies(d, base), d / 2, [&](index_t i) { return oracle::theta(i, d, base); });
  CHECK(frequencies(64).attention_scaling == 1);
  CHECK(frequencies(64)[1].radians() == frequencies(64, 10000)[1].radians());
}

TEST_CASE("frequencies(theta): the caller's own, also none, 0 and more than a turn") {
  std::vector<double> const theta{1, 0.1, 0, 1e-12, 6.5, 1e9, 0.30000000000000004};
  check(frequencies(theta), 7, [&](index_t i) { return real(theta[std::size_t(i)]); });
  CHECK(frequencies(std::vector<double>{}).planes() == 0);
  CHECK(frequency(0.7).radians() == 0.7);
}

TEST_CASE("a frequency times a position is the angle in turns, reduced") {
  for (double theta : {1.0, 0.1, 6.5, 1e9})
    for (index_t m : {0, 1, 5, 131071, -3, 2147483647}) {
      real turns = real(theta) * m / (2 * oracle::pi);
      turns -= floor(turns);
      CHECK(abs(oracle::value(frequency(theta) * m) - turns) < ldexp(real(1), -158));
    }
}

TEST_CASE("linear_scaled: theta_i / factor") {
  for (double factor : {1.0, 2.0, 3.7})
    check(linear_scaled(64, 10000, factor), 32, [&](index_t i) { return oracle::theta(i, 64, 10000) / factor; });
}

TEST_CASE("dynamic_ntk: the base grows with the declared length") {
  for (index_t length : {2049, 8192, 100000})
    for (index_t d : {4, 64}) {
      real const base = 10000 * pow(real(4) * length / 2048 - 3, real(d) / (d - 2));
      check(dynamic_ntk(d, 10000, 4, 2048, length), d / 2, [&](index_t i) { return oracle::theta(i, d, base); });
    }
  for (index_t length : {1, 2048})  // not beyond the trained length: the plain schedule
    check(dynamic_ntk(64, 10000, 4, 2048, length), 32, [&](index_t i) { return oracle::theta(i, 64, 10000); });
}

TEST_CASE("yarn: a ramp over the planes between beta_fast and beta_slow turns") {
  struct model {
    index_t d;
    double base;
    yarn_parameters p;
  };
  std::vector<model> const models{
      {128, 1e4, {.factor = 16, .trained_length = 4096}},
      {64, 1e6, {.factor = 40, .trained_length = 4096, .beta_fast = 32, .beta_slow = 1, .truncate = false}},
      {128, 1e6, {.factor = 4, .trained_length = 32768}},
      {64, 150000, {.factor = 32, .trained_length = 4096, .beta_fast = 32, .beta_slow = 1.5, .truncate = false}},
      {64, 1e4, {.factor = 2.5, .trained_length = 100, .beta_fast = 5, .beta_slow = 5}},
      {8, 1e4, {.factor = 2.5, .trained_length = 3}},  // low and high coincide at 0
  };
  for (auto const& [d, base, p] : models) {
    auto bound = [&, d = d, base = base](double beta) {
      return d * log(real(p.trained_length) / (beta * 2 * oracle::pi)) / (2 * log(real(base)));
    };
    real low = bound(p.beta_fast), high = bound(p.beta_slow);
    if (p.truncate) low = floor(low), high = ceil(high);
    low = low < 0 ? real(0) : low, high = high > d - 1 ? real(d - 1) : high;
    if (low == high) high += 0.001;
    int kept = 0, slowed = 0;
    check(yarn(d, base, p), d / 2, [&, d = d, base = base](index_t i) {
      real ramp = (i - low) / (high - low);
      ramp = ramp < 0 ? real(0) : ramp > 1 ? real(1) : ramp;
      kept += ramp == 0, slowed += ramp == 1;
      real const extrapolated = oracle::theta(i, d, base), interpolated = extrapolated / p.factor;
      return interpolated * ramp + extrapolated * (1 - ramp);
    });
    CHECK(kept + slowed > 0);
  }
}

TEST_CASE("yarn: attention_scaling") {
  yarn_parameters p{.factor = 40, .trained_length = 4096};
  CHECK(yarn(64, 10000, p).attention_scaling == doctest::Approx(1.3688879454113936).epsilon(1e-15));  // 0.1 ln 40 + 1
  p.mscale = 1, p.mscale_all_dim = 0.5;
  CHECK(yarn(64, 10000, p).attention_scaling ==
        doctest::Approx(1.3688879454113936 / 1.1844439727056968).epsilon(1e-15));
  p.attention_factor = 1.25;
  CHECK(yarn(64, 10000, p).attention_scaling == 1.25);
  CHECK(yarn(64, 10000, {.factor = 1, .trained_length = 4096}).attention_scaling == 1);
}

TEST_CASE("llama3: a ramp over the turns within the trained length") {
  for (auto const& [d, base, p] : {std::tuple{index_t(128), 500000.0, llama3_parameters{}},
                                   std::tuple{index_t(64), 500000.0, llama3_parameters{32, 1, 4, 8192}},
                                   std::tuple{index_t(64), 10000.0, llama3_parameters{2.5, 0.5, 16, 1000}}}) {
    int kept = 0, slowed = 0, between = 0;
    check(llama3(d, base, p), d / 2, [&, d = d, base = base, p = p](index_t i) {
      real const theta = oracle::theta(i, d, base), wavelength = 2 * oracle::pi / theta;
      if (wavelength > real(p.trained_length) / p.low_frequency_factor) return ++slowed, real(theta / p.factor);
      if (wavelength < real(p.trained_length) / p.high_frequency_factor) return ++kept, theta;
      real const m = (p.trained_length / wavelength - p.low_frequency_factor) /
                     (real(p.high_frequency_factor) - p.low_frequency_factor);
      return ++between, real((1 - m) * theta / p.factor + m * theta);
    });
    CHECK((kept > 0 && slowed > 0 && between > 0));
  }
}

TEST_CASE("what is no schedule is refused") {
  using bad_shape = std::invalid_argument;
  using bad_value = std::domain_error;
  double const nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  CHECK(message<bad_shape>([] { frequencies(63); }) == "frequencies: d is 63, expected an even number, 2 or more");
  CHECK(message<bad_shape>([] { frequencies(0); }) == "frequencies: d is 0, expected an even number, 2 or more");
  CHECK(message<bad_shape>([] { frequencies(-2); }) == "frequencies: d is -2, expected an even number, 2 or more");
  for (double base : {1.0, 0.0, -3.0, nan, inf, 1e19}) CHECK_THROWS_AS(frequencies(64, base), bad_value);
  CHECK(message<bad_value>([] { frequencies(64, 1); }) ==
        "frequencies: base is 1, expected more than 1, and at most 1e18");

  for (double theta : {-0.5, nan, inf, -inf, 2e9}) CHECK_THROWS_AS(frequencies(std::vector{1.0, theta}), bad_value);
  std::vector<double> const backwards{1.0, 0.1, -0.5};
  CHECK(message<bad_value>([&] { return frequencies(backwards); }) ==
        "frequencies(theta): theta[2] is -0.5, expected 0 to 1e9 radians per step");
  CHECK(message<bad_value>([&] { frequency{nan}; }) == "frequency: theta is nan, expected 0 to 1e9 radians per step");

  CHECK(message<bad_value>([] { linear_scaled(64, 1e4, 0.5); }) == "linear_scaled: factor is 0.5, expected 1 to 1e6");
  CHECK(message<bad_shape>([] { dynamic_ntk(2, 1e4, 4, 2048, 4096); }) ==
        "dynamic_ntk: d is 2, expected an even number, 4 or more");
  CHECK(message<bad_value>([] { dynamic_ntk(4, 1e4, 4, 0, 4096); }) ==
        "dynamic_ntk: trained_length is 0, expected 1 to 2^40");
  CHECK_THROWS_AS(dynamic_ntk(4, 1e4, 4, 2048, -1), bad_value);
  CHECK_THROWS_AS(yarn(64, 1e4, {.factor = nan, .trained_length = 4096}), bad_value);
  CHECK_THROWS_AS(yarn(64, 1e4, {.factor = 4, .trained_length = 0}), bad_value);
  yarn_parameters const crossed{.factor = 4, .trained_length = 4096, .beta_fast = 1, .beta_slow = 2};
  CHECK(message<bad_value>([&] { return yarn(64, 1e4, crossed); }) ==
        "yarn: beta_fast is 1, expected beta_slow to 1e6");
  CHECK(message<bad_value>([] {
          return llama3(64, 1e4, {8, 4, 4, 8192});
        }) == "llama3: high_frequency_factor is 4, expected more than the low one, up to 1e6");
  CHECK_THROWS_AS(llama3(64, 1e4, {0, 1, 4, 8192}), bad_value);
}
