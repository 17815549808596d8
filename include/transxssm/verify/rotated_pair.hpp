// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <cmath>
#include <concepts>
#include "exact_rotation.hpp"
#include "library.hpp"
#include "rotary_rounding.hpp"

namespace transxssm::verify {

/// Takes both sides at once and gives the scores: (Q, K, positions) -> (T, T), of which the part on and below the
/// diagonal is read. The alternative takes one side and gives its rotated rows: (X, positions) -> (T, d).
template<class F, class S>
concept gives_scores = std::invocable<F const&, matrix<S> const&, matrix<S> const&, positions const&>;

/// A query and a key: their exact score at each distance, and how far off a score may be. With q and k as complex
/// numbers per plane, the score is Re sum of q conj(k) e^{i (m - n) theta} = sum of even cos((m-n) theta) + odd
/// sin((m-n) theta).
template<class S, class Oracle>
struct rotated_pair {
  matrix<S> q, k;                 // (1, d)
  std::vector<Oracle> even, odd;  // (d/2)
  std::vector<double> even_in_double, odd_in_double;
  std::vector<double> weight;  // (d/2): |q_i||k_i| / (|q||k|)
  double size;                 // |q||k|

  rotated_pair(matrix<S> query, matrix<S> key, pairing pairs) : q(std::move(query)), k(std::move(key)) {
    index_t planes = q.cols() / 2;
    bool half = pairs == pairing::half_split;
    double qq = 0, kk = 0;
    for (index_t i = 0; i < planes; ++i) {
      index_t re = half ? i : 2 * i, im = half ? i + planes : 2 * i + 1;
      Oracle q1 = exactly<Oracle>(q(re)), q2 = exactly<Oracle>(q(im)), k1 = exactly<Oracle>(k(re)),
             k2 = exactly<Oracle>(k(im));
      even.push_back(q1 * k1 + q2 * k2), odd.push_back(q1 * k2 - q2 * k1);
      even_in_double.push_back(static_cast<double>(even.back())),
          odd_in_double.push_back(static_cast<double>(odd.back()));
      double q_i = static_cast<double>(q1 * q1 + q2 * q2), k_i = static_cast<double>(k1 * k1 + k2 * k2);
      weight.push_back(std::sqrt(q_i * k_i)), qq += q_i, kk += k_i;
    }
    size = std::sqrt(qq * kk);
    for (double& w : weight) w /= size;
  }

  /// q R_{n-m} k^T (Eq. 4), at the distance m - n.
  Oracle exact(exact_rotation<Oracle>& rotation, index_t distance) const {
    auto const& turns = rotation.at(std::abs(distance));
    Oracle sum(0);
    for (std::size_t i = 0; i < even.size(); ++i)
      sum += even[i] * turns[i].cos + (distance < 0 ? Oracle(-odd[i]) : odd[i]) * turns[i].sin;
    return sum;
  }

  /// The same in double, off by at most 2^-51 (1 + distance) of |q||k|: enough to tell where an error passes 1e-4.
  double in_double(exact_rotation<Oracle> const& rotation, index_t distance) const {
    double sum = 0;
    for (std::size_t i = 0; i < even.size(); ++i) {
      double const angle = static_cast<double>(distance) * rotation.frequency(static_cast<index_t>(i));
      sum += even_in_double[i] * std::cos(angle) + odd_in_double[i] * std::sin(angle);
    }
    return sum;
  }

  /// Of the error relative to |q||k|. `products` is the relative error of the d products and their sum, or 0.
  double bound(exact_rotation<Oracle> const& rotation, rotary_rounding const& rounding, double products, index_t m,
               index_t n) const {
    double sum = 0;
    for (std::size_t i = 0; i < weight.size(); ++i) {
      double theta = rotation.frequency(static_cast<index_t>(i));
      double grown = (1 + rounding.error(m, theta)) * (1 + rounding.error(n, theta));
      sum += weight[i] * (grown * (1 + products) - 1);
    }
    return sum;
  }
};

/// The scores of a pair at positions (m_i, n_i), i = 0, 1, ..., by the callable.
template<class S, class Oracle, class F>
std::vector<double> scores_at(F const& f, rotated_pair<S, Oracle> const& pair, positions const& m, positions const& n) {
  std::vector<double> scores;
  if constexpr (gives_scores<F, S>) {
    constexpr std::size_t block = 32;  // pairs to a matrix of scores: row 2i + 1 has m_i, and column 2i has n_i
    for (std::size_t first = 0; first < m.size(); first += block) {
      positions both;
      for (std::size_t i = first; i < std::min(first + block, m.size()); ++i)
        both.push_back(n[i]), both.push_back(m[i]);
      auto rows = static_cast<index_t>(both.size());
      auto const G = f(matrix<S>(pair.q.replicate(rows, 1)), matrix<S>(pair.k.replicate(rows, 1)), both);
      for (index_t i = 0; i < rows; i += 2) scores.push_back(exactly<double>(G(i + 1, i)));
    }
  } else {
    auto rows = static_cast<index_t>(m.size());
    matrix<double> q = cast<double>(f(matrix<S>(pair.q.replicate(rows, 1)), m));
    matrix<double> k = cast<double>(f(matrix<S>(pair.k.replicate(rows, 1)), n));
    for (index_t i = 0; i < rows; ++i) scores.push_back(q.row(i).dot(k.row(i)));
  }
  return scores;
}

/// The scores of a pair at all pairs of a grid of positions, in the oracle's arithmetic as far as they are ours to sum.
template<class S, class Oracle, class F>
matrix<Oracle> scores_on(F const& f, rotated_pair<S, Oracle> const& pair, positions const& grid) {
  auto rows = static_cast<index_t>(grid.size());
  matrix<S> Q = pair.q.replicate(rows, 1), K = pair.k.replicate(rows, 1);  // (T, d)
  if constexpr (gives_scores<F, S>) {
    return cast<Oracle>(f(Q, K, grid));
  } else {
    matrix<Oracle> q = cast<Oracle>(f(Q, grid)), k = cast<Oracle>(f(K, grid));
    matrix<Oracle> G = matrix<Oracle>::Zero(rows, rows);
    for (index_t i = 0; i < rows; ++i)
      for (index_t j = 0; j < rows; ++j)
        for (index_t c = 0; c < q.cols(); ++c) G(i, j) += q(i, c) * k(j, c);
    return G;
  }
}

}  // namespace transxssm::verify
