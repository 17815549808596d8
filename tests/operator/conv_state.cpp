// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "support/definition.hpp"

namespace operator_conv_state {

using namespace transxssm;

TEST_CASE("a state is zero before position 0, and holds K - 1 rows") {
  conv_state<float> state(4, 6, 2, 5), none(1, 6);
  auto rows = state.rows();
  CHECK((rows.batch() == 5 && rows.rows() == 3 && rows.heads() == 2 && rows.cols() == 6));
  CHECK(copied(rows, 4, 1, 2).isZero(0));
  CHECK(state.position(4) == 0);
  CHECK(none.rows().rows() == 0);
  CHECK_THROWS_AS(conv_state<float>(0, 6), std::invalid_argument);
}

TEST_CASE("the last rows stand in it, the latest last; fewer than K - 1 move the others up") {
  auto const X = random_rows<float>(7, 5, 1), weight = random_rows<float>(5, 4, 2);
  conv_state<float> state(4, 5);
  matrix<float> Y = causal_conv1d(X.topRows(5), weight, no_bias{}).from(state);
  CHECK(same_bits(copied(state.rows(), 0, 0, 1), X.middleRows(2, 3)));
  Y = matrix<float>(causal_conv1d(X.bottomRows(2), weight, no_bias{}).from(state));
  CHECK(same_bits(copied(state.rows(), 0, 0, 1), X.bottomRows(3)));
  CHECK(state.position() == 7);
  Y = matrix<float>(causal_conv1d(X.topRows(0), weight, no_bias{}).from(state));
  CHECK(same_bits(copied(state.rows(), 0, 0, 1), X.bottomRows(3)));
  CHECK(state.position() == 7);
}

TEST_CASE("snapshot and restore: as if nothing had happened since; over the caller's memory, in the caller's order") {
  auto const X = random_rows<double>(12, 5, 1), weight = random_rows<double>(5, 4, 2);
  std::vector<double> memory(17, 0);
  memory.front() = memory.back() = 7;
  conv_state<double> owned(4, 5), borrowed(view<double, 4>(memory.data() + 1, {1, 3, 1, 5}, {15, 1, 15, 3}));
  for (auto* state : {&owned, &borrowed}) {
    matrix<double> Y = causal_conv1d(X.topRows(6), weight, no_bias{}).from(*state);
    auto const before = state->snapshot();
    Y = matrix<double>(causal_conv1d(X.bottomRows(6), weight, no_bias{}).from(*state));
    CHECK(before.position() == 6);
    CHECK(same_bits(copied(before.rows(), 0, 0, 1), X.middleRows(3, 3)));
    state->restore(before);
    CHECK(state->position() == 6);
    matrix<double> const Z = causal_conv1d(X.bottomRows(6), weight, no_bias{}).from(*state);
    CHECK(same_bits(Y, Z));
  }
  CHECK(same_bits(copied(owned.rows(), 0, 0, 1), copied(borrowed.rows(), 0, 0, 1)));
  CHECK((memory.front() == 7 && memory.back() == 7));
  CHECK_THROWS_AS(owned.restore(conv_state<double>(3, 5)), std::invalid_argument);
}

TEST_CASE("as bytes, and back: bit for bit; bytes of something else are refused") {
  auto const X = random_rows<float>(12, 5, 1), weight = random_rows<float>(5, 4, 2);
  conv_state<float> state(4, 5);
  matrix<float> Y = causal_conv1d(X.topRows(6), weight, no_bias{}).from(state);
  auto const bytes = to_bytes(state);
  auto read = conv_state_from_bytes<float>(bytes);
  CHECK(read.position() == 6);
  Y = matrix<float>(causal_conv1d(X.bottomRows(6), weight, no_bias{}).from(state));
  CHECK(same_bits(matrix<float>(causal_conv1d(X.bottomRows(6), weight, no_bias{}).from(read)), Y));
  CHECK_THROWS_AS(ssm_state_from_bytes<float>(bytes), std::invalid_argument);
  CHECK_THROWS_AS(conv_state_from_bytes<double>(bytes), std::invalid_argument);
  CHECK_THROWS_AS(conv_state_from_bytes<float>(to_bytes(ssm_state<float>(3, 5))), std::invalid_argument);
}

TEST_CASE("what does not fit is refused by name, and nothing moves") {
  auto const X = random_rows<float>(7, 5, 1), weight = random_rows<float>(5, 4, 2);
  matrix<float> Y = matrix<float>::Constant(7, 5, 3);
  view<float, 2> y(Y.data(), {7, 5}, {1, 7});
  using wrong = std::invalid_argument;
  auto refused = [&](conv_state<float> state, std::string const& what) {
    std::string const message = "causal_conv1d(X, weight, bias).from(state): the state has " + what;
    CHECK_THROWS_WITH_AS(with(y) = causal_conv1d(X, weight, no_bias{}).from(state), message.c_str(), wrong);
    CHECK((state.position() == 0 && state.moves == 0));
  };
  refused(conv_state<float>(3, 5), "2 rows, expected 3");
  refused(conv_state<float>(4, 6), "6 columns, expected 5");
  refused(conv_state<float>(4, 5, 2), "2 heads, expected 1");
  refused(conv_state<float>(4, 5, 1, 2), "2 sequences, expected 1");
  std::vector<float> memory(35);
  conv_state<float> state(view<float, 4>(memory.data(), {1, 3, 1, 5}));
  view<float, 2> over(memory.data(), {7, 5});
  CHECK_THROWS_WITH_AS(with(over) = causal_conv1d(X, weight, no_bias{}).from(state),
                       "causal_conv1d(X, weight, bias).from(state): the state lies in the memory of Y", wrong);
  CHECK_THROWS_WITH_AS(with(y) = causal_conv1d(over, weight, no_bias{}).from(state),
                       "causal_conv1d(X, weight, bias).from(state): the state lies in the memory of an operand", wrong);
  CHECK(Y.isConstant(3, 0));
  CHECK(state.position() == 0);
}

TEST_CASE("an expression that continues a state is spent once it has been evaluated") {
  auto const X = random_rows<float>(7, 5, 1), weight = random_rows<float>(5, 4, 2);
  conv_state<float> state(4, 5);
  auto const once = causal_conv1d(X, weight, no_bias{}).from(state);
  matrix<float> Y = once;
  CHECK_THROWS_AS(Y = matrix<float>(once), std::logic_error);
  CHECK(state.position() == 7);
}

}  // namespace operator_conv_state
