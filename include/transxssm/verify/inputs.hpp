// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <type_traits>
#include "../core/view.hpp"
#include "../math/random_numbers.hpp"

/// What the verifications are run on: one head, in plain Eigen matrices. Yours, or random.
namespace transxssm::verify {

template<class S>
using matrix = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>;
template<class S>
using vector = Eigen::Matrix<S, Eigen::Dynamic, 1>;

/// Y = (L o (C B^T)) X.     log_a (T) <= 0; C, B (T, N), rotated already or not at all; X (T, P)
template<class S>
struct ssd_input {
  vector<S> log_a;
  matrix<S> C, B, X;
};

/// Z = softmax(mask + Q K^T / sqrt(N)) V.     Q, K (T, N), rotated already or not at all; V (T, P)
template<class S>
struct attention_input {
  matrix<S> Q, K, V;
};

/// x in the scalar To, exactly, wherever To holds it. (The 16-bit scalars convert by way of float.)
template<class To, class S>
To exactly(S const& x) {
  if constexpr (std::is_same_v<To, S>) return x;
  else if constexpr (std::is_class_v<S> && sizeof(S) == 2) return To(static_cast<float>(x));
  else return To(x);
}
template<class To, class M>
auto cast(M const& m) {
  return m.unaryExpr([](typename M::Scalar const& x) { return exactly<To>(x); }).eval();
}
template<class To, class S>
ssd_input<To> cast(ssd_input<S> const& in) {
  return {cast<To>(in.log_a), cast<To>(in.C), cast<To>(in.B), cast<To>(in.X)};
}
template<class To, class S>
attention_input<To> cast(attention_input<S> const& in) {
  return {cast<To>(in.Q), cast<To>(in.K), cast<To>(in.V)};
}

/// Numbers spread evenly over [-1, 1), and rows of them.
struct random_numbers : transxssm::random_numbers {
  using transxssm::random_numbers::random_numbers;
  double operator()() { return 2 * uniform() - 1; }
  template<class S>
  matrix<S> rows(index_t T, index_t columns) {
    return matrix<S>::NullaryExpr(T, columns, [this] { return S((*this)()); });
  }
};

/// Decays around `mean_log_a`: every log_a lies between 0 and twice that.
template<class S>
ssd_input<S> random_ssd(index_t T, index_t N, index_t P, double mean_log_a = -0.1, std::uint64_t seed = 1) {
  random_numbers next(seed);
  vector<S> log_a = vector<S>::NullaryExpr(T, [&] { return S(mean_log_a * (1 + next())); });
  matrix<S> C = next.rows<S>(T, N), B = next.rows<S>(T, N), X = next.rows<S>(T, P);
  return {log_a, C, B, X};
}

template<class S>
attention_input<S> random_attention(index_t T, index_t N, index_t P, std::uint64_t seed = 1) {
  random_numbers next(seed);
  matrix<S> Q = next.rows<S>(T, N), K = next.rows<S>(T, N), V = next.rows<S>(T, P);
  return {Q, K, V};
}

}  // namespace transxssm::verify
