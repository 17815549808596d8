// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <Eigen/Core>
#include <transxssm/math/angles.hpp>
#include "oracle.hpp"

using namespace transxssm;

TEST_CASE("angles of one head: a matrix, its view, its rows") {
  Eigen::MatrixXd const phi = Eigen::MatrixXd::Random(5, 3) * 7;
  angles<Eigen::MatrixXd> const given{phi, pairing::half_split};
  auto const seen = given.borrowed();
  CHECK((given.batch() == 1 && given.rows() == 5 && given.heads() == 1 && given.planes() == 3));
  CHECK((seen.rows() == 5 && seen.planes() == 3 && seen.pairs == pairing::half_split));
  for (index_t t = 0; t < 5; ++t)
    for (index_t j = 0; j < 3; ++j) {
      auto const [cos, sin] = seen(t, j);
      CHECK(cos == std::cos(phi(t, j)));
      CHECK(sin == std::sin(phi(t, j)));
    }
  CHECK(seen.middle_rows(2, 2).rows() == 2);
  CHECK(seen.middle_rows(2, 2)(1, 2).sin == std::sin(phi(3, 2)));
}

TEST_CASE("angles of a batch of heads") {
  std::vector<float> phi(2 * 3 * 4 * 5);  // (batch, T, head, plane)
  for (std::size_t i = 0; i < phi.size(); ++i) phi[i] = float(i);
  angles<view<float, 4>> const given{{phi.data(), {2, 3, 4, 5}}, pairing::interleaved};
  CHECK((given.batch() == 2 && given.rows() == 3 && given.heads() == 4 && given.planes() == 5));
  auto const one = given.head(1, 5, 8);  // of 8 heads, two share each: 5 / 2 = 2
  CHECK((one.rows() == 3 && one.planes() == 5));
  CHECK(one(2, 4).cos == std::cos(float(((1 * 3 + 2) * 4 + 2) * 5 + 4)));
}

TEST_CASE("angles of any scalar: its own cos and sin are found") {
  std::vector<oracle::real> const phi{0.5, oracle::pi / 6};
  angles<view<oracle::real const, 2>> const given{{phi.data(), {2, 1}}, pairing::interleaved};
  CHECK(abs(given(1, 0).sin - oracle::real(1) / 2) < 1e-98);
  CHECK(given(0, 0).cos == cos(oracle::real(0.5)));
}
