// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include <cstddef>
#include <vector>

// The operators as the paper defines them, one number at a time, in any scalar R. Nothing of the library is used here:
// no header, no type, no formula. What the library computes is compared with this.
namespace oracle {

using index = std::ptrdiff_t;

/// A matrix: n rows of `width` numbers.
template<class R>
struct rows {
  index n = 0, width = 0;
  std::vector<R> x;

  rows() = default;
  rows(index count, index features, R const& fill = R(0))
      : n(count), width(features), x(static_cast<std::size_t>(count * features), fill) {}
  R& operator()(index i, index j) { return x[static_cast<std::size_t>(i * width + j)]; }
  R const& operator()(index i, index j) const { return x[static_cast<std::size_t>(i * width + j)]; }
};

/// theta_j = base^(-2j/d) (Eq. 5)
template<class R>
R rate(index j, index d, R const& base = R(10000)) {
  using std::pow;
  return pow(base, R(-2 * j) / R(d));
}

/// Every row t turned by angle(t, j) in plane j: (x, y) -> (x cos - y sin, x sin + y cos) (Eq. 3). Plane j is features
/// 2j and 2j + 1, or j and j + planes.
template<class R, class Angle>
void rotate(rows<R>& x, index planes, bool half_split, Angle const& angle) {
  using std::cos, std::sin;
  for (index t = 0; t < x.n; ++t)
    for (index j = 0; j < planes; ++j) {
      index const first = half_split ? j : 2 * j, second = half_split ? j + planes : 2 * j + 1;
      R const phi = angle(t, j), c = cos(phi), s = sin(phi), u = x(t, first), v = x(t, second);
      x(t, first) = u * c - v * s;
      x(t, second) = u * s + v * c;
    }
}

/// What an operator makes of its operands, and how large that would be if its terms had random signs: by chance a sum of
/// few terms is much smaller than each of them, and then an error is not to be measured by it.
template<class R>
struct answer {
  rows<R> Y, h;                        // (T, P), and the last state (N, P)
  R Y_spread = R(0), h_spread = R(0);  // the sums of the squares of the terms
};

/// h_t = a_t h_{t-1} + B_t X_t^T, Y_t = h_t^T C_t + D X_t, with a = exp(log_a), written out:
///
///     Y_t = sum_{s <= t} a_t ... a_{s+1} <C_t, B_s> X_s + a_t ... a_0 h^T C_t + D X_t        (Eq. 6, with Appendix A's L)
///
/// What is multiplied by a = 0 is not there at all.
template<class R>
answer<R> ssd(std::vector<R> const& log_a, rows<R> const& C, rows<R> const& B, rows<R> const& X, R const& D,
              rows<R> const& h) {
  using std::exp;
  index const T = X.n, N = C.width, P = X.width;
  answer<R> out{rows<R>(T, P), rows<R>(N, P)};
  auto a = [&](index t) { return R(exp(log_a[static_cast<std::size_t>(t)])); };
  for (index t = 0; t < T; ++t) {
    R L = R(1);
    for (index s = t; s >= 0 && L != R(0); L = L * a(s--)) {
      R dot = R(0), squares = R(0);
      for (index k = 0; k < N; ++k) {
        R const term = C(t, k) * B(s, k);
        dot = dot + term, squares = squares + term * term;
      }
      for (index p = 0; p < P; ++p) {
        out.Y(t, p) = out.Y(t, p) + L * dot * X(s, p);
        out.Y_spread = out.Y_spread + L * L * squares * X(s, p) * X(s, p);
      }
    }
    for (index p = 0; p < P; ++p) {
      for (index k = 0; k < N && L != R(0); ++k) {
        R const term = L * C(t, k) * h(k, p);
        out.Y(t, p) = out.Y(t, p) + term, out.Y_spread = out.Y_spread + term * term;
      }
      if (D != R(0)) out.Y(t, p) = out.Y(t, p) + D * X(t, p), out.Y_spread = out.Y_spread + D * D * X(t, p) * X(t, p);
    }
  }
  for (index k = 0; k < N; ++k)
    for (index p = 0; p < P; ++p) {
      R L = R(1);
      for (index s = T - 1; s >= 0 && L != R(0); L = L * a(s--)) {
        R const term = L * B(s, k) * X(s, p);
        out.h(k, p) = out.h(k, p) + term, out.h_spread = out.h_spread + term * term;
      }
      if (L != R(0)) out.h(k, p) = out.h(k, p) + L * h(k, p), out.h_spread = out.h_spread + L * L * h(k, p) * h(k, p);
    }
  return out;
}

/// The same, as the recurrence that it is, for long sequences. at_step(t, y, h) is told every step's y (P) and h (N, P).
template<class R, class AtStep>
void ssd_steps(std::vector<R> const& log_a, rows<R> const& C, rows<R> const& B, rows<R> const& X, rows<R> h,
               AtStep const& at_step) {
  using std::exp;
  index const T = X.n, N = C.width, P = X.width;
  std::vector<R> y(static_cast<std::size_t>(P), R(0));
  for (index t = 0; t < T; ++t) {
    R const a = exp(log_a[static_cast<std::size_t>(t)]);
    for (index p = 0; p < P; ++p) {
      R sum = R(0);
      for (index k = 0; k < N; ++k) {
        R const before = a == R(0) ? R(0) : R(a * h(k, p));
        h(k, p) = before + B(t, k) * X(t, p);
        sum = sum + C(t, k) * h(k, p);
      }
      y[static_cast<std::size_t>(p)] = sum;
    }
    at_step(t, y, h);
  }
}

/// softmax(scale Q K^T) V over the keys that sees(i, j) allows; query i of T stands at key S - T + i of S (Section 2.1).
template<class R, class Sees>
answer<R> attention(rows<R> const& Q, rows<R> const& K, rows<R> const& V, R const& scale, Sees const& sees) {
  using std::exp;
  index const T = Q.n, S = K.n, N = Q.width, P = V.width;
  answer<R> out{rows<R>(T, P), {}};
  for (index i = 0; i < T; ++i) {
    std::vector<R> weight(static_cast<std::size_t>(S), R(0));
    R top = R(0), sum = R(0);
    for (bool first = true; bool again : {true, false})  // the largest score, then the exponentials
      for (index j = 0; j < S; ++j) {
        if (!sees(S - T + i, j)) continue;
        R score = R(0);
        for (index k = 0; k < N; ++k) score = score + Q(i, k) * K(j, k);
        score = score * scale;
        if (again) {
          if (first || top < score) top = score, first = false;
        } else {
          weight[static_cast<std::size_t>(j)] = exp(score - top);
          sum = sum + weight[static_cast<std::size_t>(j)];
        }
      }
    for (index j = 0; j < S; ++j) {
      if (!sees(S - T + i, j)) continue;
      R const w = weight[static_cast<std::size_t>(j)] / sum;
      for (index p = 0; p < P; ++p)
        out.Y(i, p) = out.Y(i, p) + w * V(j, p), out.Y_spread = out.Y_spread + w * w * V(j, p) * V(j, p);
    }
  }
  return out;
}

/// Row i: sum_{j <= i} <Q_i, K_j> V_j, divided by sum_{j <= i} <Q'_i, K'_j> (Eq. 7), or by nothing if Q' has no rows.
template<class R>
answer<R> linear_attention(rows<R> const& Q, rows<R> const& K, rows<R> const& V, rows<R> const& Q_sum,
                           rows<R> const& K_sum) {
  index const T = Q.n, N = Q.width, P = V.width;
  answer<R> out{rows<R>(T, P), rows<R>(N, P + 1)};
  auto dot = [N](rows<R> const& q, index i, rows<R> const& k, index j, R& squares) {
    R sum = R(0);
    for (index f = 0; f < N; ++f)
      sum = sum + q(i, f) * k(j, f), squares = squares + q(i, f) * k(j, f) * q(i, f) * k(j, f);
    return sum;
  };
  for (index i = 0; i < T; ++i) {
    R divisor = R(1), unused = R(0);
    if (Q_sum.n != 0) {
      divisor = R(0);
      for (index j = 0; j <= i; ++j) divisor = divisor + dot(Q_sum, i, K_sum, j, unused);
    }
    for (index j = 0; j <= i; ++j) {
      R squares = R(0);
      R const score = dot(Q, i, K, j, squares);
      for (index p = 0; p < P; ++p) {
        out.Y(i, p) = out.Y(i, p) + score * V(j, p) / divisor;
        out.Y_spread = out.Y_spread + squares * V(j, p) * V(j, p) / (divisor * divisor);
      }
    }
  }
  for (index j = 0; j < T; ++j)
    for (index f = 0; f < N; ++f) {
      for (index p = 0; p < P; ++p) out.h(f, p) = out.h(f, p) + K(j, f) * V(j, p);
      if (K_sum.n != 0) out.h(f, P) = out.h(f, P) + K_sum(j, f);
    }
  return out;
}

}  // namespace oracle
