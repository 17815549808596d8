// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "support/definition.hpp"

namespace operator_resumed {

using namespace transxssm;

TEST_CASE("an expression that continues a state is spent once it has been evaluated") {
  one_head_of<float> o(9, 4, 3);
  ssm_state<float> state(4, 3);
  auto e = semiseparable(o.log_a, o.C, o.B).from(state) * o.X;
  matrix<float> Y = e;
  matrix<float> const h = copied(state.h(), 0, 0, 1);
  Y.setConstant(7);
  CHECK_THROWS_AS(Y = e, std::logic_error);
  CHECK_THROWS_AS(Y = o.X + e, std::logic_error);
  CHECK_THROWS_AS(Y = with(recurrent{}, e), std::logic_error);
  CHECK((Y.array() == 7).all());
  CHECK(same_bits(copied(state.h(), 0, 0, 1), h));
  CHECK(state.position() == 9);

  SUBCASE("so are its copies, and the operator it was made of") {
    auto M = semiseparable(o.log_a, o.C, o.B).from(state);
    auto copy = M;
    Y = M * o.X;
    CHECK_THROWS_AS(Y = M * o.X, std::logic_error);
    CHECK_THROWS_AS(Y = copy * o.X, std::logic_error);
    CHECK(state.position() == 18);
  }
  SUBCASE("and whatever else was written before the state moved") {
    auto M = semiseparable(o.log_a, o.C, o.B);
    auto first = M.from(state) * o.X, second = M.from(state) * o.X;
    Y = second;
    CHECK_THROWS_AS(Y = first, std::logic_error);
  }
  SUBCASE("until the state is put back: then it is as it was when it was written") {
    auto before = state.snapshot();
    auto again = semiseparable(o.log_a, o.C, o.B).from(state) * o.X;
    Y = again;
    matrix<float> const once = Y;
    state.restore(before);
    Y = again;
    CHECK(same_bits(Y, once));
  }
}

TEST_CASE("the same with a cache") {
  one_head_of<float> o(9, 4, 3);
  kv_cache<float> cache(100, 4, 3);
  auto e = attention(o.C, o.B).from(cache) * o.X;
  matrix<float> Y = e;
  Y.setConstant(7);
  CHECK_THROWS_AS(Y = e, std::logic_error);
  CHECK_THROWS_AS(Y = o.X + e, std::logic_error);
  CHECK((Y.array() == 7).all());
  CHECK(cache.length() == 9);
}

TEST_CASE("an evaluation that fails does not spend it") {
  one_head_of<float> o(9, 4, 3);
  ssm_state<float> state(4, 3);
  auto e = semiseparable(o.log_a, o.C, o.B).from(state) * o.X;
  matrix<float> Y = matrix<float>::Zero(9, 2);
  CHECK_THROWS_AS(Y.leftCols(2) = e, std::invalid_argument);
  CHECK(state.position() == 0);
  CHECK_NOTHROW(Y = e);
}

TEST_CASE("continuing at step p with rotations that start elsewhere throws, instead of restarting at 0") {
  one_head_of<float> o(9, 4, 3);
  ssm_state<float> state(4, 3);
  auto R = rotary_table<float>(frequencies(4), 30);
  auto from_step = [&](index_t of_C, index_t of_B) {
    return semiseparable(o.log_a, rotate(o.C, R.middle_rows(of_C, 9)), rotate(o.B, R.middle_rows(of_B, 9)));
  };
  matrix<float> Y = from_step(0, 0).from(state) * o.X;
  matrix<float> const h = copied(state.h(), 0, 0, 1);
  Y.setConstant(7);
  using wrong = std::invalid_argument;
  CHECK_THROWS_WITH_AS(Y = from_step(0, 9).from(state) * o.X,
                       "M.from(state) * X: row 0 of C is rotated to position 0, but the state continues at 9", wrong);
  CHECK_THROWS_WITH_AS(Y = from_step(9, 0).from(state) * o.X,
                       "M.from(state) * X: row 0 of B is rotated to position 0, but the state continues at 9", wrong);
  std::vector<index_t> gap{9, 10, 11, 12, 14, 15, 16, 17, 18};
  rotary_table<float> with_gap(frequencies(4), gap);
  CHECK_THROWS_WITH_AS(Y = semiseparable(o.log_a, rotate(o.C, with_gap), o.B).from(state) * o.X,
                       "M.from(state) * X: row 4 of C is rotated to position 14, but the state continues at 13", wrong);
  CHECK((Y.array() == 7).all());
  CHECK(same_bits(copied(state.h(), 0, 0, 1), h));
  CHECK(state.position() == 9);
  CHECK_NOTHROW(Y = from_step(9, 9).from(state) * o.X);

  SUBCASE("the caller may say where the state stands") {
    state.position() = 2;
    CHECK_NOTHROW(Y = from_step(2, 2).from(state) * o.X);
  }
  SUBCASE("rotations inside other expressions are seen as well") {
    auto squared = feature_map(rotate(o.C, R.middle_rows(0, 9)), [](float x) { return x * x; });
    CHECK_THROWS_AS(Y = semiseparable(o.log_a, squared, o.B).from(state) * o.X, wrong);
    CHECK_THROWS_AS(
        Y = semiseparable(o.log_a, scale_rows(rotate(o.C, R.middle_rows(0, 9)), o.log_a), o.B).from(state) * o.X,
        wrong);
  }
  SUBCASE("attention") {
    kv_cache<float> cache(30, 4, 3);
    auto A = [&](index_t of_Q, index_t of_K) {
      return attention(rotate(o.C, R.middle_rows(of_Q, 9)), rotate(o.B, R.middle_rows(of_K, 9)));
    };
    CHECK_THROWS_WITH_AS(Y = A(0, 1).from(cache) * o.X,
                         "A.from(cache) * V: row 0 of K is rotated to position 1, but the state continues at 0", wrong);
    CHECK_NOTHROW(Y = A(0, 0).from(cache) * o.X);
    CHECK_THROWS_WITH_AS(Y = A(0, 9).from(cache) * o.X,
                         "A.from(cache) * V: row 0 of Q is rotated to position 0, but the state continues at 9", wrong);
    CHECK(cache.length() == 9);
  }
}

}  // namespace operator_resumed
