// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "support/definition.hpp"

namespace operator_skip {

using namespace transxssm;

TEST_CASE_TEMPLATE("Y = M X + D X", S, float, double) {
  one_head_of<S> o(21, 4, 3);
  definition::rows const M = definition::semiseparable(o.log_a, definition::exact(o.C), definition::exact(o.B));
  definition::rows const MX = M * definition::exact(o.X), X = definition::exact(o.X);
  auto near = [](matrix<S> const& got, definition::rows const& expected) {
    CHECK(definition::error(got, expected) < definition::bar<S>);
  };
  auto with_skip = semiseparable(o.log_a, o.C, o.B, skip(S(1.5)));
  near(with_skip * o.X, MX + 1.5L * X);
  near(with(quadratic{}, with_skip * o.X), MX + 1.5L * X);
  near(with(recurrent{}, with_skip * o.X), MX + 1.5L * X);
  near(dense(with_skip), M + 1.5L * definition::rows::Identity(21, 21));

  vector<S> D(1);
  D << S(-2);
  near(semiseparable(o.log_a, o.C, o.B, skip(D)) * o.X, MX - 2 * X);
  near(semiseparable(o.log_a, o.C, o.B, skip(vector<S>(D * 2))) * o.X, MX - 4 * X);
  SUBCASE("beside other options, in any order") {
    packed documents({0, 21});
    near(semiseparable(o.log_a, o.C, o.B, skip(D), documents) * o.X, MX - 2 * X);
    near(semiseparable(o.log_a, o.C, o.B, documents, skip(D)) * o.X, MX - 2 * X);
  }
}

TEST_CASE("of scaled rows, the skip term takes what the operator is applied to") {
  one_head_of<double> o(9, 4, 3);
  vector<double> const dt = -random_log_a<double>(9, 5);
  matrix<double> const dtX = dt.asDiagonal() * o.X;
  matrix<double> Y = semiseparable(o.log_a, o.C, o.B, skip(2.0)) * scale_rows(o.X, dt),
                 Z = semiseparable(o.log_a, o.C, o.B) * dtX;
  CHECK(definition::error(Y, definition::exact(Z) + 2 * definition::exact(dtX)) < definition::bar<double>);
}

TEST_CASE("a number for each head") {
  index_t const T = 8, H = 6, N = 2, P = 3;
  auto a = log_decays<double>(2 * T * H, 1);
  batch_of<double> C(2, T, 1, N, 2), X(2, T, H, P, 3), Y(2, T, H, P, 4), Z(2, T, H, P, 5);
  view<double, 3> log_a(a.data(), {2, T, H});
  with(Z.all) = semiseparable(log_a, C.all, C.all) * X.all;
  for (index_t groups : {6, 3, 1}) {
    vector<double> const D = random_log_a<double>(groups, 6);
    auto form = [&](auto which) {
      with(Y.all, which, cpu{2}) = semiseparable(log_a, C.all, C.all, skip(D)) * X.all;
      for (index_t b = 0; b < 2; ++b)
        for (index_t h = 0; h < H; ++h) {
          definition::rows expected = definition::exact(copied(Z.all, b, h, H));
          expected += definition::real(D(h / (H / groups))) * definition::exact(copied(X.all, b, h, H));
          CHECK(definition::error(copied(Y.all, b, h, H), expected) < definition::bar<double>);
        }
    };
    form(chunked{3}), form(recurrent{});
  }
  vector<double> const four = random_log_a<double>(4, 6);
  auto const before = Y.memory;
  CHECK_THROWS_WITH_AS(with(Y.all) = semiseparable(log_a, C.all, C.all, skip(four)) * X.all,
                       "M * X: D has 4 entries, expected a divisor of 6", std::invalid_argument);
  CHECK(Y.memory == before);
}

}  // namespace operator_skip
