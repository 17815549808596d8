// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "support/definition.hpp"

namespace lifetime_expressions {

using namespace transxssm;
using Eigen::MatrixXf, Eigen::VectorXf;

// Law 4: an expression borrows what outlives it and owns what does not. What it must not do, only an address sanitizer
// sees: these run under one.
namespace {

constexpr index_t T = 20, N = 4, P = 3;

struct operands : one_head_of<float> {
  definition::rows M, MX;
  operands() : one_head_of<float>(20, 4, 3) {
    M = definition::semiseparable(log_a, definition::exact(C), definition::exact(B));
    MX = M * definition::exact(X);
  }
};
void near(MatrixXf const& got, definition::rows const& expected) {
  CHECK(definition::error(got, expected) < definition::bar<float>);
}
definition::rows turned(definition::rows const& x) { return definition::rotated(x, definition::angles(N), N / 2); }

rotary_table<float> table() { return {frequencies(N), T}; }

auto operator_of_a_function(MatrixXf const& C, VectorXf const& log_a) {
  auto R = table();
  return semiseparable(VectorXf(log_a * 2), rotate(MatrixXf(C * 2), std::move(R)), rotate(C * 3, table()));
}
auto attention_of_a_function(MatrixXf const& Q) {
  packed documents({0, 7, 20});
  return attention(rotate(Q * 2, table()), MatrixXf(Q), std::move(documents), sliding_window(5));
}
auto product_of_a_function(operands const& o) {
  MatrixXf C = o.C, X = o.X;
  packed documents({0, 20});
  MatrixXf D = MatrixXf::Constant(1, 1, 2);
  VectorXf dt = VectorXf::Ones(T);
  return with(chunked{8},
              semiseparable(o.log_a, std::move(C), o.B * 1, skip(std::move(D).col(0).eval()), std::move(documents)) *
                  scale_rows(std::move(X), std::move(dt)));
}

}  // namespace

TEST_CASE("owned: temporaries, expressions, expressions over temporaries, moved matrices") {
  operands o;
  auto M = semiseparable(VectorXf(o.log_a * 1), MatrixXf(o.C * 2), MatrixXf(o.B) * 0.5f);
  near(M * o.X, o.MX);
  auto copy = M;
  auto moved = std::move(M);
  near(copy * o.X, o.MX);
  near(moved * MatrixXf(o.X), o.MX);
  auto e = semiseparable(o.log_a, o.C * 2, o.B / 2) * (o.X * 2);
  near(e, 2 * o.MX);
  auto kept = with(chunked{8}, semiseparable(o.log_a, MatrixXf(o.C), MatrixXf(o.B)) * MatrixXf(o.X));
  near(kept, o.MX);
  auto sum = o.X + with(chunked{8}, semiseparable(o.log_a, MatrixXf(o.C), MatrixXf(o.B)) * MatrixXf(o.X));
  near(sum, o.MX + definition::exact(o.X));
  auto named_expression = o.C * 2;
  near(semiseparable(o.log_a, named_expression, o.B) * o.X, 2 * o.MX);
}

TEST_CASE("borrowed: matrices, maps, blocks, refs, in either storage order") {
  operands o;
  row_major<float> C = o.C;
  std::vector<float> memory(o.B.data(), o.B.data() + o.B.size());
  Eigen::Map<MatrixXf const> B(memory.data(), T, N);
  Eigen::Ref<MatrixXf const> X = o.X;
  near(semiseparable(o.log_a, C, B) * X, o.MX);
  MatrixXf wide(T, 3 * N);
  wide << o.B, o.C, o.B;
  auto M = semiseparable(o.log_a, wide.middleCols(N, N), wide.rightCols(N));
  near(M * o.X, o.MX);
  wide.middleCols(N, N) *= 2;  // values may change after M was written
  near(M * o.X, 2 * o.MX);
  MatrixXf transposed = o.C.transpose();
  near(semiseparable(o.log_a.transpose(), transposed.transpose(), o.B) * o.X, o.MX);
  auto of_a_ref = semiseparable(o.log_a, Eigen::Ref<MatrixXf const>(o.C + 0 * o.C), o.B);  // it holds a temporary
  near(of_a_ref * o.X, o.MX);
  static_assert(std::is_same_v<decltype(M), decltype(semiseparable(o.log_a, o.C, o.B))>,
                "what is borrowed has one type");
}

TEST_CASE("tables: moved, temporary, rows of a named one, and angles") {
  operands o;
  definition::rows const expected =
      definition::semiseparable(o.log_a, turned(definition::exact(o.C)), turned(definition::exact(o.B))) *
      definition::exact(o.X);
  auto M = semiseparable(o.log_a, rotate(o.C, table()), rotate(MatrixXf(o.B), table()));
  near(M * o.X, expected);
  auto copy = M;
  near(copy * o.X, expected);
  auto R = table();
  auto rows = R.middle_rows(0, T);
  auto L = semiseparable(o.log_a, rotate(o.C, R.middle_rows(0, T)), rotate(o.B, rows));
  near(L * o.X, expected);
  MatrixXf phi(T, N / 2);
  for (index_t t = 0; t < T; ++t)
    for (index_t j = 0; j < N / 2; ++j) phi(t, j) = float(definition::angles(N)(t, j));
  auto A = semiseparable(o.log_a, rotate(o.C, phi * 1, pairing::interleaved),
                         rotate(o.B, MatrixXf(phi), pairing::interleaved));
  CHECK(definition::error(MatrixXf(A * o.X), expected) < 1e-5);  // angles in float
}

TEST_CASE("options: a temporary packed, a skip of a temporary, a moved one") {
  operands o;
  auto M = semiseparable(o.log_a, o.C, o.B, packed({0, 7, 20}), skip(VectorXf::Constant(1, 3).eval()));
  auto A = attention(o.C, o.B, scale(0.5), packed({0, 7, 20}));
  definition::rows expected(T, P), Z(T, P);
  for (auto [t, n] : {std::array<index_t, 2>{0, 7}, {7, 13}}) {
    auto rows = [&](MatrixXf const& x) { return definition::exact(x.middleRows(t, n)); };
    expected.middleRows(t, n) =
        definition::semiseparable(o.log_a.segment(t, n), rows(o.C), rows(o.B)) * rows(o.X) + 3 * rows(o.X);
    Z.middleRows(t, n) = definition::attention(rows(o.C), rows(o.B)) * rows(o.X);
  }
  near(M * o.X, expected);
  near(with(recurrent{}, M * o.X), expected);
  near(A * o.X, Z);
  auto copy = M;
  near(copy * o.X, expected);
  auto skipped = skip(VectorXf(VectorXf::Constant(1, 3)));
  auto of_a_name = semiseparable(o.log_a, o.C, o.B, skipped);
  near(of_a_name * o.X, o.MX + 3 * definition::exact(o.X));
}

TEST_CASE("returned from functions") {
  operands o;
  auto M = operator_of_a_function(o.C, o.log_a);
  auto const C = turned(definition::exact(o.C));
  near(M * o.X, 6 * definition::semiseparable(VectorXf(o.log_a * 2), C, C) * definition::exact(o.X));
  auto A = attention_of_a_function(o.C);
  MatrixXf Z = A * o.X, Z7 = A.over(A.q, A.k, A.where) * o.X;
  CHECK(Z.allFinite());
  CHECK(same_bits(Z, Z7));
  auto e = product_of_a_function(o);
  near(e, o.MX + 2 * definition::exact(o.X));
  auto f = o.X + product_of_a_function(o);
  near(f, o.MX + 3 * definition::exact(o.X));
}

TEST_CASE("an operator that owns its operands, continuing a state") {
  operands o;
  ssm_state<float> state(N, P);
  auto continues = [&] { return semiseparable(VectorXf(o.log_a), MatrixXf(o.C), o.B * 1).from(state); };
  auto M = continues();
  auto e = std::move(M) * MatrixXf(o.X);
  near(e, o.MX);
  kv_cache<float> cache(2 * T, N, P);
  auto A = attention(MatrixXf(o.C), MatrixXf(o.B)).from(cache);
  near(A * MatrixXf(o.X),
       definition::attention(definition::exact(o.C), definition::exact(o.B)) * definition::exact(o.X));
}

TEST_CASE("linear attention, of temporaries") {
  operands o;
  auto A =
      linear_attention(feature_map(MatrixXf(o.C), elu_plus_one{}),
                       rotate(feature_map(o.B * 1, elu_plus_one{}), table()), normaliser::unrotated, packed({0, 20}));
  auto R = table();
  MatrixXf expected = linear_attention(feature_map(o.C, elu_plus_one{}), rotate(feature_map(o.B, elu_plus_one{}), R),
                                       normaliser::unrotated) *
                      o.X;
  CHECK(same_bits((A * o.X).eval(), expected));
  CHECK(same_bits((A * MatrixXf(o.X)).eval(), expected));
}

TEST_CASE("where a result may go") {
  operands o;
  auto M = [&] { return semiseparable(o.log_a, o.C, o.B); };
  VectorXf x = o.X.col(0), y = M() * x;
  near(y, o.MX.col(0));
  row_major<float> Y = M() * o.X;
  near(Y, o.MX);
  MatrixXf big = MatrixXf::Zero(T + 2, P + 2);
  big.block(1, 1, T, P) = M() * o.X;
  near(big.block(1, 1, T, P), o.MX);
  CHECK((big.row(0).isZero(0) && big.col(0).isZero(0) && big.row(T + 1).isZero(0) && big.col(P + 1).isZero(0)));
  big.transpose().block(1, 1, P, T).transpose() = M() * (2 * o.X);
  near(big.block(1, 1, T, P), 2 * o.MX);
  MatrixXf S = o.X + with(chunked{8}, M() * o.X) * 2;
  near(S, definition::exact(o.X) + 2 * o.MX);
  S -= M() * o.X;
  near(S, definition::exact(o.X) + o.MX);
  S = (M() * o.X).cwiseProduct(o.X).transpose() * (M() * o.X);
  CHECK(definition::error(S, o.MX.cwiseProduct(definition::exact(o.X)).transpose() * o.MX) < 1e-5);
  S = M() * (M() * o.X);
  near(S, o.M * o.MX);
  Eigen::MatrixXd D = (M() * o.X).cast<double>();
  CHECK(definition::error(D, o.MX) < definition::bar<float>);
  Eigen::ArrayXXf array = (M() * o.X).array() * 2;
  near(array.matrix(), 2 * o.MX);
}

TEST_CASE("views of rows made from temporaries") {
  batch_of<float> X(1, T, 2, P, 1), Y(1, T, 2, P, 2), Z(1, T, 2, P, 3);
  operands o;
  std::vector<float> dt(T * 2, 2);
  auto e = semiseparable(VectorXf(o.log_a), MatrixXf(o.C), o.B * 1) *
           scale_rows(X.all, view<float, 3>(dt.data(), {1, T, 2}));
  with(Y.all) = e;
  with(Z.all) = semiseparable(o.log_a, o.C, o.B) * X.all;
  for (index_t h = 0; h < 2; ++h) near(copied(Y.all, 0, h, 2), 2 * definition::exact(copied(Z.all, 0, h, 2)));
}

}  // namespace lifetime_expressions
