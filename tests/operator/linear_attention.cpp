// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "support/definition.hpp"

namespace operator_linear_attention {

using namespace transxssm;

namespace {

definition::rows mapped_by_elu(definition::rows const& x) {
  return x.unaryExpr([](definition::real v) { return v > 0 ? v + 1 : std::exp(v); });
}
definition::rows turned(definition::rows const& x) {
  return definition::rotated(x, definition::angles(x.cols()), x.cols() / 2);
}

struct operands : one_head_of<double> {
  rotary_table<double> R{frequencies(4), 30};
  definition::rows q, k;
  operands() : one_head_of<double>(30, 4, 3), q(definition::exact(C)), k(definition::exact(B)) {}
};

void is(auto const& A, definition::rows const& expected) { CHECK(definition::error(dense(A), expected) < 1e-13); }

}  // namespace

TEST_CASE("the rotation before the map, as printed (Eq. 7)") {
  operands o;
  auto const f = [](definition::rows const& x) { return mapped_by_elu(turned(x)); };
  auto A =
      linear_attention(feature_map(rotate(o.C, o.R), elu_plus_one{}), feature_map(rotate(o.B, o.R), elu_plus_one{}));
  is(A, definition::linear_attention(f(o.q), f(o.k), f(o.q), f(o.k)));
  CHECK(dense(A).rowwise().sum().isOnes(1e-12));
}

TEST_CASE("the rotation after the map, divided by the sum of the unrotated scores") {
  operands o;
  auto const f = [](definition::rows const& x) { return mapped_by_elu(x); };
  auto A = linear_attention(rotate(feature_map(o.C, elu_plus_one{}), o.R),
                            rotate(feature_map(o.B, elu_plus_one{}), o.R), normaliser::unrotated);
  is(A, definition::linear_attention(turned(f(o.q)), turned(f(o.k)), f(o.q), f(o.k)));
}

TEST_CASE("without a normaliser it is semiseparable without decay") {
  operands o;
  vector<double> const none = vector<double>::Zero(o.T);
  is(linear_attention(rotate(o.C, o.R), rotate(o.B, o.R), normaliser::none),
     definition::semiseparable(none, turned(o.q), turned(o.k)));
}

TEST_CASE("options in any order") {
  operands o;
  packed documents({0, 10, 30});
  auto A = linear_attention(o.C, o.B, documents, normaliser::none),
       same = linear_attention(o.C, o.B, normaliser::none, documents);
  definition::rows expected = definition::rows::Zero(30, 30);
  for (auto [t, n] : {std::array<index_t, 2>{0, 10}, {10, 20}})
    expected.block(t, t, n, n) =
        definition::rows((o.q.middleRows(t, n) * o.k.middleRows(t, n).transpose()).triangularView<Eigen::Lower>());
  is(A, expected);
  is(same, expected);
}

TEST_CASE("every form, and cut in two") {
  operands o;
  auto A = linear_attention(feature_map(o.C, elu_plus_one{}), feature_map(o.B, elu_plus_one{}));
  auto const f = [](definition::rows const& x) { return mapped_by_elu(x); };
  definition::rows const Z = definition::linear_attention(f(o.q), f(o.k), f(o.q), f(o.k)) * definition::exact(o.X);
  auto near = [&](auto const& got) { CHECK(definition::error(matrix<double>(got), Z) < definition::bar<double>); };
  near(A * o.X), near(with(quadratic{}, A * o.X)), near(with(chunked{7}, A * o.X)), near(with(recurrent{}, A * o.X));

  for (index_t cut : {0, 1, 13, 29}) {
    ssm_state<double> state(o.N, o.P + 1);  // the last column is the normaliser's
    auto part = [&](index_t t, index_t n) {
      return linear_attention(feature_map(o.C.middleRows(t, n), elu_plus_one{}),
                              feature_map(o.B.middleRows(t, n), elu_plus_one{}));
    };
    matrix<double> parts(o.T, o.P);
    parts.topRows(cut) = part(0, cut).from(state) * o.X.topRows(cut);
    parts.bottomRows(o.T - cut) = part(cut, o.T - cut).from(state) * o.X.bottomRows(o.T - cut);
    near(parts);
    CHECK(state.position() == o.T);
  }
}

TEST_CASE("what does not fit is refused by name") {
  operands o;
  using wrong = std::invalid_argument;
  CHECK_THROWS_WITH_AS(linear_attention(o.C, o.B.topRows(5)), "linear_attention(Q, K): K has 5 rows, expected 30",
                       wrong);
  CHECK_THROWS_WITH_AS(linear_attention(o.C, o.B.leftCols(3)), "linear_attention(Q, K): K has 3 columns, expected 4",
                       wrong);
  ssm_state<double> no_normaliser(o.N, o.P), with_one(o.N, o.P + 1);
  matrix<double> Z;
  CHECK_THROWS_WITH_AS(Z = linear_attention(o.C, o.B).from(no_normaliser) * o.X,
                       "A.from(state) * V: the state has 3 columns, expected 4", wrong);
  CHECK_THROWS_WITH_AS(Z = linear_attention(o.C, o.B, normaliser::none).from(with_one) * o.X,
                       "A.from(state) * V: the state has 4 columns, expected 3", wrong);
}

}  // namespace operator_linear_attention
