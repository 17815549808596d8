// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "support/definition.hpp"

namespace operator_rotated {

using namespace transxssm;

namespace {

template<class S>
rotary_table<S> table(index_t d, index_t T, pairing pairs = pairing::interleaved) {
  return {frequencies(d), T, pairs};
}

template<class S, int Axes>
view<S, 2> as_view(Eigen::Matrix<S, -1, -1, Axes>& x) {
  return {x.data(), {x.rows(), x.cols()}, {x.rowStride(), x.colStride()}};
}

/// The positions of sequence b.
std::vector<index_t> part_of(std::vector<index_t> const& positions, index_t b, index_t T) {
  return {positions.begin() + b * T, positions.begin() + (b + 1) * T};
}

}  // namespace

TEST_CASE_TEMPLATE("rotate(X, R) turns each pair of features by m theta", S, float, double) {
  for (index_t T : {1, 5, 70, 130})
    for (index_t N : {2, 6, 32})
      for (bool half : {false, true}) {
        auto R = table<S>(N, T, half ? pairing::half_split : pairing::interleaved);
        auto const X = random_rows<S>(T, N, 3);
        auto const expected = definition::rotated(definition::exact(X), definition::angles(N), N / 2, half);
        matrix<S> Y = rotate(X, R);
        CHECK(definition::error(Y, expected) < definition::bar<S>);
        row_major<S> W = rotate(X, R);
        CHECK(same_bits(W, Y));
        CHECK(same_bits(dense(rotate(X, R)), Y));
        CHECK(Y.norm() == doctest::Approx(X.norm()));
      }
}

TEST_CASE("one row by hand: x e^{i phi}") {
  matrix<double> x(1, 4), phi(1, 2);
  x << 3, 4, 5, 6;
  phi << 0.5, -2;
  auto Y = dense(rotate(x, phi, pairing::interleaved));
  CHECK(Y(0, 0) == doctest::Approx(3 * std::cos(0.5) - 4 * std::sin(0.5)));
  CHECK(Y(0, 1) == doctest::Approx(3 * std::sin(0.5) + 4 * std::cos(0.5)));
  CHECK(Y(0, 2) == doctest::Approx(5 * std::cos(2) + 6 * std::sin(2)));
  auto Z = dense(rotate(x, phi, pairing::half_split));
  CHECK(Z(0, 0) == doctest::Approx(3 * std::cos(0.5) - 5 * std::sin(0.5)));
  CHECK(Z(0, 2) == doctest::Approx(3 * std::sin(0.5) + 5 * std::cos(0.5)));
  CHECK(Z(0, 3) == doctest::Approx(6 * std::cos(2) - 4 * std::sin(2)));
}

TEST_CASE("a partial rotation: features beyond the planes pass unchanged, an odd one too") {
  for (index_t N : {8, 9}) {
    auto const X = random_rows<float>(20, N, 3);
    matrix<float> Y = rotate(X, table<float>(4, 20));
    CHECK(same_bits(Y.rightCols(N - 4), X.rightCols(N - 4)));
    CHECK(definition::error(Y, definition::rotated(definition::exact(X), definition::angles(4), 2)) <
          definition::bar<float>);
    Y = dense(rotate(X, table<float>(4, 20, pairing::half_split)));
    CHECK(same_bits(Y.rightCols(N - 4), X.rightCols(N - 4)));  // the halves of the first four
    CHECK(definition::error(Y, definition::rotated(definition::exact(X), definition::angles(4), 2, true)) <
          definition::bar<float>);
  }
}

TEST_CASE("the caller's angles: those of a table, and any others") {
  auto const X = random_rows<double>(12, 6, 3);
  matrix<double> phi(12, 3);
  for (index_t t = 0; t < 12; ++t)
    for (index_t j = 0; j < 3; ++j) phi(t, j) = double(definition::angles(6)(t, j));
  CHECK(definition::error(dense(rotate(X, phi, pairing::interleaved)),
                          definition::exact(dense(rotate(X, table<double>(6, 12))))) < 1e-15);
  phi = random_rows<double>(12, 3, 9);
  auto angle = [&](index_t t, index_t j) { return definition::real(phi(t, j)); };
  CHECK(definition::error(dense(rotate(X, phi, pairing::half_split)),
                          definition::rotated(definition::exact(X), angle, 3, true)) < 1e-15);
  SUBCASE("the opposite rotation restores") {
    matrix<double> turned = rotate(X, phi, pairing::half_split), back = rotate(turned, -phi, pairing::half_split);
    CHECK(definition::error(back, definition::exact(X)) < 1e-15);
  }
}

TEST_CASE("in place, or beside: the same bits") {
  auto R = table<float>(6, 150);
  auto const X = random_rows<float>(150, 6, 3);
  matrix<float> const expected = rotate(X, R);
  SUBCASE("in place") {
    auto Y = X;
    with(as_view(Y)) = rotate(as_view(Y), R);
    CHECK(same_bits(Y, expected));
    Y = X;
    with(as_view(Y)) = rotate(Y, R);
    CHECK(same_bits(Y, expected));
  }
  SUBCASE("beside") {
    matrix<float> Y(150, 6);
    with(as_view(Y)) = rotate(X, R);
    CHECK(same_bits(Y, expected));
  }
  SUBCASE("into a shifted view of itself: through a temporary") {
    for (index_t by : {1, 7, 64}) {
      row_major<float> both = row_major<float>::Zero(150 + by, 6);
      both.topRows(150) = X;
      auto all = as_view(both);
      with(all.middle_rows(by, 150)) = rotate(all.middle_rows(0, 150), R);
      CHECK(same_bits(both.bottomRows(150), expected));
      both.bottomRows(150) = X;
      with(all.middle_rows(0, 150)) = rotate(all.middle_rows(by, 150), R);
      CHECK(same_bits(both.topRows(150), expected));
    }
  }
  SUBCASE("into its own transpose") {
    matrix<float> square = random_rows<float>(6, 6, 4);
    auto R6 = table<float>(6, 6);
    matrix<float> const turned = rotate(square, R6);
    with(view<float, 2>(square.data(), {6, 6}, {6, 1})) = rotate(square, R6);  // the rows of the transpose
    CHECK(same_bits(square.transpose(), turned));
  }
  SUBCASE("over the memory of its own angles") {
    matrix<float> phi = random_rows<float>(150, 6, 5), Y = phi;
    with(as_view(Y)) = rotate(X, Y.leftCols(3), pairing::interleaved);
    CHECK(same_bits(Y, dense(rotate(X, phi.leftCols(3), pairing::interleaved))));
  }
}

TEST_CASE("batches: a table for all sequences, or for each, and angles for each head") {
  index_t const batch = 3, T = 11, H = 4, N = 6;
  batch_of<float> X(batch, T, H, N, 1), Y(batch, T, H, N, 2), phi(batch, T, H, N / 2, 3);
  auto each_head_is = [&](auto const& expected) {
    for (index_t b = 0; b < batch; ++b)
      for (index_t h = 0; h < H; ++h) CHECK(same_bits(copied(Y.all, b, h, H), expected(b, h)));
  };
  auto R = table<float>(N, T);
  with(Y.all) = rotate(X.all, R);
  each_head_is([&](index_t b, index_t h) { return dense(rotate(copied(X.all, b, h, H), R)); });

  with(Y.all, cpu{3}) = rotate(X.all, phi.all, pairing::half_split);
  each_head_is([&](index_t b, index_t h) {
    return dense(rotate(copied(X.all, b, h, H), copied(phi.all, b, h, H), pairing::half_split));
  });

  padded sequences({11, 4, 7}, side::left);
  auto positions = sequences.positions(T);
  rotary_table<float> Rs(frequencies(N), batch, positions);
  with(Y.all) = rotate(X.all, Rs);
  each_head_is([&](index_t b, index_t h) {
    return dense(rotate(copied(X.all, b, h, H), rotary_table<float>(frequencies(N), part_of(positions, b, T))));
  });

  SUBCASE("in place") {
    batch_of<float> Z(batch, T, H, N, 1);
    with(Z.all, cpu{2}) = rotate(Z.all, Rs);
    CHECK(Z.memory == Y.memory);
  }
}

TEST_CASE("one row of tables for a batch of one, rotated by the tables of many") {
  index_t const T = 5, N = 4;
  batch_of<float> X(1, T, 1, N, 1), Y(2, T, 1, N, 2);
  std::vector<index_t> positions{0, 1, 2, 3, 4, 100, 101, 102, 103, 104};
  rotary_table<float> R(frequencies(N), 2, positions);
  with(Y.all) = rotate(X.all, R);  // each sequence turns the same rows its own way
  for (index_t b = 0; b < 2; ++b) {
    rotary_table<float> Rb(frequencies(N), part_of(positions, b, T));
    CHECK(same_bits(copied(Y.all, b, 0, 1), dense(rotate(copied(X.all, 0, 0, 1), Rb))));
  }
}

TEST_CASE("what does not fit is refused by name") {
  auto const X = random_rows<float>(7, 5, 3);
  using wrong = std::invalid_argument;
  CHECK_THROWS_WITH_AS(rotate(X, table<float>(4, 9)), "rotate(X, R): R has 9 rows, expected 7", wrong);
  CHECK_THROWS_WITH_AS(rotate(X, table<float>(6, 7)), "rotate(X, R): R has 3 columns, expected at most 2", wrong);
  CHECK_THROWS_AS(frequencies(5), wrong);
  matrix<float> phi = matrix<float>::Zero(7, 2), Y = matrix<float>::Constant(7, 4, 5);
  CHECK_THROWS_WITH_AS(rotate(X, phi.topRows(6), pairing::interleaved), "rotate(X, R): R has 6 rows, expected 7",
                       wrong);
  CHECK_THROWS_WITH_AS(with(as_view(Y)) = rotate(X, phi, pairing::interleaved),
                       "Y = rotate(X, R): Y has 4 columns, expected 5", wrong);

  matrix<float> Z = X;
  for (float bad : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    phi(3, 1) = bad;
    CHECK_THROWS_WITH_AS(with(as_view(Z)) = rotate(Z, phi, pairing::interleaved),
                         "rotate(X, phi, pairing): the angle of X at step 3, plane 1 is not finite", std::domain_error);
    CHECK(same_bits(Z, X));
  }
  batch_of<float> heads(2, 7, 6, 4, 1), angles(2, 7, 4, 2, 2), sequences(3, 7, 1, 2, 3);
  CHECK_THROWS_WITH_AS(rotate(heads.all, angles.all, pairing::interleaved),
                       "rotate(X, R): R has 4 heads, expected a divisor of 6", wrong);
  CHECK_THROWS_WITH_AS(rotate(heads.all, sequences.all, pairing::interleaved),
                       "rotate(X, R): X has 2 sequences, expected 3", wrong);
}

TEST_CASE("no rows, no features") {
  matrix<float> none(0, 4), empty(4, 0);
  CHECK(matrix<float>(rotate(none, none.leftCols(2), pairing::interleaved)).rows() == 0);
  CHECK(matrix<float>(rotate(empty, empty, pairing::interleaved)).cols() == 0);
}

}  // namespace operator_rotated
