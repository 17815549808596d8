// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <boost/math/constants/constants.hpp>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <limits>
#include <vector>
#include <transxssm/math/fixed_point.hpp>
#include <transxssm/math/turn.hpp>

// Everything here is the textbook's formula in 100 digits, of Boost.Multiprecision.
namespace oracle {

using real = boost::multiprecision::cpp_bin_float_100;
using transxssm::index_t;

inline real const pi = boost::math::constants::pi<real>();

inline real value(transxssm::fixed_point const& x) {
  transxssm::fixed_point const magnitude = x.abs();
  real sum = 0;
  for (int i = transxssm::fixed_point::limbs; i-- > 0;) sum = ldexp(sum, 32) + magnitude.limb(i);
  sum = ldexp(sum, -transxssm::fixed_point::fraction_bits);
  return x.negative() ? real(-sum) : sum;
}
inline real value(transxssm::turn const& x) {
  return ldexp(ldexp(ldexp(real(x.low()), -64) + x.middle(), -64) + x.high(), -64);
}
/// The turn below x, 0 <= x < 1.
inline transxssm::turn nearest_turn(real x) {
  std::uint64_t word[3];
  for (auto& w : word) x = ldexp(x, 64), w = static_cast<std::uint64_t>(x), x -= w;
  return {word[0], word[1], word[2]};
}

/// theta_i = base^(-2i/d)
inline real theta(index_t i, index_t d, real base) { return pow(base, -real(2 * i) / d); }

/// |x - exact| in units of the last place of `exact`.
template<class F>
double ulps(F x, real const& exact) {
  if (exact == 0) return x == 0 ? 0 : std::numeric_limits<double>::infinity();
  int exponent;
  (void)frexp(exact, &exponent);
  return static_cast<double>(abs(x - exact) * ldexp(real(1), std::numeric_limits<F>::digits - exponent));
}

struct rotation {
  real cos, sin;
};
inline rotation operator*(rotation const& a, rotation const& b) {
  return {a.cos * b.cos - a.sin * b.sin, a.cos * b.sin + a.sin * b.cos};
}
inline rotation direct(real const& angle) { return {cos(angle), sin(angle)}; }

/// cos(m theta) and sin(m theta), |m| < 2^32, as the product of four powers of e^(i theta), one for each byte of m:
/// 20 times faster than direct(m theta), and as good, less about ten of the hundred digits.
class powers {
 public:
  explicit powers(real const& theta) {
    rotation step = direct(theta);
    for (auto& table : byte_) {
      table.push_back({1, 0});
      for (int i = 0; i < 256; ++i) table.push_back(table.back() * step);
      step = table.back();
    }
  }
  rotation operator()(index_t m) const {
    auto const n = std::size_t(m < 0 ? -m : m);
    rotation r = byte_[0][n & 255] * byte_[1][n >> 8 & 255];
    if (n >> 16) r = r * (byte_[2][n >> 16 & 255] * byte_[3][n >> 24]);
    if (m < 0) r.sin = -r.sin;
    return r;
  }

 private:
  std::vector<rotation> byte_[4];
};

/// The positions up to 2^31 where the angle comes nearest to a multiple of a quarter turn, where cos or sin is 0: the
/// denominators of the continued fraction of 2 theta / pi.
inline std::vector<index_t> nearest_to_zeros(real const& theta) {
  std::vector<index_t> found;
  real x = 2 * theta / pi;
  index_t before = 0, q = 1;
  while (q <= index_t(1) << 31) {
    found.push_back(q);
    real const rest = x - floor(x);
    if (rest < ldexp(real(1), -100)) break;
    x = 1 / rest;
    if (x > 1e12) break;
    index_t const next = static_cast<index_t>(floor(x)) * q + before;
    before = q, q = next;
  }
  return found;
}

}  // namespace oracle
