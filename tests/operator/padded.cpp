// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "support/definition.hpp"

namespace operator_padded {

using namespace transxssm;

namespace {

using positions = std::vector<index_t>;

definition::rows rotated_rows(definition::rows const& x) {
  return definition::rotated(x, definition::angles(x.cols()), x.cols() / 2);
}

}  // namespace

TEST_CASE("positions count from the first row that is not padding") {
  CHECK(padded({3, 1, 0}).positions(4) == positions{0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  CHECK(padded({3, 1, 4}, side::left).positions(4) == positions{0, 0, 1, 2, 0, 0, 0, 0, 0, 1, 2, 3});
}

TEST_CASE("what does not fit is refused") {
  using wrong = std::invalid_argument;
  CHECK_THROWS_WITH_AS(padded({3, 5}).positions(4),
                       "padded.positions(T): a padded sequence has 5 rows, expected 0 to 4", wrong);
  CHECK_THROWS_WITH_AS(padded({3, -1}).positions(4),
                       "padded.positions(T): a padded sequence has -1 rows, expected 0 to 4", wrong);
  std::vector<double> a(2 * 4);
  batch_of<double> C(2, 4, 1, 2, 1), X(2, 4, 1, 3, 2), Y(2, 4, 1, 3, 3);
  view<double, 3> log_a(a.data(), {2, 4, 1});
  auto const before = Y.memory;
  CHECK_THROWS_WITH_AS(with(Y.all) = semiseparable(log_a, C.all, C.all, padded({3})) * X.all,
                       "M * X: padded has 1 lengths, expected 2", wrong);
  CHECK_THROWS_WITH_AS(with(Y.all) = semiseparable(log_a, C.all, C.all, padded({3, 5})) * X.all,
                       "M * X: a padded sequence has 5 rows, expected 0 to 4", wrong);
  CHECK_THROWS_WITH_AS(with(Y.all) = attention(C.all, C.all, padded({3, 5})) * X.all,
                       "A * V: a padded sequence has 5 rows, expected 0 to 4", wrong);
  CHECK(Y.memory == before);
}

TEST_CASE("padding is not read, moves no state, and its results are zero") {
  index_t const batch = 3, T = 9, H = 2, N = 4, P = 3;
  auto const nan = std::numeric_limits<double>::quiet_NaN();
  for (side where : {side::right, side::left}) {
    positions const lengths{9, 4, 0};
    auto a = log_decays<double>(batch * T * H, 1);
    batch_of<double> C(batch, T, 1, N, 3), B(batch, T, 2, N, 4), X(batch, T, H, P, 5), Y(batch, T, H, P, 6),
        Z(batch, T, H, P, 7);
    view<double, 3> log_a(a.data(), {batch, T, H});
    auto first = [&](index_t b) { return where == side::left ? T - lengths[std::size_t(b)] : 0; };
    auto padding = [&](index_t b, index_t t) { return t < first(b) || t >= first(b) + lengths[std::size_t(b)]; };
    for (index_t b = 0; b < batch; ++b)
      for (index_t t = 0; t < T; ++t)
        if (padding(b, t)) {
          for (index_t h = 0; h < H; ++h) log_a(b, t, h) = nan;
          for (auto const& x : {C.all, B.all, X.all})
            for (index_t h = 0; h < x.heads(); ++h)
              for (index_t j = 0; j < x.cols(); ++j) x(b, t, h, j) = nan;
        }
    padded prompts(lengths, where);
    rotary_table<double> R(frequencies(N), batch, prompts.positions(T));
    ssm_state<double> state(N, P, H, batch);
    kv_cache<double> cache(T, N, P, H, batch);
    auto as_expected = [&](auto form) {
      for (index_t b = 0; b < batch; ++b)
        for (index_t h = 0; h < H; ++h) {
          index_t const n = lengths[std::size_t(b)];
          auto rows = [&](auto const& x) { return definition::exact(copied(x.middle_rows(first(b), n), b, h, H)); };
          auto y = copied(Y.all, b, h, H), z = copied(Z.all, b, h, H);
          auto const M = definition::semiseparable(copied(log_a.middle_rows(first(b), n), b, h, H),
                                                   rotated_rows(rows(C.all)), rotated_rows(rows(B.all)));
          auto const A = definition::attention(rotated_rows(rows(C.all)), rotated_rows(rows(B.all)));
          INFO(form);
          CHECK(definition::error(y.middleRows(first(b), n), M * rows(X.all)) < definition::bar<double>);
          CHECK(definition::error(z.middleRows(first(b), n), A * rows(X.all)) < definition::bar<double>);
          for (index_t t = 0; t < T; ++t)
            if (padding(b, t)) CHECK((y.row(t).isZero(0) && z.row(t).isZero(0)));
        }
    };
    auto M = semiseparable(log_a, rotate(C.all, R), rotate(B.all, R), prompts);
    auto A = attention(rotate(C.all, R), rotate(B.all, R), prompts);
    with(Y.all, chunked{4}) = M * X.all;
    with(Z.all, online{4}) = A * X.all;
    as_expected("without a state");
    with(Y.all, recurrent{}) = M.from(state) * X.all;
    for (index_t b = 0; b < batch; ++b) CHECK(state.position(b) == lengths[std::size_t(b)]);
    CHECK(copied(state.h(), 2, 1, H).isZero(0));
    CHECK(copied(state.h(), 1, 1, H).allFinite());
    CHECK_FALSE(copied(state.h(), 1, 1, H).isZero(0));
    as_expected("with a state");
    batch_of<double> B_of_heads(batch, T, H, N, 4);
    B.all.copy_to(B_of_heads.all);
    with(Z.all, quadratic{}) = attention(rotate(C.all, R), rotate(B_of_heads.all, R), prompts).from(cache) * X.all;
    for (index_t b = 0; b < batch; ++b) CHECK(cache.length(b) == lengths[std::size_t(b)]);
    as_expected("with a cache");
  }
}

}  // namespace operator_padded
