// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include "fixed_point.hpp"

namespace transxssm {

/// The upper word of a product of two words, a b / 2^64 rounded down.
constexpr std::uint64_t upper_product_by_halves(std::uint64_t a, std::uint64_t b) {  // as on paper
  std::uint64_t const mask = 0xffffffff, a1 = a >> 32, a0 = a & mask, b1 = b >> 32, b0 = b & mask;
  std::uint64_t const cross = (a0 * b0 >> 32) + (a1 * b0 & mask) + a0 * b1;
  return a1 * b1 + (a1 * b0 >> 32) + (cross >> 32);
}
constexpr std::uint64_t upper_product(std::uint64_t a, std::uint64_t b) {
#ifdef __SIZEOF_INT128__
  __extension__ using two_words = unsigned __int128;
  return std::uint64_t(two_words(a) * b >> 64);
#else
  return upper_product_by_halves(a, b);
#endif
}

/// An angle as a fraction of a full turn, in 192 bits of fixed point: [0, 1) in steps of 2^-192.
///
/// In radians the angle m theta has to be reduced modulo 2 pi, and the error of theta grows with m. As fractions of a
/// turn, the reduction is for free: a full turn is 1, which has no digit of its own and falls off.
///
///     With three decimal digits, 1 radian per step is .159 of a turn per step (1 / 2 pi). At step 9 that is
///     9 x .159 = 1.431, of which the digits keep .431: one full turn has gone, and 0.431 turn = 155 degrees is left.
///     In radians: 9 - 2 pi = 2.717 = 155.7 degrees.
///
/// So products with an integer and sums are exact, and the error is that of the rate alone: 2^-192 m of a turn, which
/// is 2^-161 at position 2^31. Negative angles are the same digits: -.431 is .569.
///
/// Cost: 1 ns a sum, 5 ns a product.
class turn {
 public:
  constexpr turn() = default;
  constexpr turn(std::uint64_t high, std::uint64_t middle, std::uint64_t low)
      : high_(high), middle_(middle), low_(low) {}
  /// What is left of a number of turns when the whole ones are dropped.
  explicit turn(fixed_point const& turns) : turn(two_limbs(turns, 6), two_limbs(turns, 4), two_limbs(turns, 2)) {}

  /// The same as a number in [0, 1).
  explicit operator fixed_point() const {
    auto part = [](std::uint64_t word, int shift) { return std::uint32_t(word >> shift); };
    return fixed_point(fixed_point::limb_array{0, 0, part(low_, 0), part(low_, 32), part(middle_, 0), part(middle_, 32),
                                               part(high_, 0), part(high_, 32), 0, 0});
  }
  constexpr std::uint64_t high() const { return high_; }      // of weight 2^-64
  constexpr std::uint64_t middle() const { return middle_; }  // of weight 2^-128
  constexpr std::uint64_t low() const { return low_; }        // of weight 2^-192

  constexpr turn& operator+=(turn const& other) {
    low_ += other.low_;
    std::uint64_t const carry = low_ < other.low_;
    std::uint64_t const sum = middle_ + other.middle_;
    middle_ = sum + carry;
    high_ += other.high_ + std::uint64_t(sum < other.middle_ || middle_ < carry);
    return *this;
  }
  constexpr turn operator-() const {
    std::uint64_t const low = 0 - low_, middle = ~middle_ + (low == 0);
    return {~high_ + (low == 0 && middle == 0), middle, low};
  }
  friend constexpr turn operator+(turn a, turn const& b) { return a += b; }
  friend constexpr turn operator-(turn const& a, turn const& b) { return a + -b; }
  friend constexpr bool operator==(turn const&, turn const&) = default;

  /// The angle after m steps of this size, m of either sign.
  friend constexpr turn operator*(turn const& step, index_t m) {
    std::uint64_t const n = m < 0 ? 0 - std::uint64_t(m) : std::uint64_t(m);
    turn const product = turn(step.high_ * n, step.middle_ * n, step.low_ * n) +
                         turn(upper_product(step.middle_, n), upper_product(step.low_, n), 0);
    return m < 0 ? -product : product;
  }
  friend constexpr turn operator*(index_t m, turn const& step) { return step * m; }

 private:
  static std::uint64_t two_limbs(fixed_point const& x, int i) { return std::uint64_t(x.limb(i + 1)) << 32 | x.limb(i); }

  std::uint64_t high_ = 0, middle_ = 0, low_ = 0;
};

}  // namespace transxssm
