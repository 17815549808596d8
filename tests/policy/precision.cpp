// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "support/definition.hpp"

namespace policy_precision {

using namespace transxssm;

TEST_CASE("sums of floats in double are better than in float, and are rounded once") {
  one_head_of<float> o(400, 16, 8);
  o.log_a *= 1e-3f;  // long memory: long sums
  definition::rows const exact =
      definition::semiseparable(o.log_a, definition::exact(o.C), definition::exact(o.B)) * definition::exact(o.X);
  auto M = semiseparable(o.log_a, o.C, o.B);
  auto errors = [&](auto form) {
    double const in_float = definition::error(with(form, M * o.X).eval(), exact);
    double const in_double = definition::error(with(form, accumulate<double>{}, M * o.X).eval(), exact);
    CHECK(in_float < definition::bar<float>);
    CHECK(in_double < 3e-8);  // 2^-25
    CHECK(in_double < in_float);
  };
  errors(quadratic{}), errors(chunked{32}), errors(recurrent{});

  definition::rows const Z =
      definition::attention(definition::exact(o.C), definition::exact(o.B)) * definition::exact(o.X);
  auto A = attention(o.C, o.B);
  CHECK(definition::error(with(online{32}, accumulate<double>{}, A * o.X).eval(), Z) < 3e-8);
  CHECK(definition::error(with(accumulate<double>{}, quadratic{}, A * o.X).eval(), Z) < 3e-8);
}

TEST_CASE("bfloat16 rows are summed in float, beside decays and tables in float") {
  using S = Eigen::bfloat16;
  one_head_of<float> f(60, 8, 4);
  matrix<S> const C = f.C.cast<S>(), B = f.B.cast<S>(), X = f.X.cast<S>();
  auto R = rotary_table<float>(frequencies(8), 60);
  auto turned = [](auto const& x) {
    return definition::rotated(definition::exact(x.template cast<float>()), definition::angles(8), 4);
  };
  definition::rows const exact =
      definition::semiseparable(f.log_a, turned(C), turned(B)) * definition::exact(X.cast<float>());
  auto M = semiseparable(f.log_a, rotate(C, R), rotate(B, R));
  static_assert(std::is_same_v<scalar_of<decltype(M)>, S>);
  batch_of<float> Y(1, 60, 1, 4, 1);
  view<S const, 4> x(X.data(), {1, 60, 1, 4}, {0, 1, 0, 60});
  with(Y.all) = M * x;  // before the result is rounded
  CHECK(definition::error(copied(Y.all, 0, 0, 1), exact) < definition::bar<float>);
  matrix<S> const rounded = M * X;
  CHECK(same_bits(rounded, copied(Y.all, 0, 0, 1).cast<S>()));
}

}  // namespace policy_precision
