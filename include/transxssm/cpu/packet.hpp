// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <Eigen/Core>
#include <utility>
#include "../core/view.hpp"

namespace transxssm {

// The machine's vectors as Eigen names them: AVX-512, AVX2, SSE, NEON, ... and for a scalar without any, the scalar.
namespace simd = Eigen::internal;

template<class S>
using packet = typename simd::packet_traits<S>::type;
template<class S>
inline constexpr index_t packet_size = simd::unpacket_traits<packet<S>>::size;

/// f(0), ..., f(n - 1), with each number a constant: registers cannot be indexed by a variable.
template<int n>
EIGEN_ALWAYS_INLINE void unrolled(auto const& f) {
  [&]<int... i>(std::integer_sequence<int, i...>) { (f(std::integral_constant<int, i>()), ...); }
  (std::make_integer_sequence<int, n>());
}

/// The next multiple of `step`.
constexpr index_t rounded_up(index_t n, index_t step) { return (n + step - 1) / step * step; }

}  // namespace transxssm
