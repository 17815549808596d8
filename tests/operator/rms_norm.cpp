// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "support/row_definitions.hpp"

namespace operator_rms_norm {

using namespace transxssm;
using definition::near;

TEST_CASE_TEMPLATE("y = x weight / sqrt(mean(x^2) + eps), row by row", S, float, double, long double) {
  for (index_t T : {0, 1, 5})
    for (index_t D : {1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 64, 100, 515}) {
      CAPTURE(D);
      auto const X = random_rows<S>(T, D, 1);
      vector<S> const w = random_rows<S>(D, 1, 2);
      auto const expected = definition::rms_norm(definition::exact(X), definition::exact(w), 1e-5);
      matrix<S> Y = rms_norm(X, w, 1e-5);
      near<S>(Y, expected);
      row_major<S> const rows = X, W = rms_norm(rows, w, 1e-5);
      near<S>(W, expected);
      if (T > 0) near<S>(matrix<S>(rms_norm(X.row(0), w, 1e-5)), expected.topRows(1));
    }
}

TEST_CASE("one row by hand, and eps where all is zero") {
  matrix<double> x(2, 4);
  x << 1, -2, 3, -4, 0, 0, 0, 0;
  vector<double> const w = vector<double>::LinSpaced(4, 1, 4);
  matrix<double> const Y = rms_norm(x, w, 0.5);
  for (index_t j = 0; j < 4; ++j) CHECK(Y(0, j) == doctest::Approx(x(0, j) * double(j + 1) / std::sqrt(8.0)));
  CHECK(Y.row(1).isZero(0));
}

TEST_CASE_TEMPLATE("groups of features have a mean of their own", S, float, double) {
  for (auto [D, groups] : {std::pair<index_t, index_t>{12, 3}, {64, 8}, {30, 2}, {9, 9}, {48, 1}}) {
    CAPTURE(D);
    auto const X = random_rows<S>(6, D, 1);
    vector<S> const w = random_rows<S>(D, 1, 2);
    near<S>(matrix<S>(rms_norm(X, w, 1e-6, grouped(groups))),
            definition::rms_norm(definition::exact(X), definition::exact(w), 1e-6, groups));
  }
}

TEST_CASE_TEMPLATE("gated: x silu(z) is what is normalised, in groups too", S, float, double) {
  for (index_t D : {1, 6, 16, 37, 128}) {
    auto const X = random_rows<S>(6, D, 1), Z = random_rows<S>(6, D, 3);
    vector<S> const w = random_rows<S>(D, 1, 2);
    index_t const groups = D % 2 == 0 ? 2 : 1;
    definition::rows const x = definition::exact(X).cwiseProduct(definition::silu(definition::exact(Z)));
    auto const expected = definition::rms_norm(x, definition::exact(w), 1e-5, groups);
    near<S>(matrix<S>(rms_norm(X, w, 1e-5, gated(Z), grouped(groups))), expected);
    near<S>(matrix<S>(rms_norm(X, w, 1e-5, grouped(groups), gated(row_major<S>(Z)))), expected);  // owned, in any order
  }
}

TEST_CASE_TEMPLATE("16-bit rows: sums in float, one rounding at the end", S, Eigen::bfloat16, Eigen::half) {
  for (index_t D : {1, 7, 8, 40, 300}) {
    matrix<float> const X = random_rows<float>(5, D, 1), Z = random_rows<float>(5, D, 2), weight = random_rows<float>(D, 1, 3);
    row_major<S> const x = X.cast<S>(), z = Z.cast<S>();
    vector<S> const w = weight.cast<S>();
    definition::rows const exact_x = definition::exact(x.template cast<float>()), exact_z = definition::exact(z.template cast<float>());
    auto const expected = definition::rms_norm(exact_x.cwiseProduct(definition::silu(exact_z)),
                                               definition::exact(w.template cast<float>()), 1e-5);
    row_major<S> const y = rms_norm(x, w, 1e-5, gated(z));
    definition::rounded_once<S>(y, expected);
    matrix<S> const columns = x;
    definition::rounded_once<S>(matrix<S>(rms_norm(columns, w, 1e-5, gated(z))), expected);
    row_major<float> sums(5, D);  // not rounded again; the weight may be float, too
    vector<float> const w_float = w.template cast<float>();
    with(definition::as_view(sums)) = rms_norm(x, w_float, 1e-5, gated(z));
    near<float>(sums, expected);
  }
}

TEST_CASE("a batch of heads: one weight for all, or one for each head; any strides; any number of threads") {
  index_t const batch = 3, T = 21, H = 4, D = 10;
  batch_of<float> X(batch, T, H, D, 1), Z(batch, T, H, D, 2), Y(batch, T, H, D, 3);
  vector<float> const shared = random_rows<float>(D, 1, 4), own = random_rows<float>(H * D, 1, 5);
  std::vector<float> memory(std::size_t(2 * batch * T * H * D), 7);
  view<float, 4> sparse(memory.data() + (T - 1) * D * 2, {batch, T, H, D}, {T * H * D * 2, -D * 2, T * D * 2, 2});
  auto as_expected = [&](auto const& y, auto const& weight) {
    for (index_t b = 0; b < batch; ++b)
      for (index_t h = 0; h < H; ++h) {
        definition::rows const x = definition::exact(copied(X.all, b, h, H)).cwiseProduct(definition::silu(definition::exact(copied(Z.all, b, h, H))));
        near<float>(copied(y, b, h, H), definition::rms_norm(x, definition::exact(vector<float>(weight(h))), 1e-5, 2));
      }
  };
  for (int threads : {1, 2, 5}) {
    with(Y.all, cpu{threads}) = rms_norm(X.all, shared, 1e-5, gated(Z.all), grouped(2));
    as_expected(Y.all, [&](index_t) { return shared; });
    with(sparse, cpu{threads}) = rms_norm(X.all, own, 1e-5, gated(Z.all), grouped(2));
    as_expected(sparse, [&](index_t h) { return own.segment(h * D, D); });
  }
  for (std::size_t i = 1; i < memory.size(); i += 2) REQUIRE(memory[i] == 7);  // between the features: not ours

  // The same rows as (batch, T, 1, H D), in H groups, are what heads with a weight each are.
  with(Y.all) = rms_norm(X.all, own, 1e-5);
  batch_of<float> flat(batch, T, 1, H * D, 3);
  view<float, 4> const x(X.all.data, {batch, T, 1, H * D});
  with(flat.all) = rms_norm(x, own, 1e-5, grouped(H));
  CHECK(flat.memory == Y.memory);
}

TEST_CASE("in place, in the place of the gate, or shifted: the same bits") {
  index_t const T = 40, D = 37;
  auto const X = row_major<float>(random_rows<float>(T, D, 1)), Z = row_major<float>(random_rows<float>(T, D, 2));
  vector<float> const w = random_rows<float>(D, 1, 3);
  row_major<float> const expected = rms_norm(X, w, 1e-5, gated(Z));
  row_major<float> Y = X, G = Z, both(T + 1, D);
  with(definition::as_view(Y)) = rms_norm(Y, w, 1e-5, gated(Z));
  CHECK(same_bits(Y, expected));
  with(definition::as_view(G), cpu{2}) = rms_norm(X, w, 1e-5, gated(G));
  CHECK(same_bits(G, expected));
  both.topRows(T) = X;
  with(definition::as_view(both).middle_rows(1, T)) = rms_norm(both.topRows(T), w, 1e-5, gated(Z));
  CHECK(same_bits(both.bottomRows(T), expected));
  matrix<float> square = random_rows<float>(D, D, 4), before = square;  // over its own transpose, and over its weight
  with(view<float, 2>(square.data(), {D, D}, {D, 1})) = rms_norm(square, square.col(0), 1e-5);
  CHECK(same_bits(square.transpose(), matrix<float>(rms_norm(before, before.col(0), 1e-5))));
}

TEST_CASE("the same bits wherever the row lies, however it is read, at any number of threads") {
  index_t const T = 9, D = 53;
  auto const X = row_major<float>(random_rows<float>(T, D, 1));
  vector<float> const w = random_rows<float>(D, 1, 3);
  row_major<float> const expected = rms_norm(X, w, 1e-5);
  std::vector<float> from(std::size_t(T * (D + 3) + 40)), to(from);
  for (index_t offset = 0; offset < 20; ++offset) {
    view<float, 2> x(from.data() + offset, {T, D}, {D + 3, 1}), y(to.data() + (offset * 7) % 20, {T, D}, {D + 2, 1});
    view_of<2>(X).copy_to(x);
    with(y) = rms_norm(x, w, 1e-5);
    CHECK(same_bits(copied(y, 0, 0, 1), expected));
  }
  CHECK(same_bits(matrix<float>(rms_norm(matrix<float>(X), w, 1e-5)), expected));

  index_t const large = 1200;  // pieces, shared among threads
  auto const many = row_major<float>(random_rows<float>(large, 700, 1));
  vector<float> const wide = random_rows<float>(700, 1, 3);
  row_major<float> const alone = rms_norm(many, wide, 1e-5);
  for (int threads : {2, 3, 8}) {
    row_major<float> Y(large, 700);
    with(definition::as_view(Y), cpu{threads}) = rms_norm(many, wide, 1e-5);
    CHECK(same_bits(Y, alone));
  }
}

TEST_CASE("an operand of something else: normalised queries, rotated; and attention of those") {
  index_t const T = 12, N = 8;
  auto const Q = random_rows<float>(T, N, 1), K = random_rows<float>(T, N, 2), V = random_rows<float>(T, 5, 3);
  vector<float> const w = random_rows<float>(N, 1, 4);
  rotary_table<float> R(frequencies(N), T);
  matrix<float> const q = rms_norm(Q, w, 1e-5), k = rms_norm(K, w, 1e-5);
  CHECK(same_bits(matrix<float>(rotate(rms_norm(Q, w, 1e-5), R)), matrix<float>(rotate(q, R))));
  matrix<float> const Z = attention(rotate(rms_norm(Q, w, 1e-5), R), rotate(rms_norm(K, w, 1e-5), R)) * V;
  matrix<float> const expected = attention(rotate(q, R), rotate(k, R)) * V;
  near<float>(Z, definition::exact(expected));
}

TEST_CASE("a NaN stays in its row, and in its group") {
  auto X = random_rows<float>(4, 12, 1);
  vector<float> const w = random_rows<float>(12, 1, 3);
  matrix<float> const clean = rms_norm(X, w, 1e-5, grouped(3));
  X(1, 5) = std::numeric_limits<float>::quiet_NaN();
  matrix<float> const Y = rms_norm(X, w, 1e-5, grouped(3));
  for (index_t t = 0; t < 4; ++t)
    for (index_t j = 0; j < 12; ++j) {
      if (t == 1 && j / 4 == 1) CHECK(std::isnan(Y(t, j)));
      else CHECK(Y(t, j) == clean(t, j));
    }
}

TEST_CASE("sums in double, where a policy says so") {
  auto const X = random_rows<float>(3, 1000, 1);
  vector<float> const w = random_rows<float>(1000, 1, 3);
  row_major<float> Y(3, 1000);
  with(definition::as_view(Y), accumulate<double>{}) = rms_norm(X, w, 1e-5);
  definition::rounded_once<float>(Y, definition::rms_norm(definition::exact(X), definition::exact(w), 1e-5));
}

TEST_CASE("operands that do not outlive the expression are kept by it") {
  auto const X = random_rows<float>(4, 6, 1);
  vector<float> const w = random_rows<float>(6, 1, 2);
  auto const node = rms_norm(matrix<float>(2 * X), vector<float>(w), 1e-5, gated(matrix<float>(X)));
  matrix<float> const twice = 2 * X;
  CHECK(same_bits(matrix<float>(node), matrix<float>(rms_norm(twice, w, 1e-5, gated(X)))));
}

TEST_CASE("what does not fit is refused by name, and nothing is written") {
  auto const X = random_rows<float>(7, 6, 3);
  vector<float> const w = random_rows<float>(6, 1, 2), five = w.head(5), none(0);
  using wrong = std::invalid_argument;
  CHECK_THROWS_WITH_AS(rms_norm(X, five, 1e-5), "rms_norm(X, weight, eps): weight has 5 entries, expected 6", wrong);
  CHECK_THROWS_WITH_AS(rms_norm(X, none, 1e-5), "rms_norm(X, weight, eps): weight has 0 entries, expected 6", wrong);
  CHECK_THROWS_WITH_AS(rms_norm(X, w, 1e-5, grouped(4)),
                       "rms_norm(X, weight, eps): grouped has 4 groups, expected a divisor of 6", wrong);
  CHECK_THROWS_AS(rms_norm(X, w, 1e-5, grouped(0)), wrong);
  CHECK_THROWS_WITH_AS(rms_norm(X, w, 1e-5, gated(X.topRows(6))), "rms_norm(X, weight, eps): Z has 6 rows, expected 7", wrong);
  CHECK_THROWS_WITH_AS(rms_norm(X, w, 1e-5, gated(X.leftCols(5))), "rms_norm(X, weight, eps): Z has 5 columns, expected 6", wrong);
  batch_of<float> heads(2, 7, 3, 6, 1), fewer(2, 7, 1, 6, 1), one(1, 7, 3, 6, 1);
  CHECK_THROWS_WITH_AS(rms_norm(heads.all, five, 1e-5), "rms_norm(X, weight, eps): weight has 5 entries, expected 6 or 18", wrong);
  CHECK_THROWS_WITH_AS(rms_norm(heads.all, w, 1e-5, gated(fewer.all)), "rms_norm(X, weight, eps): Z has 1 heads, expected 3", wrong);
  CHECK_THROWS_WITH_AS(rms_norm(heads.all, w, 1e-5, gated(one.all)), "rms_norm(X, weight, eps): Z has 1 sequences, expected 2", wrong);
  row_major<float> Y = row_major<float>::Constant(7, 5, 3);
  CHECK_THROWS_WITH_AS(with(definition::as_view(Y)) = rms_norm(X, w, 1e-5),
                       "Y = rms_norm(X, weight, eps): Y has 5 columns, expected 6", wrong);
  CHECK(Y.isConstant(3, 0));
}

TEST_CASE("no rows, no features") {
  matrix<float> const none(0, 4), empty(4, 0);
  vector<float> const w = vector<float>::Ones(4), nothing(0);
  CHECK(matrix<float>(rms_norm(none, w, 1e-5)).rows() == 0);
  CHECK(matrix<float>(rms_norm(empty, nothing, 1e-5)).rows() == 4);
}

}  // namespace operator_rms_norm
