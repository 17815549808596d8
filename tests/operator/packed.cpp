// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "support/definition.hpp"

namespace operator_packed {

using namespace transxssm;

namespace {

using positions = std::vector<index_t>;

/// Rows [first, first + n) of one head.
struct part_of_head {
  vector<double> a;
  definition::rows C, B, X;
  part_of_head(one_head_of<double> const& o, index_t first, index_t n)
      : a(o.log_a.segment(first, n)),
        C(definition::exact(o.C.middleRows(first, n))),
        B(definition::exact(o.B.middleRows(first, n))),
        X(definition::exact(o.X.middleRows(first, n))) {}
};
definition::rows turned(definition::rows const& x) {
  return definition::rotated(x, definition::angles(x.cols()), x.cols() / 2);
}

}  // namespace

TEST_CASE("positions restart in each sequence") {
  packed documents({0, 2, 2, 5});
  CHECK(documents.rows() == 5);
  CHECK(documents.sequences() == 3);
  CHECK(documents.positions() == positions{0, 1, 0, 1, 2});
  CHECK(documents.positions(positions{10, 20, 30}) == positions{10, 11, 30, 31, 32});
  CHECK(packed({0}).sequences() == 0);
  CHECK(packed({0}).positions().empty());
}

TEST_CASE("what is not a list of offsets is refused") {
  using wrong = std::invalid_argument;
  CHECK_THROWS_WITH_AS(packed({}), "packed(offsets): the first offset must be 0", wrong);
  CHECK_THROWS_WITH_AS(packed({1, 3}), "packed(offsets): the first offset must be 0", wrong);
  CHECK_THROWS_WITH_AS(packed({0, 3, 2}), "packed(offsets): offset 2 is 2, less than the one before it", wrong);
  packed documents({0, 2, 5});
  CHECK_THROWS_WITH_AS(documents.positions(positions{1}), "packed.positions(first): first has 1 entries, expected 2",
                       wrong);

  one_head_of<double> o(7, 4, 3);
  matrix<double> Y = matrix<double>::Constant(7, 3, 5);
  CHECK_THROWS_WITH_AS(Y = semiseparable(o.log_a, o.C, o.B, documents) * o.X, "M * X: packed has 5 rows, expected 7",
                       wrong);
  CHECK_THROWS_WITH_AS(Y = attention(o.C, o.B, documents) * o.X, "A * V: packed has 5 rows, expected 7", wrong);
  batch_of<double> X(2, 5, 1, 3, 1);
  CHECK_THROWS_WITH_AS(with(X.all) = semiseparable(o.log_a.head(5), o.C.topRows(5), o.B.topRows(5), documents) * X.all,
                       "M * X: a batch of packed sequences has 2 entries, expected 1", wrong);
  CHECK((Y.array() == 5).all());
}

TEST_CASE("each sequence by itself, in every operator") {
  one_head_of<double> o(40, 4, 3);
  positions const offsets{0, 1, 13, 13, 40};
  packed documents(offsets);
  auto R = rotary_table<double>(frequencies(4), documents.positions());
  auto M = semiseparable(o.log_a, rotate(o.C, R), rotate(o.B, R), documents);
  auto A = attention(rotate(o.C, R), rotate(o.B, R), documents, sliding_window(6));
  auto Ln = linear_attention(feature_map(o.C, elu_plus_one{}), feature_map(o.B, elu_plus_one{}), documents);
  definition::rows Y(40, 3), Z(40, 3), W(40, 3);
  for (std::size_t s = 0; s + 1 < offsets.size(); ++s) {
    index_t const first = offsets[s], n = offsets[s + 1] - first;
    part_of_head one(o, first, n);
    Y.middleRows(first, n) = definition::semiseparable(one.a, turned(one.C), turned(one.B)) * one.X;
    Z.middleRows(first, n) = definition::attention(turned(one.C), turned(one.B), 0.5L,
                                                   [](index_t i, index_t j) { return j <= i && j > i - 6; }) *
                             one.X;
    matrix<double> alone = linear_attention(feature_map(o.C.middleRows(first, n), elu_plus_one{}),
                                            feature_map(o.B.middleRows(first, n), elu_plus_one{})) *
                           o.X.middleRows(first, n);
    W.middleRows(first, n) = definition::exact(alone);
  }
  auto near = [](matrix<double> const& got, definition::rows const& expected) {
    CHECK(definition::error(got, expected) < definition::bar<double>);
  };
  near(M * o.X, Y), near(with(quadratic{}, M * o.X), Y), near(with(chunked{5}, M * o.X), Y),
      near(with(recurrent{}, M * o.X), Y);
  near(A * o.X, Z), near(with(quadratic{}, A * o.X), Z), near(with(online{4}, A * o.X), Z);
  near(Ln * o.X, W);

  SUBCASE("a state for each, moved by the length of each") {
    ssm_state<double> states(4, 3, 1, documents.sequences());
    near(M.from(states) * o.X, Y);
    for (index_t s = 0; s < 4; ++s) CHECK(states.position(s) == offsets[std::size_t(s) + 1] - offsets[std::size_t(s)]);
    for (index_t s = 0; s < 4; ++s) {
      index_t const first = offsets[std::size_t(s)], n = offsets[std::size_t(s) + 1] - first;
      ssm_state<double> alone(4, 3);
      auto part = semiseparable(o.log_a.segment(first, n), rotate(o.C.middleRows(first, n), R.middle_rows(first, n)),
                                rotate(o.B.middleRows(first, n), R.middle_rows(first, n)));
      matrix<double> y = part.from(alone) * o.X.middleRows(first, n);
      CHECK(same_bits(copied(states.h(), s, 0, 1), copied(alone.h(), 0, 0, 1)));
    }
  }
  SUBCASE("a cache for each") {
    kv_cache<double> caches(30, 4, 3, 1, documents.sequences());
    near(A.from(caches) * o.X, Z);
    CHECK((caches.length(0) == 1 && caches.length(1) == 12 && caches.length(2) == 0 && caches.length(3) == 27));
  }
}

}  // namespace operator_packed
