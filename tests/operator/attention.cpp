// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "support/definition.hpp"

namespace operator_attention {

using namespace transxssm;

namespace {

definition::rows Q_of(auto const& o) { return definition::exact(o.C); }
definition::rows K_of(auto const& o) { return definition::exact(o.B); }

}  // namespace

TEST_CASE_TEMPLATE("dense(A) is softmax(mask + Q K^T / sqrt(N))", S, float, double) {
  for (auto [T, N] : {std::array<index_t, 2>{1, 1}, {2, 3}, {33, 8}}) {
    one_head_of<S> o(T, N, 1);
    matrix<S> const A = dense(attention(o.C, o.B));
    CHECK(definition::error(A, definition::attention(Q_of(o), K_of(o))) < definition::bar<S>);
    CHECK(matrix<S>(A.template triangularView<Eigen::StrictlyUpper>()).isZero(0));
    CHECK(A.rowwise().sum().isOnes(S(1e-5)));
  }
}

TEST_CASE("a window, a scale, and both in any order") {
  one_head_of<double> o(20, 4, 1);
  auto const window = [](index_t i, index_t j) { return j <= i && j > i - 5; };
  auto const all = [](index_t i, index_t j) { return j <= i; };
  auto is = [&](auto const& A, double factor, auto const& sees) {
    CHECK(definition::error(dense(A), definition::attention(Q_of(o), K_of(o), factor, sees)) < definition::bar<double>);
  };
  is(attention(o.C, o.B, sliding_window(5)), 0.5, window);
  is(attention(o.C, o.B, scale(2.0)), 2, all);
  is(attention(o.C, o.B, scale(0.1), sliding_window(5)), 0.1, window);
  is(attention(o.C, o.B, sliding_window(5), scale(0.1)), 0.1, window);
  is(attention(o.C, o.B, causal{}), 0.5, all);
}

TEST_CASE("more keys than queries: the queries are the last of the steps") {
  auto const Q = random_rows<double>(3, 4, 1), K = random_rows<double>(11, 4, 2), V = random_rows<double>(11, 2, 3);
  auto const expected = definition::attention(definition::exact(Q), definition::exact(K));
  CHECK(dense(attention(Q, K)).cols() == 11);
  CHECK(definition::error(dense(attention(Q, K)), expected) < definition::bar<double>);
  definition::rows const Z = expected * definition::exact(V);
  for (index_t block : {1, 2, 4, 100})
    CHECK(definition::error(with(online{block}, attention(Q, K) * V).eval(), Z) < definition::bar<double>);
}

TEST_CASE("scores far from zero neither overflow nor vanish") {
  one_head_of<float> o(12, 4, 3);
  o.C *= 100, o.B *= 10;
  auto const A = definition::attention(Q_of(o), K_of(o));
  matrix<float> const Z = with(online{5}, attention(o.C, o.B) * o.X), Y = with(quadratic{}, attention(o.C, o.B) * o.X);
  CHECK(Z.allFinite());
  CHECK(definition::error(Z, A * definition::exact(o.X)) < 1e-4);  // scores near 1000 have errors near 1e-4
  CHECK(definition::error(Y, A * definition::exact(o.X)) < 1e-4);
}

TEST_CASE("the attention scaling of a schedule multiplies the scores, once for Q and once for K") {
  one_head_of<double> o(10, 4, 3);
  auto theta = frequencies(4);
  theta.attention_scaling = 1.5;
  auto R = rotary_table<double>(theta, 10), plain = rotary_table<double>(frequencies(4), 10);
  CHECK(definition::error(dense(attention(rotate(o.C, R), rotate(o.B, R))),
                          definition::exact(dense(
                              attention(rotate(o.C, plain), rotate(o.B, plain), scale(0.5 * 1.5 * 1.5))))) < 1e-14);
  CHECK(definition::error(dense(attention(rotate(o.C, R), rotate(o.B, R), scale(0.5))),
                          definition::exact(dense(attention(rotate(o.C, plain), rotate(o.B, plain))))) < 1e-14);
}

TEST_CASE("the keys of a cache have their attention scaling, too") {
  one_head_of<double> o(10, 4, 3);
  auto theta = frequencies(4);
  theta.attention_scaling = 1.5;
  auto const R = rotary_table<double>(theta, 10);
  matrix<double> const whole = attention(rotate(o.C, R), rotate(o.B, R)) * o.X;
  auto in_steps = [&](auto form) {
    kv_cache<double> cache(10, 4, 3);
    matrix<double> Z(10, 3);
    for (index_t t = 0; t < 10; ++t) {
      auto const now = R.middle_rows(t, 1);
      Z.row(t) = with(form, attention(rotate(o.C.row(t), now), rotate(o.B.row(t), now)).from(cache) * o.X.row(t));
    }
    return Z;
  };
  CHECK(definition::error(in_steps(online{}), definition::exact(whole)) < 1e-14);
  CHECK(definition::error(in_steps(quadratic{}), definition::exact(whole)) < 1e-14);
}

TEST_CASE("no steps, and no values") {
  one_head_of<float> none(0, 4, 3), empty(5, 4, 0);
  for (bool tiled : {false, true}) {
    auto Z = [&](auto const& o) {
      auto A = attention(o.C, o.B);
      return tiled ? with(online{2}, A * o.X).eval() : with(quadratic{}, A * o.X).eval();
    };
    CHECK((Z(none).rows() == 0 && Z(none).cols() == 3));
    CHECK((Z(empty).rows() == 5 && Z(empty).cols() == 0));
  }
}

TEST_CASE("what does not fit is refused by name") {
  one_head_of<float> o(7, 4, 3);
  using wrong = std::invalid_argument;
  CHECK_THROWS_WITH_AS(attention(o.C, o.B.leftCols(3)), "attention(Q, K): K has 3 columns, expected 4", wrong);
  CHECK_THROWS_WITH_AS(attention(o.C, o.B.topRows(3)), "attention(Q, K): K has 3 rows, expected at least 7", wrong);
  CHECK_THROWS_WITH_AS(attention(o.C.leftCols(0), o.B.leftCols(0)),
                       "attention(Q, K): Q has 0 columns, expected at least 1", wrong);
  CHECK_THROWS_WITH_AS(attention(o.C.topRows(5), o.B, packed({0, 5})), "attention(Q, K): K has 7 rows, expected 5",
                       wrong);
  CHECK_THROWS_WITH_AS(attention(o.C.topRows(5), o.B) * o.X.topRows(5), "M * X: X has 5 rows, expected 7", wrong);
}

}  // namespace operator_attention
