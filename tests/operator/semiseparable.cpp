// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "support/definition.hpp"

namespace operator_semiseparable {

using namespace transxssm;

TEST_CASE_TEMPLATE("dense(M) is L o (C B^T)", S, float, double) {
  for (auto [T, N] : {std::array<index_t, 2>{1, 1}, {2, 3}, {17, 4}, {40, 8}}) {
    one_head_of<S> o(T, N, 1);
    auto const expected = definition::semiseparable(o.log_a, definition::exact(o.C), definition::exact(o.B));
    auto const M = dense(semiseparable(o.log_a, o.C, o.B));
    CHECK(definition::error(M, expected) < definition::bar<S>);
    CHECK(matrix<S>(M.template triangularView<Eigen::StrictlyUpper>()).isZero(0));
  }
}

TEST_CASE("rotated operands: L o (C~ B~^T)") {
  one_head_of<double> o(20, 6, 1);
  auto R = rotary_table<double>(frequencies(6), 20);
  auto turned = [](auto const& x) { return definition::rotated(definition::exact(x), definition::angles(6), 3); };
  CHECK(definition::error(dense(semiseparable(o.log_a, rotate(o.C, R), rotate(o.B, R))),
                          definition::semiseparable(o.log_a, turned(o.C), turned(o.B))) < definition::bar<double>);
}

TEST_CASE_TEMPLATE("dense(decay_mask(log_a)) is L = 1SS(log_a)", S, float, double) {
  vector<S> a = random_log_a<S>(30, 5);
  CHECK(definition::error(dense(decay_mask(a)), definition::decay_mask(a)) < definition::bar<S>);
  a.setZero();
  CHECK(dense(decay_mask(a)) == matrix<S>(matrix<S>::Ones(30, 30).template triangularView<Eigen::Lower>()));
  a.setConstant(-std::numeric_limits<S>::infinity());
  CHECK(dense(decay_mask(a)).isIdentity(0));  // each step forgets all before it, and is there itself
  a = random_log_a<S>(30, 5);
  a(10) = a(20) = -std::numeric_limits<S>::infinity();
  matrix<S> const L = dense(decay_mask(a));
  CHECK(L.bottomLeftCorner(20, 10).isZero(0));
  CHECK(L.bottomLeftCorner(10, 20).isZero(0));
  CHECK(L(19, 10) > 0);
  CHECK(definition::error(L, definition::decay_mask(a)) < definition::bar<S>);
  vector<S> const twice = a * 2;
  auto of_an_expression = decay_mask(a * 2);
  auto of_a_temporary = decay_mask(vector<S>(a * 2));
  auto of_a_row = decay_mask(twice.transpose());
  for (matrix<S> const& same : {dense(of_an_expression), dense(of_a_temporary), dense(of_a_row)})
    CHECK(same_bits(same, dense(decay_mask(twice))));
}

TEST_CASE("T = 0, N = 0 and P = 0: a sum over nothing is zero") {
  for (auto [T, N, P] : {std::array<index_t, 3>{0, 4, 3}, {5, 0, 3}, {5, 4, 0}, {0, 0, 0}}) {
    one_head_of<float> o(T, N, P);
    auto each = [&](auto form) {
      matrix<float> Y = with(form, semiseparable(o.log_a, o.C, o.B) * o.X);
      CHECK((Y.rows() == o.T && Y.cols() == o.P));
      if (o.N == 0) CHECK(Y.isZero(0));
      ssm_state<float> state(o.N, o.P);
      Y = with(form, semiseparable(o.log_a, o.C, o.B).from(state) * o.X);
      CHECK(state.position() == o.T);
    };
    each(quadratic{}), each(chunked{2}), each(recurrent{}), each(automatic{});
  }
  CHECK(dense(decay_mask(vector<float>(0))).size() == 0);
}

TEST_CASE("no steps leave a state as it is") {
  one_head_of<float> none(0, 2, 3);
  for (auto form : {0, 1, 2}) {
    ssm_state<float> state(2, 3);
    state.h()(0, 1, 0, 2) = 5;
    auto M = semiseparable(none.log_a, none.C, none.B).from(state);
    matrix<float> Y = form == 0   ? with(quadratic{}, M * none.X).eval()
                      : form == 1 ? with(chunked{2}, M * none.X).eval()
                                  : with(recurrent{}, M * none.X).eval();
    CHECK(state.h()(0, 1, 0, 2) == 5);
    CHECK(state.h()(0, 0, 0, 0) == 0);
  }
}

TEST_CASE("what does not fit is refused by name") {
  one_head_of<float> o(7, 4, 3);
  using wrong = std::invalid_argument;
  CHECK_THROWS_WITH_AS(semiseparable(o.log_a, o.C, o.B.topRows(5)),
                       "semiseparable(log_a, C, B): B has 5 rows, expected 7", wrong);
  CHECK_THROWS_WITH_AS(semiseparable(o.log_a.head(6), o.C, o.B),
                       "semiseparable(log_a, C, B): log_a has 6 entries, expected 7", wrong);
  CHECK_THROWS_WITH_AS(semiseparable(o.log_a, o.C, o.B.leftCols(3)),
                       "semiseparable(log_a, C, B): B has 3 columns, expected 4", wrong);
}

}  // namespace operator_semiseparable
