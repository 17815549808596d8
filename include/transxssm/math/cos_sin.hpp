// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <bit>
#include <cmath>
#include <concepts>
#include <limits>
#include <utility>
#include "plane_rotation.hpp"
#include "turn.hpp"

// cos and sin of a turn, in four steps:
//   1. turn_from_quarter: the angle is q quarters, which only swap and negate, and a rest within an eighth of a turn;
//   2. in_radians: the rest in radians, as a sum of two numbers, high + low, that holds twice the digits;
//   3. taylor: the two series, the low part added to first order: within 1 ulp, also near the zeros;
//   4. for fewer digits than a double has, rounded if the ulp cannot matter, else again in 256 bits.
// Only + - * and integers, and no library's cos.

namespace transxssm {

/// Scalars that a table can hold: float, double, long double and 16-bit floating types that are made from a float.
template<class S>
concept table_scalar =
    std::floating_point<S> || (!std::integral<S> && sizeof(S) == 2 && std::constructible_from<S, float>);

/// `quarters` of a turn, and a rest: the magnitude, at most 1/8 of a turn, and its sign.
struct turn_from_quarter {
  unsigned quarters;
  bool negative;
  turn rest;

  explicit turn_from_quarter(turn const& x) : quarters(unsigned((x.high() + (std::uint64_t(1) << 61)) >> 62)) {
    turn const signed_rest(x.high() - (std::uint64_t(quarters) << 62), x.middle(), x.low());
    negative = signed_rest.high() >> 63;
    rest = negative ? -signed_rest : signed_rest;
  }
  /// From the cosine and sine of the rest to those of the angle.
  template<class F>
  plane_rotation<F> from_rest(plane_rotation<F> r) const {
    static constexpr F sign[] = {1, -1};  // looked up: branches here would be mispredicted half of the time
    F const both[] = {r.cos, r.sin * sign[negative]};
    unsigned const swapped = quarters & 1;
    return {both[swapped] * sign[swapped ^ (quarters >> 1 & 1)], both[1 - swapped] * sign[quarters >> 1 & 1]};
  }
};

/// high + low: twice the digits of F.
template<class F>
struct two_parts {
  F high, low;
};

/// 2 pi x for 0 <= x <= 1/8 of a turn.
template<class F>
two_parts<F> in_radians(turn x) {
  constexpr F word = F(1) / (std::uint64_t(1) << 63) / 2;  // 2^-64

  // x = (a + b word) scale: two words, of which a has its second bit set (not the first: signed conversions are faster)
  F scale = 1;
  for (; x.high() == 0 && scale > word * word; scale *= 8 * word)  // by 61 bits
    x = turn(x.middle() >> 3, x.middle() << 61 | x.low() >> 3, x.low() << 61);
  int const shift = std::countl_zero(x.high() | 1) - 1;  // 1 ... 62
  std::uint64_t const a = x.high() << shift | x.middle() >> (64 - shift);
  std::uint64_t const b = x.middle() << shift | x.low() >> (64 - shift);
  scale *= F(std::int64_t(1) << (62 - shift)) * (4 * word * 8 * word);

  // times p + q word, which is pi / 4
  constexpr std::uint64_t p = 0xC90FDAA22168C234, q = 0xC4C6628B80DC1CD1;
  std::uint64_t const lower = a * p, one_more = lower + upper_product(a, q), low = one_more + upper_product(b, p);
  std::uint64_t const high = upper_product(a, p) + (one_more < lower) + (low < one_more);

  constexpr int spare = std::numeric_limits<F>::digits < 63 ? 63 - std::numeric_limits<F>::digits : 0;
  std::int64_t const kept = std::int64_t(high >> spare << spare), rest = std::int64_t(high) - kept;
  return {F(kept) * scale, (F(rest) + F(std::int64_t(low >> 1)) * (2 * word)) * scale};
}

/// c[0] + c[1] x + c[2] x^2 + ..., without a loop.
template<class F, std::size_t n>
F polynomial(F const (&c)[n], F x) {
  return [&]<std::size_t... i>(std::index_sequence<i...>) {
    F sum = 0;
    ((sum = sum * x + c[n - 1 - i]), ...);
    return sum;
  }(std::make_index_sequence<n>());
}

/// cos(r) and sin(r) for 0 <= r <= pi/4, with the sums in the order that rounds least: the smaller first.
template<class F>
plane_rotation<F> taylor(two_parts<F> r) {
  constexpr int digits = std::numeric_limits<F>::digits, terms = digits <= 53 ? 8 : digits <= 64 ? 10 : 17;
  struct coefficients {
    F cos[terms], sin[terms];  // 1/4!, -1/6!, ... and -1/3!, 1/5!, ...
    constexpr coefficients() : cos(), sin() {
      F factorial = 6, sign = 1;
      for (int i = 0, n = 4; i < terms; ++i, n += 2, sign = -sign)
        sin[i] = -sign / factorial, factorial *= F(n), cos[i] = sign / factorial, factorial *= F(n + 1);
    }
  };
  static constexpr coefficients c;
  F const x = r.high, x2 = x * x;
  F const half = x2 / 2, one_less_half = 1 - half;
  F const cos = one_less_half + ((1 - one_less_half - half) + (x2 * x2 * polynomial(c.cos, x2) - x * r.low));
  return {cos, x + (x * x2 * polynomial(c.sin, x2) + r.low * cos)};
}

/// The nearest S. A 16-bit S is made from a float whose last bit tells that digits follow, so that nothing is rounded
/// twice: as it would be from 1 + 2^-9 + 2^-40, which lies above the middle of two bfloat16 and whose nearest float is
/// that middle.
template<table_scalar S>
S rounded(double x) {
  if constexpr (std::floating_point<S>) {
    return S(x);
  } else {
    float const nearest = float(x);
    if (double(nearest) == x) return S(nearest);
    auto const bits = std::bit_cast<std::uint32_t>(nearest) - (std::abs(double(nearest)) > std::abs(x));
    return S(std::bit_cast<float>(bits | 1));
  }
}

/// cos and sin in 256 bits, as doubles whose last bit tells that digits follow: to be rounded once more.
inline plane_rotation<double> cos_sin_in_256_bits(turn const& x) {
  turn_from_quarter const reduced(x);
  fixed_point const r = fixed_point(reduced.rest) * fixed_point::pi().shifted(1), r2 = r * r;
  fixed_point cos = 1, sin = 1;
  for (std::uint32_t n = 60; n > 0; n -= 2)  // 1 - r^2/(1*2) (1 - r^2/(3*4) (1 - ...)), and the same for sin(r) / r
    cos = 1 - (r2 * cos).over(n * (n - 1)), sin = 1 - (r2 * sin).over(n * (n + 1));
  auto odd = [](fixed_point const& y) {
    auto const [bits, exponent] = y.leading_bits();
    std::uint64_t const last = 1 << 11;
    return std::ldexp(double((bits & ~(last - 1)) | (bits & (last - 1) ? last : 0)), exponent);
  };
  return reduced.from_rest(plane_rotation<double>{odd(cos), odd(r * sin)});
}

/// cos(2 pi x) and sin(2 pi x): the nearest float or 16-bit number, always; double and long double within 1 ulp, also
/// near the zeros. (x as it stands in the turn; nearer to a zero than 2^-128, digits run out.)
///
/// Cost: 40 ns; 10 us where Ziv's test fails, which is one number in ten million.
template<table_scalar S>
plane_rotation<S> cos_sin(turn const& x) {
  using F = std::conditional_t<std::same_as<S, long double>, long double, double>;
  turn_from_quarter const reduced(x);
  plane_rotation<F> const y = reduced.from_rest(taylor(in_radians<F>(reduced.rest)));
  if constexpr (std::same_as<S, F>) {
    return y;
  } else {  // Ziv's test: the double is off by less than 2^-50 of itself; if all within 2^-48 round alike, so does it
    constexpr double below = 1 - 0x1p-48, above = 1 + 0x1p-48;
    plane_rotation<S> const a{rounded<S>(y.cos * below), rounded<S>(y.sin * below)};
    if (a.cos == rounded<S>(y.cos * above) && a.sin == rounded<S>(y.sin * above)) return a;
    plane_rotation<double> const z = cos_sin_in_256_bits(x);
    return {rounded<S>(z.cos), rounded<S>(z.sin)};
  }
}

}  // namespace transxssm
