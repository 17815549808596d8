// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "support/definition.hpp"

namespace operator_scaled {

using namespace transxssm;

TEST_CASE_TEMPLATE("M * scale_rows(X, dt) is M * (diag(dt) X)", S, float, double) {
  one_head_of<S> o(23, 4, 3);
  vector<S> const dt = -random_log_a<S>(23, 9);
  definition::rows const expected = definition::semiseparable(o.log_a, definition::exact(o.C), definition::exact(o.B)) *
                                    definition::exact(dt).asDiagonal() * definition::exact(o.X);
  auto M = semiseparable(o.log_a, o.C, o.B);
  for (matrix<S> Y : {matrix<S>(M * scale_rows(o.X, dt)), matrix<S>(with(quadratic{}, M * scale_rows(o.X, dt))),
                      matrix<S>(with(chunked{4}, M * scale_rows(matrix<S>(o.X), vector<S>(dt)))),
                      matrix<S>(with(recurrent{}, M * scale_rows(o.X * 1, dt.transpose())))})
    CHECK(definition::error(Y, expected) < definition::bar<S>);
}

TEST_CASE("attention of scaled values, and scaled operands") {
  one_head_of<double> o(9, 4, 3);
  vector<double> const s = random_log_a<double>(9, 9);
  auto const Q = definition::exact(o.C), K = definition::exact(o.B), V = definition::exact(o.X);
  definition::rows const sK = definition::exact(s).asDiagonal() * K, sV = definition::exact(s).asDiagonal() * V;
  CHECK(definition::error((attention(o.C, o.B) * scale_rows(o.X, s)).eval(), definition::attention(Q, K) * sV) <
        definition::bar<double>);
  CHECK(definition::error(dense(attention(o.C, scale_rows(o.B, s))), definition::attention(Q, sK)) <
        definition::bar<double>);
}

TEST_CASE("batches: a factor for each head") {
  index_t const batch = 2, T = 9, H = 4, N = 3, P = 5;
  auto a = log_decays<double>(batch * T * H, 1), dt = numbers<double>(batch * T * H, 2);
  batch_of<double> C(batch, T, 1, N, 3), B(batch, T, 2, N, 4), X(batch, T, H, P, 5), Y(batch, T, H, P, 6);
  view<double, 3> log_a(a.data(), {batch, T, H}), factor(dt.data(), {batch, T, H});
  with(Y.all) = semiseparable(log_a, C.all, B.all) * scale_rows(X.all, factor);
  for (index_t b = 0; b < batch; ++b)
    for (index_t h = 0; h < H; ++h) {
      auto M = definition::semiseparable(copied(log_a, b, h, H), definition::exact(copied(C.all, b, h, H)),
                                         definition::exact(copied(B.all, b, h, H)));
      auto const s = definition::exact(copied(factor, b, h, H)), x = definition::exact(copied(X.all, b, h, H));
      CHECK(definition::error(copied(Y.all, b, h, H), M * s.asDiagonal() * x) < definition::bar<double>);
    }
}

TEST_CASE("what does not fit is refused by name") {
  one_head_of<float> o(7, 4, 3);
  CHECK_THROWS_WITH_AS(scale_rows(o.X, o.log_a.head(5)), "scale_rows(X, factor): factor has 5 entries, expected 7",
                       std::invalid_argument);
  batch_of<float> X(2, 7, 6, 3, 1);
  std::vector<float> dt(2 * 7 * 4);
  CHECK_THROWS_WITH_AS(scale_rows(X.all, view<float, 3>(dt.data(), {2, 7, 4})),
                       "scale_rows(X, factor): factor has 4 heads, expected a divisor of 6", std::invalid_argument);
}

}  // namespace operator_scaled
