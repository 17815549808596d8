// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "linear_attention_cases.hpp"

namespace laws_linear_attention {

// Eq. 7 and Eq. 6 are one sentence: linear attention is SSD without decay. And the order of feature map and rotation
// decides whether it depends on distances alone.
using namespace laws;

namespace {

using matrix = Eigen::MatrixXd;

matrix random_matrix(index_t rows, index_t cols, std::uint64_t seed) {
  dice random(seed);
  return matrix::NullaryExpr(rows, cols, [&] { return random.normal(); });
}

}  // namespace

TEST_CASE("Linear attention is a semiseparable operator with log_a = 0, and that is a triangle of a product") {
  for (index_t T : {1, 5, 33, 100}) {
    CAPTURE(T);
    index_t const N = 6;
    matrix const Q = random_matrix(T, N, 1), K = random_matrix(T, N, 2), V = random_matrix(T, 4, 3);
    auto const R = rotary_table<double>(frequencies(N), T);
    auto const q = rotate(feature_map(Q, elu_plus_one{}), R), k = rotate(feature_map(K, elu_plus_one{}), R);
    Eigen::VectorXd const none = Eigen::VectorXd::Zero(T);
    auto const A = linear_attention(q, k, normaliser::none);
    auto const M = semiseparable(none, q, k);
    matrix const features_q = dense(rotate(feature_map(Q, elu_plus_one{}), R)),
                 features_k = dense(rotate(feature_map(K, elu_plus_one{}), R));
    matrix const triangle = (features_q * features_k.transpose()).triangularView<Eigen::Lower>();
    CHECK((matrix(with(quadratic{}, A * V)).array() == matrix(with(quadratic{}, M * V)).array()).all());
    CHECK((matrix(with(chunked{8}, A * V)).array() == matrix(with(chunked{8}, M * V)).array()).all());
    CHECK((matrix(with(recurrent{}, A * V)).array() == matrix(with(recurrent{}, M * V)).array()).all());
    CHECK((dense(A) - triangle).norm() <= 1e-14 * triangle.norm());
    CHECK((matrix(A * V) - triangle * V).norm() <= 1e-14 * (triangle * V).norm());
  }
}

TEST_CASE("Moved by 5 positions: the same, if the rotation comes after the map; 6e-2 away, if the map comes after it") {
  index_t const T = 64, N = 16;
  matrix const Q = random_matrix(T, N, 4), K = random_matrix(T, N, 5), V = random_matrix(T, 8, 6);
  elu_plus_one const map;
  auto const here = rotary_table<double>(frequencies(N), T);
  auto const there = rotary_table<double>(frequencies(N), positions_from(5, T));
  auto distance = [&](auto const& operator_at) {
    matrix const a = operator_at(here) * V, b = operator_at(there) * V;
    return (a - b).norm() / a.norm();
  };
  auto printed = [&](auto const& R) {
    return linear_attention(feature_map(rotate(Q, R), map), feature_map(rotate(K, R), map));
  };
  auto rotated_last = [&](auto const& R) {
    return linear_attention(rotate(feature_map(Q, map), R), rotate(feature_map(K, map), R), normaliser::unrotated);
  };
  double const as_printed = distance(printed), with_rotation_last = distance(rotated_last);
  CAPTURE(as_printed);
  CAPTURE(with_rotation_last);
  CHECK(with_rotation_last < 3e-15);
  CHECK(as_printed > 0.03);
  CHECK(as_printed < 0.12);
}

TEST_CASE("The sum of its scores divides a row: rows of weights that sum up to one") {
  index_t const T = 40, N = 6;
  matrix const Q = random_matrix(T, N, 7), K = random_matrix(T, N, 8);
  elu_plus_one const map;
  auto const R = rotary_table<double>(frequencies(N), T);
  matrix const weights = dense(linear_attention(feature_map(rotate(Q, R), map), feature_map(rotate(K, R), map)));
  CHECK((weights.rowwise().sum().array() - 1).abs().maxCoeff() < 1e-14);
  CHECK(weights.minCoeff() >= 0);
  // Rotated last, the scores may be negative, and it is the scores before the rotation that sum up to one.
  matrix const rotated =
      dense(linear_attention(rotate(feature_map(Q, map), R), rotate(feature_map(K, map), R), normaliser::unrotated));
  CHECK((rotated.rowwise().sum().array() - 1).abs().maxCoeff() > 1e-3);
}

}  // namespace laws_linear_attention
