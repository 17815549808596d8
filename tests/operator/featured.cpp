// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "support/definition.hpp"

namespace operator_featured {

using namespace transxssm;

TEST_CASE("elu(x) + 1 is positive, and continuous") {
  elu_plus_one f;
  for (double x : {-5.0, -1.0, -1e-9}) CHECK(f(x) == std::exp(x));
  for (double x : {1e-9, 1.0, 5.0}) CHECK(f(x) == x + 1);
  CHECK(f(0.0) == 1);
  CHECK(f(-30.0f) > 0);
}

TEST_CASE("feature_map acts entry by entry, before or after a rotation") {
  index_t const T = 12, N = 4;
  auto const Q = random_rows<double>(T, N, 1), K = random_rows<double>(T, N, 2), X = random_rows<double>(T, 3, 3);
  auto square = [](double x) { return x * x; };
  auto squared = [](definition::rows const& x) { return definition::rows(x.array().square()); };
  auto turned = [&](definition::rows const& x) { return definition::rotated(x, definition::angles(N), N / 2); };
  auto R = rotary_table<double>(frequencies(N), T);
  vector<double> const none = vector<double>::Zero(T);
  auto is = [&](auto const& M, definition::rows const& C, definition::rows const& B) {
    CHECK(definition::error(dense(M), definition::semiseparable(none, C, B)) < definition::bar<double>);
  };
  auto const q = definition::exact(Q), k = definition::exact(K);
  is(semiseparable(none, feature_map(Q, square), feature_map(K, square)), squared(q), squared(k));
  is(semiseparable(none, feature_map(rotate(Q, R), square), K), squared(turned(q)), k);
  is(semiseparable(none, rotate(feature_map(Q, square), R), rotate(K, R)), turned(squared(q)), turned(k));
  is(semiseparable(none, feature_map(matrix<double>(Q * 2), square), feature_map(K * 2, square)), squared(2 * q),
     squared(2 * k));
}

}  // namespace operator_featured
