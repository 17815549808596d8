// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <cstring>
#include <random>
#include <vector>
#include <transxssm/transxssm.hpp>

// Operands for tests: normal numbers, the same in every run.

template<class S>
using matrix = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>;
template<class S>
using row_major = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template<class S>
using vector = Eigen::Matrix<S, Eigen::Dynamic, 1>;

using transxssm::index_t;
using transxssm::view;

template<class S>
std::vector<S> numbers(index_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<S> values;
  for (index_t i = 0; i < count; ++i) values.push_back(S(normal(random)));
  return values;
}
template<class S>
matrix<S> random_rows(index_t rows, index_t cols, unsigned seed) {
  auto values = numbers<S>(rows * cols, seed);
  return Eigen::Map<row_major<S>>(values.data(), rows, cols);
}
template<class S>
std::vector<S> log_decays(index_t count, unsigned seed) {
  auto values = numbers<S>(count, seed);
  for (S& a : values) a = a < S(0) ? a : S(-a);
  return values;
}
template<class S>
vector<S> random_log_a(index_t T, unsigned seed) {
  auto values = log_decays<S>(T, seed);
  return Eigen::Map<vector<S>>(values.data(), T);
}

/// What one head of an SSD or of attention is applied to.
template<class S>
struct one_head_of {
  index_t T, N, P;
  vector<S> log_a;    // (T), <= 0
  matrix<S> C, B, X;  // (T, N), (T, N), (T, P); also Q, K, V

  one_head_of(index_t steps, index_t state, index_t features, unsigned seed = 1)
      : T(steps),
        N(state),
        P(features),
        log_a(random_log_a<S>(T, seed)),
        C(random_rows<S>(T, N, seed + 1)),
        B(random_rows<S>(T, N, seed + 2)),
        X(random_rows<S>(T, P, seed + 3)) {}
};

/// Memory, and a contiguous view (batch, time, head, feature) of it.
template<class S>
struct batch_of {
  std::vector<S> memory;
  view<S, 4> all;

  batch_of(index_t batch, index_t T, index_t heads, index_t features, unsigned seed)
      : memory(numbers<S>(batch * T * heads * features, seed)), all(memory.data(), {batch, T, heads, features}) {}
  batch_of(batch_of const&) = delete;
  operator view<S, 4>() const { return all; }
};

/// One head of a view as a matrix of its own.
template<class S, int Axes>
auto copied(view<S, Axes> const& x, index_t b, index_t h, index_t heads) {
  auto one = x.head(b, h, heads);
  if constexpr (Axes == 3) {
    vector<std::remove_const_t<S>> values(one.rows());
    for (index_t t = 0; t < one.rows(); ++t) values(t) = one(t);
    return values;
  } else {
    matrix<std::remove_const_t<S>> values(one.rows(), one.cols());
    for (index_t t = 0; t < one.rows(); ++t)
      for (index_t j = 0; j < one.cols(); ++j) values(t, j) = one(t, j);
    return values;
  }
}

/// Are all bytes the same?
inline bool same_bits(auto const& a, auto const& b) {
  using S = transxssm::scalar_of<decltype(a)>;
  row_major<S> x = a, y = b;
  return x.rows() == y.rows() && x.cols() == y.cols() &&
         (x.size() == 0 || std::memcmp(x.data(), y.data(), std::size_t(x.size()) * sizeof(S)) == 0);
}
