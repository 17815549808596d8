// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../math/silu.hpp"
#include "packet_exp2.hpp"

namespace transxssm {

/// e^-x of floats, for -87 <= x <= 87: 2^-k 2^r, where k is the whole number next to x log2(e).
template<class Packet>
EIGEN_ALWAYS_INLINE Packet exp_of_minus(Packet const& x) {
  auto const constant = [](float c) { return simd::pset1<Packet>(c); };
  float const log2_e = 1.44269504f, log_2 = 0.693359375f,
              rest_of_it = -2.12194440e-4f;  // k log_2 is exact, fused or not
  Packet const k = simd::print(simd::pmul(x, constant(log2_e)));
  Packet const left = simd::pmadd(k, constant(-rest_of_it), simd::pmadd(k, constant(-log_2), x));  // x - k log(2)
  return exp2_of_parts<Packet>(simd::pnegate(k), simd::pmul(left, constant(-log2_e)));
}

/// silu of every number of a vector: x / (1 + e^-x), and 0 where e^x is 0 for us (see silu).
template<class S>
EIGEN_ALWAYS_INLINE packet<S> silu_of(packet<S> const& x) {
  if constexpr (packet_size<S> == 1) {
    return silu{}(x);
  } else {
    packet<S> e;
    if constexpr (std::same_as<S, float>)
      e = exp_of_minus(simd::pmin(x, simd::pset1<packet<S>>(87)));  // below -87: not used
    else e = simd::pexp(simd::pnegate(x));
    packet<S> const y = simd::pdiv(x, simd::padd(simd::pset1<packet<S>>(1), e));
    return simd::pandnot(y, simd::pcmp_lt(x, simd::pset1<packet<S>>(least_log_decay<S>())));
  }
}

/// silu of every number of a vector, and its derivative: see silu.
template<class S>
struct silu_and_slope {
  packet<S> value, slope;
};
template<class S>
EIGEN_ALWAYS_INLINE silu_and_slope<S> silu_and_slope_of(packet<S> const& x) {
  if constexpr (packet_size<S> == 1) {
    return {silu{}(x), silu{}.derivative(x)};
  } else {
    constexpr S most = std::same_as<S, float> ? 87 : 700;  // beyond, e^-x changes nothing
    auto const one = simd::pset1<packet<S>>(1);
    packet<S> const at = simd::pmin(x, simd::pset1<packet<S>>(most));
    packet<S> e;
    if constexpr (std::same_as<S, float>) e = exp_of_minus(at);
    else e = simd::pexp(simd::pnegate(at));
    packet<S> const s = simd::pdiv(one, simd::padd(one, e));
    packet<S> const slope = simd::pmul(s, simd::pmadd(at, simd::pmul(e, s), one));
    auto const zero = simd::pcmp_lt(x, simd::pset1<packet<S>>(least_log_decay<S>()));
    return {simd::pandnot(simd::pmul(x, s), zero), simd::pandnot(slope, zero)};
  }
}

}  // namespace transxssm
