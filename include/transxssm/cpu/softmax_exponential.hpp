// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../math/decay.hpp"
#include "packet_exp2.hpp"

namespace transxssm {

// Softmax may take its exponentials to any base, if its scores are scaled to it: e^x = 2^(x log2 e), and the factor goes
// where 1 / sqrt(N) goes, into the queries. In base 2 the whole part of the exponent is a float's own exponent: 13
// instructions for a vector, where e^x takes 35, a fourth of the time of all products with N = P = 64.

/// 2^x for x <= 0, and an exact 0 below 2^-100, which adds nothing to a sum that holds a 1. NaN stays NaN.
template<class Packet>
EIGEN_ALWAYS_INLINE Packet exp2(Packet const& x) {
  Packet const whole = simd::print(x);
  Packet const y = exp2_of_parts<Packet>(whole, simd::psub(x, whole));
  return simd::pselect(simd::pcmp_lt(x, simd::pset1<Packet>(-100.f)), simd::pzero(x), y);
}

/// The exponentials of a softmax whose sums are kept in S: base^x for x <= 0, where scores are to be multiplied by
/// `factor` first. Where the machine has no vectors of S, it is e^x of any scalar.
template<class S>
struct softmax_exponential {
  static constexpr bool base_two = std::same_as<S, float> && packet_size<S> > 1;
  static constexpr double factor = base_two ? 1.4426950408889634 : 1;

  EIGEN_ALWAYS_INLINE packet<S> operator()(packet<S> const& x) const {
    if constexpr (base_two) return exp2(x);
    else if constexpr (packet_size<S> == 1) return decay(x);
    else
      return simd::pselect(simd::pcmp_lt(x, simd::pset1<packet<S>>(least_log_decay<S>())), simd::pzero(x),
                           simd::pexp(x));
  }
  S of_one(S const& x) const { return simd::pfirst((*this)(simd::pset1<packet<S>>(x))); }
};

}  // namespace transxssm
