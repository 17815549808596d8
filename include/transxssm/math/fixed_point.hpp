// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <bit>
#include <cmath>
#include <compare>
#include <concepts>
#include <cstdint>
#include "../core/view.hpp"

namespace transxssm {

/// A real number with 64 bits before the binary point and 256 behind it, in two's complement.
///
/// Frequencies are computed with it, once per table: one logarithm, one exponential, a product per plane. A result is
/// off by a few units of 2^-256, where double would be off by 2^-53, and a position of 2^31 multiplies that error.
/// Logarithms and powers are in logarithm.hpp.
///
/// Domain: |x| < 2^62; there is no check for overflow. Cost: 0.1 us a product, 15 us a quotient.
/// Portable: 32-bit limbs, the lowest first, whose products fit 64 bits.
class fixed_point {
 public:
  static constexpr int limbs = 10, fraction_limbs = 8, fraction_bits = 32 * fraction_limbs;
  using limb_array = std::array<std::uint32_t, limbs>;

  constexpr fixed_point() = default;
  constexpr fixed_point(std::integral auto n)
      : limb_{0, 0, 0, 0, 0, 0, 0, 0, std::uint32_t(index_t(n)), std::uint32_t(index_t(n) >> 32)} {}
  /// Exactly x, less what is below 2^-256.
  explicit fixed_point(std::same_as<double> auto x) {
    int exponent;
    auto mantissa = index_t(std::ldexp(std::frexp(x, &exponent), 53));
    *this = fixed_point(mantissa).shifted(exponent - 53);
  }
  constexpr explicit fixed_point(limb_array const& lowest_first) : limb_(lowest_first) {}

  /// 3.14159... = 3.243F6A88 85A308D3 ... in base 16.
  static constexpr fixed_point pi() {
    return fixed_point(limb_array{0xEC4E6C89, 0x082EFA98, 0x299F31D0, 0xA4093822, 0x03707344, 0x13198A2E, 0x85A308D3,
                                  0x243F6A88, 3, 0});
  }

  constexpr std::uint32_t limb(int i) const { return limb_[std::size_t(i)]; }
  bool negative() const { return limb_[limbs - 1] >> 31; }
  fixed_point abs() const { return negative() ? -*this : *this; }
  index_t floor() const { return index_t(std::uint64_t(limb_[9]) << 32 | limb_[8]); }
  index_t ceil() const { return -(-*this).floor(); }

  /// x 2^n, towards minus infinity.
  fixed_point shifted(int n) const {
    fixed_point y;
    int const whole = n >> 5, part = n & 31;
    for (int i = 0; i < limbs; ++i)
      y.limb_[std::size_t(i)] = std::uint32_t((extended(i - whole) << 32 | extended(i - whole - 1)) << part >> 32);
    return y;
  }

  /// |x| = (bits + less than 1) 2^exponent with bits >= 2^63, or bits = 0. The last bit is also set where anything
  /// follows it, so that whatever `bits` is rounded to, |x| would be rounded to.
  struct leading {
    std::uint64_t bits;
    int exponent;
  };
  leading leading_bits() const {
    fixed_point x = abs();
    int zeros = 0;
    while (zeros < 32 * limbs && x.limb_[limbs - 1] == 0) x = x.shifted(32), zeros += 32;
    if (zeros == 32 * limbs) return {0, 0};
    int const more = std::countl_zero(x.limb_[limbs - 1]);
    x = x.shifted(more), zeros += more;
    auto bits = std::uint64_t(x.limb_[9]) << 32 | x.limb_[8];
    for (int i = 0; i < fraction_limbs; ++i) bits |= x.limb_[std::size_t(i)] != 0;
    return {bits, -zeros};
  }
  /// The nearest double.
  explicit operator double() const {
    auto [bits, exponent] = leading_bits();
    return std::ldexp(double(bits), exponent) * (negative() ? -1 : 1);
  }

  fixed_point operator-() const {
    fixed_point y;
    std::uint64_t carry = 1;
    for (std::size_t i = 0; i < limbs; ++i, carry >>= 32) y.limb_[i] = std::uint32_t(carry += std::uint32_t(~limb_[i]));
    return y;
  }
  friend fixed_point operator+(fixed_point const& a, fixed_point const& b) {
    fixed_point y;
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < limbs; ++i, carry >>= 32)
      y.limb_[i] = std::uint32_t(carry += std::uint64_t(a.limb_[i]) + b.limb_[i]);
    return y;
  }
  friend fixed_point operator-(fixed_point const& a, fixed_point const& b) { return a + -b; }

  /// The product, quotient and quotient by a small integer, towards zero.
  friend fixed_point operator*(fixed_point const& a, fixed_point const& b) {
    return signed_by(a.negative() != b.negative(), product(a.abs(), b.abs()));
  }
  friend fixed_point operator/(fixed_point const& a, fixed_point const& b) {
    return signed_by(a.negative() != b.negative(), quotient(a.abs(), b.abs()));
  }
  fixed_point over(std::uint32_t n) const {
    fixed_point y, x = abs();
    std::uint64_t rest = 0;
    for (std::size_t i = limbs; i-- > 0; rest %= n) {
      rest = rest << 32 | x.limb_[i];
      y.limb_[i] = std::uint32_t(rest / n);
    }
    return signed_by(negative(), y);
  }

  friend bool operator==(fixed_point const&, fixed_point const&) = default;
  friend std::strong_ordering operator<=>(fixed_point const& a, fixed_point const& b) {
    if (a.negative() != b.negative()) return b.negative() <=> a.negative();
    for (std::size_t i = limbs; i-- > 0;)
      if (a.limb_[i] != b.limb_[i]) return a.limb_[i] <=> b.limb_[i];
    return std::strong_ordering::equal;
  }

 private:
  std::uint64_t extended(int i) const {  // limb i of the same number with endless limbs on both sides
    return i < 0 ? 0 : i < limbs ? limb(i) : negative() ? 0xffffffffu : 0;
  }
  static fixed_point signed_by(bool negate, fixed_point const& x) { return negate ? -x : x; }

  static fixed_point product(fixed_point const& a, fixed_point const& b) {
    std::array<std::uint32_t, 2 * limbs> full{};
    for (std::size_t i = 0; i < limbs; ++i) {
      std::uint64_t carry = 0;
      for (std::size_t j = 0; j < limbs; ++j, carry >>= 32)
        full[i + j] = std::uint32_t(carry += std::uint64_t(a.limb_[i]) * b.limb_[j] + full[i + j]);
      full[i + limbs] = std::uint32_t(carry);
    }
    fixed_point y;
    for (std::size_t i = 0; i < limbs; ++i) y.limb_[i] = full[i + fraction_limbs];
    return y;
  }
  static fixed_point quotient(fixed_point const& a, fixed_point const& b) {  // long division, bit by bit
    fixed_point y, rest;
    for (int i = 32 * limbs - 1; i >= -fraction_bits; --i) {
      rest = rest.shifted(1), y = y.shifted(1);
      if (i >= 0) rest.limb_[0] |= a.limb(i / 32) >> (i % 32) & 1;
      if (rest >= b) rest = rest - b, y.limb_[0] |= 1;
    }
    return y;
  }

  limb_array limb_{};
};

}  // namespace transxssm
