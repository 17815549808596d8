// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "packet.hpp"

namespace transxssm {

/// 2^(whole + rest) of floats, for whole numbers >= -126 and rest in [-1/2, 1/2], by the polynomial of Cephes' exp2f
/// (relative error 1.7e-7): the whole part is a float's own exponent. 13 instructions for a vector, where Eigen's pexp,
/// which covers all x, takes 35.
template<class Packet>
EIGEN_ALWAYS_INLINE Packet exp2_of_parts(Packet const& whole, Packet const& rest) {
  using integers = typename simd::unpacket_traits<Packet>::integer_packet;
  constexpr float c[] = {1.f,
                         6.931472028550421e-1f,
                         2.402264791363012e-1f,
                         5.550332471162809e-2f,
                         9.618437357674640e-3f,
                         1.339887440266574e-3f,
                         1.535336188319500e-4f};
  auto const constant = [](float number) { return simd::pset1<Packet>(number); };
  Packet y = constant(c[6]);
  unrolled<6>([&](auto i) { y = simd::pmadd(y, rest, constant(c[5 - i])); });
  integers const exponent = simd::plogical_shift_left<23>(simd::pcast<Packet, integers>(whole));
  return simd::preinterpret<Packet>(simd::padd(simd::preinterpret<integers>(y), exponent));
}

}  // namespace transxssm
