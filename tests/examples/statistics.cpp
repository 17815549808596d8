// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "../../examples/experiments/statistics.hpp"
#include <doctest/doctest.h>

namespace statistics_tests {

using namespace experiments;

TEST_CASE("the quantiles of Student's distribution are those of the tables") {
  for (auto [degrees, t] : {std::pair<std::size_t, double>{1, 12.706205},
                            {2, 4.302653},
                            {4, 2.776445},
                            {10, 2.228139},
                            {11, 2.200985},
                            {12, 2.178813},
                            {20, 2.085963},
                            {30, 2.042272},
                            {120, 1.979930}}) {
    CAPTURE(degrees);
    CHECK(std::abs(student_t(degrees) - t) < 2e-4);
  }
  CHECK(std::isinf(student_t(0)));
}

TEST_CASE("an estimate is a mean and half of its confidence interval") {
  estimate const three({1, 2, 3});  // 4.302653 * 1 / sqrt(3)
  CHECK((three.mean == 2 && three.count == 3));
  CHECK(std::abs(three.half_width - 2.484139) < 1e-4);
  CHECK(three.text(2) == "2.00 ± 2.48");
  CHECK(estimate({5.25}).text(1) == "5.2");  // no interval
  CHECK(estimate({}).text(3) == "-");
  CHECK(estimate({4, 4, 4}).half_width == 0);
}

}  // namespace statistics_tests
