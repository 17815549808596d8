// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <limits>
#include <transxssm/train/schedule.hpp>

namespace train_schedule {

using namespace transxssm;

TEST_CASE("a learning rate: exact at the ends, a line and then a cosine between") {
  warm_up_cosine const rate{.peak = 3e-3, .steps = 8000};
  CHECK(rate.warm_up() == 800);
  CHECK(rate(0) == 3e-3 / 800);
  CHECK(rate(799) == 3e-3);
  CHECK(rate(7999) == 3e-3 * 0.1);
  CHECK(rate(1'000'000) == 3e-3 * 0.1);
  CHECK(rate(399) == doctest::Approx(1.5e-3).epsilon(1e-14));
  // A third of the cosine has fallen by a quarter, half by a half, two thirds by three quarters.
  CHECK(rate(3199) == doctest::Approx(3e-4 + 2.7e-3 * 0.75).epsilon(1e-14));
  CHECK(rate(4399) == doctest::Approx(3e-4 + 2.7e-3 * 0.50).epsilon(1e-14));
  CHECK(rate(5599) == doctest::Approx(3e-4 + 2.7e-3 * 0.25).epsilon(1e-14));
  for (index_t i = 1; i < 8000; ++i) CHECK((i < 800 ? rate(i) > rate(i - 1) : rate(i) < rate(i - 1)));
}

TEST_CASE("a learning rate: no warm-up, nothing but warm-up, a single step") {
  warm_up_cosine const falls{.peak = 2, .steps = 10, .warm_up_share = 0, .final_share = 0};
  CHECK(falls(0) < 2);
  CHECK(falls(4) == doctest::Approx(1).epsilon(1e-15));
  CHECK(falls(9) == 0);
  warm_up_cosine const rises{.peak = 2, .steps = 10, .warm_up_share = 1};
  CHECK(rises(4) == 1);
  CHECK(rises(9) == 2);
  CHECK(rises(10) == 0.2);
  CHECK(warm_up_cosine{.peak = 2, .steps = 1}(0) == 0.2);
  warm_up_cosine const constant{.peak = 2, .steps = 10, .warm_up_share = 0, .final_share = 1};
  for (index_t i = 0; i < 12; ++i) CHECK(constant(i) == 2);
}

TEST_CASE("a learning rate that cannot be") {
  double const nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH_AS(warm_up_cosine{.peak = -1}(0), "warm_up_cosine: peak is -1.000000, expected at least 0",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(warm_up_cosine{.steps = 0}(0), "warm_up_cosine: steps is 0, expected at least 1",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(warm_up_cosine{.warm_up_share = 1.5}(0),
                       "warm_up_cosine: warm_up_share is 1.500000, expected 0 to 1", std::invalid_argument);
  CHECK_THROWS_WITH_AS(warm_up_cosine{.final_share = nan}(0), "warm_up_cosine: final_share is nan, expected 0 to 1",
                       std::invalid_argument);
  CHECK_THROWS_AS(warm_up_cosine{}(-1), std::invalid_argument);
}

}  // namespace train_schedule
