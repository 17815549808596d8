// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "support/definition.hpp"

namespace operator_ssm_state {

using namespace transxssm;

TEST_CASE("a state is zero before position 0") {
  ssm_state<float> state(4, 3, 2, 5);
  auto h = state.h();
  CHECK((h.batch() == 5 && h.rows() == 4 && h.heads() == 2 && h.cols() == 3));
  for (index_t b = 0; b < 5; ++b) {
    CHECK(state.position(b) == 0);
    for (index_t k = 0; k < 2; ++k) CHECK(copied(h, b, k, 2).isZero(0));
  }
}

TEST_CASE("a state of negative extents is refused") {
  for (auto [N, P, heads, batch] :
       {std::array<index_t, 4>{-1, 3, 1, 1}, {4, -1, 1, 1}, {4, 3, -1, 1}, {4, 3, 1, -1}, {-4, -3, 1, 1}})
    CHECK_THROWS_AS(ssm_state<float>(N, P, heads, batch), std::invalid_argument);
  CHECK_THROWS_WITH(ssm_state<float>(-4, -3),
                    "ssm_state(N, P, heads, batch): an axis has -4 entries, expected at least 0");
  CHECK_NOTHROW(ssm_state<float>(0, 0, 0, 0));
}

TEST_CASE("it holds h_t = sum of the decayed B^T X") {
  one_head_of<double> o(15, 4, 3);
  ssm_state<double> state(4, 3);
  matrix<double> Y = semiseparable(o.log_a, o.C, o.B).from(state) * o.X;
  definition::rows const last = definition::decay_mask(o.log_a).row(14);
  definition::rows const h =
      definition::exact(o.B).transpose() * last.transpose().asDiagonal() * definition::exact(o.X);
  CHECK(definition::error(copied(state.h(), 0, 0, 1), h) < definition::bar<double>);
  CHECK(state.position() == 15);
}

TEST_CASE("over the caller's memory, in the caller's order") {
  index_t const batch = 2, T = 9, H = 3, N = 4, P = 5;
  auto a = log_decays<double>(batch * T * H, 1);
  batch_of<double> C(batch, T, H, N, 2), B(batch, T, 1, N, 3), X(batch, T, H, P, 4), Y(batch, T, H, P, 5),
      Z(batch, T, H, P, 6);
  view<double, 3> log_a(a.data(), {batch, T, H});
  auto M = semiseparable(log_a, C.all, B.all);
  std::vector<double> memory(std::size_t(batch * H * P * N) + 2, 7);
  view<double, 4> transposed(memory.data() + 1, {batch, N, H, P}, {H * P * N, 1, P * N, N});  // (batch, head, P, N)
  for (std::size_t i = 1; i + 1 < memory.size(); ++i) memory[i] = 0;
  ssm_state<double> mine(transposed), own(N, P, H, batch);
  CHECK(mine.h() == transposed);
  for (auto form : {1, 2, 3}) {
    auto step = [&](view<double, 4> out, ssm_state<double>& state) {
      if (form == 1) with(out, recurrent{}) = M.from(state) * X.all;
      else if (form == 2) with(out, chunked{4}) = M.from(state) * X.all;
      else with(out, quadratic{}) = M.from(state) * X.all;
    };
    step(Y.all, mine), step(Z.all, own);
    CHECK(Y.memory == Z.memory);
    for (index_t b = 0; b < batch; ++b)
      for (index_t h = 0; h < H; ++h) CHECK(same_bits(copied(mine.h(), b, h, H), copied(own.h(), b, h, H)));
  }
  CHECK((memory.front() == 7 && memory.back() == 7));
}

TEST_CASE("snapshot and restore: as if nothing had happened since") {
  one_head_of<float> o(12, 4, 3);
  auto M = semiseparable(o.log_a, o.C, o.B);
  std::vector<float> memory(12);
  ssm_state<float> owned(4, 3), borrowed(view<float, 4>(memory.data(), {1, 4, 1, 3}));
  for (auto* state : {&owned, &borrowed}) {
    matrix<float> Y = M.from(*state) * o.X, Z;
    auto const before = state->snapshot();
    matrix<float> const h = copied(state->h(), 0, 0, 1);
    Y = M.from(*state) * o.X;
    CHECK(state->position() == 24);
    CHECK(before.position() == 12);
    CHECK(same_bits(copied(before.h(), 0, 0, 1), h));  // a copy with memory of its own
    state->restore(before);
    CHECK(state->position() == 12);
    CHECK(same_bits(copied(state->h(), 0, 0, 1), h));
    Z = M.from(*state) * o.X;
    CHECK(same_bits(Y, Z));
  }
  CHECK(same_bits(copied(owned.h(), 0, 0, 1), copied(borrowed.h(), 0, 0, 1)));
}

TEST_CASE("a copy of a state is a state of its own") {
  one_head_of<float> o(12, 4, 3);
  ssm_state<float> state(4, 3);
  auto copy = state;
  matrix<float> Y = semiseparable(o.log_a, o.C, o.B).from(state) * o.X;
  CHECK(copied(copy.h(), 0, 0, 1).isZero(0));
  CHECK(copy.position() == 0);
}

TEST_CASE("a snapshot of another shape is refused, and nothing is restored") {
  ssm_state<float> state(4, 3, 2, 5);
  state.h()(0, 0, 0, 0) = 7;
  using wrong = std::invalid_argument;
  CHECK_THROWS_WITH_AS(state.restore(ssm_state<float>(5, 3, 2, 5)),
                       "state.restore(snapshot): the snapshot has 5 rows, expected 4", wrong);
  CHECK_THROWS_WITH_AS(state.restore(ssm_state<float>(4, 2, 2, 5)),
                       "state.restore(snapshot): the snapshot has 2 columns, expected 3", wrong);
  CHECK_THROWS_WITH_AS(state.restore(ssm_state<float>(4, 3, 1, 5)),
                       "state.restore(snapshot): the snapshot has 1 heads, expected 2", wrong);
  CHECK_THROWS_WITH_AS(state.restore(ssm_state<float>(4, 3, 2, 1)),
                       "state.restore(snapshot): the snapshot has 1 sequences, expected 5", wrong);
  CHECK(state.h()(0, 0, 0, 0) == 7);
}

}  // namespace operator_ssm_state
