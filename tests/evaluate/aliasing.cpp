// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "support/definition.hpp"

namespace evaluate_aliasing {

using namespace transxssm;

// Law 5: Y = M * Y is correct, with every form, and however the memory overlaps.
namespace {

struct operands : one_head_of<float> {
  definition::rows M, MX;
  operands() : one_head_of<float>(20, 3, 3) {
    M = definition::semiseparable(log_a, definition::exact(C), definition::exact(B));
    MX = M * definition::exact(X);
  }
};
void near(matrix<float> const& got, definition::rows const& expected) {
  CHECK(definition::error(got, expected) < definition::bar<float>);
}

view<float, 2> as_view(matrix<float>& x) { return {x.data(), {x.rows(), x.cols()}, {x.rowStride(), x.colStride()}}; }

/// f(form), for every form of a semiseparable operator.
void for_each_form(auto f) { f(quadratic{}), f(recurrent{}), f(chunked{8}), f(chunked{1}), f(automatic{}); }

}  // namespace

TEST_CASE("Eigen: the result in the place of an operand") {
  operands o;
  for_each_form([&](auto form) {
    auto M = semiseparable(o.log_a, o.C, o.B);
    matrix<float> Y = o.X;
    Y = with(form, M * Y);
    near(Y, o.MX);
    matrix<float> C = o.C;
    C = with(form, semiseparable(o.log_a, C, o.B) * o.X);
    near(C, o.MX);
    matrix<float> both = o.C;
    both = with(form, semiseparable(o.log_a, both, both) * both);
    auto const c = definition::exact(o.C);
    near(both, definition::semiseparable(o.log_a, c, c) * c);
  });
}

TEST_CASE("Eigen: noalias() takes no temporary, and is correct where nothing overlaps") {
  operands o;
  matrix<float> Y(20, 3);
  Y.noalias() = with(chunked{8}, semiseparable(o.log_a, o.C, o.B) * o.X);
  near(Y, o.MX);
}

TEST_CASE("Eigen: inside sums") {
  operands o;
  auto M = semiseparable(o.log_a, o.C, o.B);
  matrix<float> Y = o.X;
  Y = Y + with(chunked{8}, M * Y);
  near(Y, o.MX + definition::exact(o.X));
  Y = o.X;
  Y += M * Y;
  near(Y, o.MX + definition::exact(o.X));
  Y = o.X;
  Y -= with(recurrent{}, M * Y);
  near(Y, definition::exact(o.X) - o.MX);
}

TEST_CASE("Eigen: shifted by a row, by a column, and within rows") {
  operands o;
  for_each_form([&](auto form) {
    auto M = semiseparable(o.log_a, o.C, o.B);
    matrix<float> rows(21, 3);
    rows.topRows(20) = o.X;
    rows.bottomRows(20) = with(form, M * rows.topRows(20));
    near(rows.bottomRows(20), o.MX);
    rows.bottomRows(20) = o.X;
    rows.topRows(20) = with(form, M * rows.bottomRows(20));
    near(rows.topRows(20), o.MX);
  });
  auto M = semiseparable(o.log_a, o.C, o.B);
  matrix<float> cols(20, 4);
  cols.leftCols(3) = o.X;
  cols.rightCols(3) = M * cols.leftCols(3);
  near(cols.rightCols(3), o.MX);
  row_major<float> beside(20, 6);  // interleaved in memory: it only seems to overlap
  beside.leftCols(3) = o.X;
  beside.rightCols(3) = M * beside.leftCols(3);
  near(beside.rightCols(3), o.MX);
  near(beside.leftCols(3), definition::exact(o.X));
}

TEST_CASE("Eigen: an operand that is resized, and a transpose of itself") {
  one_head_of<float> o(20, 5, 3);
  definition::rows const MX =
      definition::semiseparable(o.log_a, definition::exact(o.C), definition::exact(o.B)) * definition::exact(o.X);
  matrix<float> C = o.C;
  C = semiseparable(o.log_a, C, o.B) * o.X;
  near(C, MX);
  operands p;
  matrix<float> square = random_rows<float>(20, 20, 7);
  definition::rows const expected = p.M * definition::exact(square).transpose();
  square = semiseparable(p.log_a, p.C, p.B) * square.transpose();
  near(square, expected);
}

TEST_CASE("the log-decays, the factor, the tables and the skip are operands too") {
  operands o;
  vector<float> a = o.log_a;
  a = semiseparable(a, o.C, o.B) * o.X.col(0);
  near(a, o.MX.col(0));

  vector<float> dt = -random_log_a<float>(20, 9);
  definition::rows const scaled = o.M * definition::exact(dt).asDiagonal() * definition::exact(o.X).leftCols(1);
  dt = semiseparable(o.log_a, o.C, o.B) * scale_rows(o.X.leftCols(1), dt);
  near(dt, scaled);

  matrix<float> phi = random_rows<float>(20, 1, 9), before = phi;
  auto angle = [&](index_t t, index_t j) { return definition::real(before(t, j)); };
  definition::rows const turned =
      definition::semiseparable(o.log_a, definition::rotated(definition::exact(o.C), angle, 1),
                                definition::exact(o.B)) *
      definition::exact(o.X).leftCols(1);
  phi = semiseparable(o.log_a, rotate(o.C, phi, pairing::interleaved), o.B) * o.X.leftCols(1);
  near(phi, turned);

  vector<float> D(1);
  D << 3;
  vector<float> const x = o.X.col(0).head(1);
  D = semiseparable(o.log_a.head(1), o.C.topRows(1), o.B.topRows(1), skip(D)) * x;
  CHECK(D(0) == doctest::Approx(o.C.row(0).dot(o.B.row(0)) * x(0) + 3 * x(0)));
}

TEST_CASE("attention, in either form") {
  operands o;
  definition::rows const A = definition::attention(definition::exact(o.C), definition::exact(o.B));
  auto each = [&](auto form) {
    matrix<float> Z = o.X;
    Z = with(form, attention(o.C, o.B) * Z);
    near(Z, A * definition::exact(o.X));
    matrix<float> Q = o.C;
    Q = with(form, attention(Q, Q) * Q);
    near(Q, definition::attention(definition::exact(o.C), definition::exact(o.C)) * definition::exact(o.C));
  };
  each(quadratic{}), each(online{4}), each(automatic{});
  matrix<float> Z = o.X, expected = linear_attention(o.C, o.B, normaliser::none) * o.X;
  Z = linear_attention(o.C, o.B, normaliser::none) * Z;
  CHECK(same_bits(Z, expected));
}

TEST_CASE("views: in place, shifted, backwards, and broadcast") {
  operands o;
  auto M = semiseparable(o.log_a, o.C, o.B);
  for_each_form([&](auto form) {
    matrix<float> Y = o.X;
    with(as_view(Y), form) = M * as_view(Y);
    near(Y, o.MX);
  });
  batch_of<float> heads(2, 20, 4, 3, 5), original(2, 20, 4, 3, 5);
  auto exact = [&](index_t b, index_t h) {
    return definition::rows(o.M * definition::exact(copied(original.all, b, h, 4)));
  };
  with(heads.all, cpu{2}) = M * heads.all;
  for (index_t b = 0; b < 2; ++b)
    for (index_t h = 0; h < 4; ++h) near(copied(heads.all, b, h, 4), exact(b, h));

  SUBCASE("heads in reverse order, over the same memory") {
    batch_of<float> x(2, 20, 4, 3, 5);
    view<float, 4> backwards(x.all.data + 3 * 3, {2, 20, 4, 3}, {240, 12, -3, 1});
    with(backwards, chunked{8}) = M * x.all;
    for (index_t b = 0; b < 2; ++b)
      for (index_t h = 0; h < 4; ++h) near(copied(backwards, b, h, 4), exact(b, h));
  }
  SUBCASE("every head is written to, from the memory of one of them") {
    batch_of<float> x(2, 20, 4, 3, 5);
    view<float, 4> first(x.all.data, {2, 20, 1, 3}, {240, 12, 3, 1});
    auto decays = std::vector<float>(o.log_a.data(), o.log_a.data() + 20);
    view<float, 3> same(decays.data(), {1, 20, 4}, {0, 1, 0});  // broadcast over heads
    with(x.all) = semiseparable(same, o.C, o.B) * first;
    for (index_t h = 0; h < 4; ++h) near(copied(x.all, 1, h, 4), exact(1, 0));
  }
}

TEST_CASE("with a state: Y may overlap operands, but not the state, nor the state an operand") {
  operands o;
  std::vector<float> memory(9 + 60);
  view<float, 4> h(memory.data(), {1, 3, 1, 3});
  auto M = semiseparable(o.log_a, o.C, o.B);
  ssm_state<float> state(h);
  matrix<float> Y = o.X;
  Y = M.from(state) * Y;
  near(Y, o.MX);
  auto const before = memory;
  using wrong = std::invalid_argument;
  view<float, 2> over_state(memory.data() + 8, {20, 3}), beside_state(memory.data() + 9, {20, 3});
  CHECK_THROWS_WITH_AS(with(over_state) = M.from(state) * o.X, "M.from(state) * X: the state lies in the memory of Y",
                       wrong);
  CHECK_THROWS_WITH_AS(with(as_view(Y)) = M.from(state) * over_state,
                       "M.from(state) * X: the state lies in the memory of an operand", wrong);
  Eigen::Map<matrix<float>> C_over_state(memory.data(), 20, 3);
  CHECK_THROWS_WITH_AS(Y = semiseparable(o.log_a, C_over_state, o.B).from(state) * o.X,
                       "M.from(state) * X: the state lies in the memory of an operand", wrong);
  CHECK(memory == before);
  CHECK(state.position() == 20);
  CHECK_NOTHROW(with(beside_state) = M.from(state) * o.X);
}

TEST_CASE("with a cache: neither Y nor an operand may lie in it") {
  operands o;
  kv_cache<float> cache(20, 3, 3);
  matrix<float> Z = attention(o.C, o.B).from(cache) * o.X;
  cache.roll_back(20);
  matrix<float> const keys = copied(cache.keys(), 0, 0, 1), values = copied(cache.values(), 0, 0, 1);
  auto A = attention(o.C, o.B);
  using wrong = std::invalid_argument;
  for (auto inside : {cache.keys(), cache.values()}) {
    view<float, 2> part(inside.data, {20, 3});
    CHECK_THROWS_WITH_AS(with(part) = A.from(cache) * o.X, "A.from(cache) * V: the cache lies in the memory of Y",
                         wrong);
    CHECK_THROWS_WITH_AS(with(as_view(Z)) = A.from(cache) * part,
                         "A.from(cache) * V: the cache lies in the memory of an operand", wrong);
    CHECK_THROWS_WITH_AS(with(as_view(Z)) = attention(part, o.B).from(cache) * o.X,
                         "A.from(cache) * V: the cache lies in the memory of an operand", wrong);
  }
  CHECK(cache.length() == 0);
  CHECK(same_bits(copied(cache.keys(), 0, 0, 1), keys));
  CHECK(same_bits(copied(cache.values(), 0, 0, 1), values));
  matrix<float> Y = o.X;
  Y = A.from(cache) * Y;  // Y over an operand is fine
  CHECK(same_bits(Y, Z));
}

}  // namespace evaluate_aliasing
