// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "embed.hpp"
#include <cmath>
#include <numbers>
#include <random>

namespace demo {
namespace {

using Eigen::MatrixXf, Eigen::VectorXf;

/// Gaussian numbers that are the same with every standard library (std::normal_distribution is not).
class gaussian {
 public:
  explicit gaussian(std::uint64_t seed) : bits_(seed) {}
  MatrixXf matrix(index_t rows, index_t cols, double size) {
    MatrixXf values(rows, cols);
    for (index_t i = 0; i < rows; ++i)
      for (index_t j = 0; j < cols; ++j) values(i, j) = static_cast<float>(size * number());
    return values;
  }

 private:
  double uniform() { return (static_cast<double>(bits_() >> 11) + 0.5) * 0x1p-53; }
  double number() { return std::sqrt(-2 * std::log(uniform())) * std::cos(2 * std::numbers::pi * uniform()); }
  std::mt19937_64 bits_;
};

float softplus(float x) { return std::max(x, 0.0f) + std::log1p(std::exp(-std::abs(x))); }

/// Row b of the result is what byte b becomes; a text picks its rows.
MatrixXf picked(MatrixXf const& table, std::string_view text) {
  MatrixXf rows(static_cast<index_t>(text.size()), table.cols());
  for (index_t t = 0; t < rows.rows(); ++t)
    rows.row(t) = table.row(static_cast<unsigned char>(text[static_cast<std::size_t>(t)]));
  return rows;
}

}  // namespace

operands operands::first(index_t T) const {
  return {Q.topRows(T), K.topRows(T), V.topRows(T), C.topRows(T), B.topRows(T), X.topRows(T), log_a.head(T)};
}

operands embed(std::string_view text, shape const& how) {
  gaussian random(how.seed);
  double const unit = 1 / std::sqrt(static_cast<double>(how.d_model));  // so that a projection of e has entries near 1
  MatrixXf const E = random.matrix(256, how.d_model, 1);
  auto const projected = [&](index_t size) -> MatrixXf { return E * random.matrix(how.d_model, size, unit); };
  auto const kin = [&](MatrixXf const& of) -> MatrixXf {
    return how.kinship * of + std::sqrt(1 - how.kinship * how.kinship) * projected(of.cols());
  };

  MatrixXf const Q = projected(how.N), K = kin(Q), V = projected(how.P);
  MatrixXf const C = projected(how.N), B = kin(C), X = projected(how.P);
  VectorXf const dt = (1.5f * projected(1).array() - 4).unaryExpr(&softplus);
  float const scale = 1 / std::sqrt(static_cast<float>(how.N));
  return {picked(Q, text),         picked(K, text), picked(V, text),
          picked(scale * C, text), picked(B, text), picked(dt.asDiagonal() * X, text),
          picked(-dt, text)};
}

}  // namespace demo
