// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "support/definition.hpp"

namespace policy_growth {

using namespace transxssm;

TEST_CASE("a growing state needs the switch of that name, and nothing else is one") {
  one_head_of<double> o(12, 4, 3);
  o.log_a = -o.log_a;
  o.log_a(4) = -1;
  definition::rows const exact =
      definition::semiseparable(o.log_a, definition::exact(o.C), definition::exact(o.B)) * definition::exact(o.X);
  auto M = semiseparable(o.log_a, o.C, o.B);
  matrix<double> Y = matrix<double>::Constant(12, 3, 5);
  auto refused = [&](auto how) {
    CHECK_THROWS_AS(Y = with(how, M * o.X), std::domain_error);
    CHECK((Y.array() == 5).all());
  };
  refused(automatic{}), refused(quadratic{}), refused(chunked{4}), refused(recurrent{}), refused(accumulate<double>{}),
      refused(decay_only{});
  auto taken = [&](auto form) {
    CHECK(definition::error(with(compatible_growth{}, form, M * o.X).eval(), exact) < definition::bar<double>);
    CHECK(definition::error(with(form, compatible_growth{}, M * o.X).eval(), exact) < definition::bar<double>);
  };
  taken(quadratic{}), taken(chunked{4}), taken(recurrent{});
  CHECK_THROWS_AS(dense(M), std::domain_error);

  SUBCASE("a log_a that is not a number is refused under the switch as well") {
    o.log_a(7) = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_AS(Y = with(compatible_growth{}, M * o.X), std::domain_error);
    CHECK((Y.array() == 5).all());
  }
}

}  // namespace policy_growth
