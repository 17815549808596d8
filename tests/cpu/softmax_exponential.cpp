// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <cmath>
#include <limits>
#include <transxssm/transxssm.hpp>

namespace cpu_softmax_exponential {

using namespace transxssm;

TEST_CASE("the exponentials of softmax: e^x within 4 eps, 0 where nothing is left, NaN of NaN") {
  auto each = []<class S>(S) {
    softmax_exponential<S> const f;
    for (double x = 0; x > -60; x -= 0.00317) {
      S const scaled = S(x * f.factor);
      long double const exact = std::exp((long double)(scaled) / (long double)(f.factor));
      CHECK(std::abs((long double)(f.of_one(scaled)) - exact) <= 4 * std::numeric_limits<S>::epsilon() * exact);
    }
    CHECK(f.of_one(S(0)) == S(1));
    CHECK(f.of_one(-std::numeric_limits<S>::infinity()) == S(0));
    CHECK(f.of_one(std::numeric_limits<S>::lowest()) == S(0));
    CHECK(f.of_one(S(-2) * std::numeric_limits<S>::max_exponent) == S(0));  // and nothing denormal
    CHECK(std::isnan(f.of_one(std::numeric_limits<S>::quiet_NaN())));
  };
  each(float()), each(double()), each((long double)(0));
}

}  // namespace cpu_softmax_exponential
