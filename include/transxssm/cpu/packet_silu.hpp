// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../math/silu.hpp"
#include "packet.hpp"

namespace transxssm {

/// e^x of floats, for -87 <= x <= 87: e^r 2^m, |r| <= log(2) / 2, with Cephes' polynomial for e^r. Half the instructions of
/// Eigen's pexp, which covers all x; without that, a gate takes longer than to read and write its row.
template<class Packet>
EIGEN_ALWAYS_INLINE Packet exp_within_range(Packet const& x) {
  using integers = typename simd::unpacket_traits<Packet>::integer_packet;
  auto const constant = [](float c) { return simd::pset1<Packet>(c); };
  Packet const m = simd::pfloor(simd::pmadd(x, constant(1.44269504f), constant(0.5f)));
  Packet const r = simd::pmadd(m, constant(2.12194440e-4f), simd::pmadd(m, constant(-0.693359375f), x));  // x - m log(2)
  Packet const r2 = simd::pmul(r, r);
  Packet high = simd::pmadd(constant(1.9875691500e-4f), r, constant(1.3981999507e-3f));
  Packet low = simd::pmadd(constant(4.1665795894e-2f), r, constant(1.6666665459e-1f));
  high = simd::pmadd(high, r, constant(8.3334519073e-3f));
  low = simd::pmadd(low, r, constant(5.0000001201e-1f));
  Packet const e_r = simd::pmadd(simd::pmadd(high, simd::pmul(r2, r), low), r2, simd::padd(r, constant(1)));
  integers const exponent = simd::plogical_shift_left<23>(simd::pcast<Packet, integers>(m));
  return simd::preinterpret<Packet>(simd::padd(simd::preinterpret<integers>(e_r), exponent));
}

/// silu of every number of a vector: x / (1 + e^-x), and 0 where e^x is 0 for us (see silu).
template<class S>
EIGEN_ALWAYS_INLINE packet<S> silu_of(packet<S> const& x) {
  if constexpr (packet_size<S> == 1) {
    return silu{}(x);
  } else {
    packet<S> e = simd::pnegate(x);
    if constexpr (std::same_as<S, float>) e = exp_within_range(simd::pmax(e, simd::pset1<packet<S>>(-87)));  // x <= 80, or unused
    else e = simd::pexp(e);
    packet<S> const y = simd::pdiv(x, simd::padd(simd::pset1<packet<S>>(1), e));
    return simd::pandnot(y, simd::pcmp_lt(x, simd::pset1<packet<S>>(least_log_decay<S>())));
  }
}

}  // namespace transxssm
