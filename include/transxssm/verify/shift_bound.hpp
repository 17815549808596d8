// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <utility>
#include "definition.hpp"
#include "rotary_rounding.hpp"

/// What rotations at positions t, and again at t + p, may change of the output of attention and of SSD: worst cases, by
/// plain loops and products in double.
///
/// With e_t the error of a plane at position t (rotary_rounding.hpp), the score of i and j is off by at most
///     g_ij = sum over planes of |q_i||k_j| ((1 + e_i)(1 + e_j) - 1)
/// here, and the same at the positions moved by p: by G_ij, both together. So SSD's output differs by at most
/// sum_j L_ij G_ij |x_j|. A softmax whose scores move by s changes each weight by a factor of e^{2 s} at most; so
/// attention's output differs by (e^{2 s} - 1) sum_j p_ij |v_j| <= (e^{2 s} - 1) max_j |v_j|, s = max_j G_ij / sqrt(N).
namespace transxssm::verify {

/// The errors of all planes of frequencies base^(-2i/d), and their lengths in a row of features.
struct plane_errors {
  rotary_rounding rounding;
  index_t d;
  double base;
  pairing pairs;

  /// At positions m, m + 1, ...     (T, d/2)
  matrix<double> at(index_t m, index_t T) const {
    return matrix<double>::NullaryExpr(T, d / 2, [&](index_t t, index_t i) {
      return rounding.error(m + t, std::pow(base, -2.0 * static_cast<double>(i) / static_cast<double>(d)));
    });
  }
  /// |x_i| of each plane.     X (T, d) -> (T, d/2)
  matrix<double> lengths(matrix<double> const& X) const {
    bool half = pairs == pairing::half_split;
    return matrix<double>::NullaryExpr(X.rows(), d / 2, [&](index_t t, index_t i) {
      return std::hypot(X(t, half ? i : 2 * i), X(t, half ? i + d / 2 : 2 * i + 1));
    });
  }
};

/// sum over planes of |a_i||b_j| ((1 + e_i)(1 + f_j) - 1), without the 1 in which small errors would be lost.
/// a, e (T, planes); b, f (S, planes)
inline matrix<double> product_error(matrix<double> const& a, matrix<double> const& e, matrix<double> const& b,
                                    matrix<double> const& f) {
  matrix<double> const ae = a.cwiseProduct(e), bf = b.cwiseProduct(f);
  return ae * b.transpose() + a * bf.transpose() + ae * bf.transpose();
}

/// The Frobenius norm of what may change of Z (T, P).
template<class S>
double attention_shift_bound(attention_input<S> const& input, plane_errors const& planes, index_t p) {
  auto const [Q, K, V] = cast<double>(input);
  index_t T = Q.rows();
  matrix<double> const q = planes.lengths(Q), k = planes.lengths(K), here = planes.at(0, T), there = planes.at(p, T);
  matrix<double> const G = product_error(q, here, k, here) + product_error(q, there, k, there);  // (T, T)
  double sum = 0;
  for (index_t i = 0; i < T; ++i) {
    double const s = G.row(i).head(i + 1).maxCoeff() / std::sqrt(static_cast<double>(Q.cols()));
    sum += std::pow(std::expm1(2 * s), 2) * V.topRows(i + 1).cwiseAbs().colwise().maxCoeff().squaredNorm();
  }
  return std::sqrt(sum);
}

/// The norms of what may change of Y (T, P), from a first state h (N, P) that is relocated by p; and of the last state,
/// which is relocated afterwards where nothing was shifted.
template<class S, class H>
std::pair<double, double> ssd_shift_bounds(ssd_input<S> const& input, matrix<H> const& first,
                                           plane_errors const& planes, index_t p) {
  auto const [log_a, C, B, X] = cast<double>(input);
  index_t T = X.rows();
  matrix<double> const c = planes.lengths(C), b = planes.lengths(B),
                       h = planes.lengths(cast<double>(first).transpose());
  matrix<double> const here = planes.at(0, T), there = planes.at(p, T);                             // (T, planes)
  matrix<double> const moved = planes.at(p, 1).replicate(h.rows(), 1), none = 0 * moved;            // (P, planes)
  matrix<double> const G = product_error(c, here, b, here) + product_error(c, there, b, there);     // (T, T)
  matrix<double> const read = product_error(c, here, h, none) + product_error(c, there, h, moved);  // (T, P)
  matrix<double> const relocated = planes.at(p, 1).replicate(T, 1);                                 // (T, planes)
  matrix<double> const written = here + relocated + here.cwiseProduct(relocated) + there;           // (T, planes)

  matrix<double> y = matrix<double>::Zero(T, X.cols());
  matrix<double> last = matrix<double>::Zero(b.cols(), X.cols());  // (planes, P)
  for (index_t i = 0; i < T; ++i) {
    double decay = 1;  // L_ij
    for (index_t j = i; j >= 0; decay *= std::exp(log_a(j)), --j) {
      y.row(i) += decay * G(i, j) * X.row(j).cwiseAbs();
      if (i + 1 == T) last += decay * b.row(j).cwiseProduct(written.row(j)).transpose() * X.row(j).cwiseAbs();
    }
    y.row(i) += decay * read.row(i);
    if (i + 1 == T) last += decay * 2 * h.cwiseProduct(moved).transpose();
  }
  return {y.norm(), last.norm()};
}

}  // namespace transxssm::verify
