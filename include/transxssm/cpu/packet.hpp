// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <Eigen/Core>
#include <limits>
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
  [&]<int... i>(std::integer_sequence<int, i...>) {
    (f(std::integral_constant<int, i>()), ...);
  }(std::make_integer_sequence<int, n>());
}

/// What to ask for where there is nothing: it is always at hand. (An address of no page would be looked up every time.)
inline constexpr char nothing_upcoming = 0;

/// Asks for the cache line at an address, which may be any: into the second cache, since the first holds what is being
/// worked on.
EIGEN_ALWAYS_INLINE void prefetch(void const* address) {
#ifdef __GNUC__
  __builtin_prefetch(address, 0, 2);
  asm volatile("");  // or g++ takes a function that only prefetches for one that does nothing, and drops its calls
#else
  simd::prefetch(static_cast<char const*>(address));
#endif
}

/// ... or the one 1 kB behind: where much is done with each number, the processor itself does not look far enough ahead,
/// and it stops at the end of a page.
template<class S>
EIGEN_ALWAYS_INLINE void prefetch_ahead(S const* x) {
  prefetch(x + 1024 / sizeof(S));
}

/// Loads S's vector into a register of its own: else a compiler may load it again for every product that it takes part in.
template<class S>
EIGEN_ALWAYS_INLINE packet<S> load_once(S const* from) {
  auto x = simd::ploadu<packet<S>>(from);
#if defined(__GNUC__) && defined(__x86_64__)
  if constexpr (packet_size<S> > 1) asm("" : "+v"(x));
#elif defined(__GNUC__) && defined(__aarch64__)
  if constexpr (packet_size<S> > 1) asm("" : "+w"(x));
#endif
  return x;
}

/// x, and 0 where it is denormal: see normal_or_zero.
template<class S>
EIGEN_ALWAYS_INLINE packet<S> packet_normal_or_zero(packet<S> x) {
  auto const least = simd::pset1<packet<S>>(std::numeric_limits<S>::min());
  return simd::pandnot(x, simd::pcmp_lt(simd::pabs(x), least));
}

/// The next multiple of `step`.
constexpr index_t rounded_up(index_t n, index_t step) { return (n + step - 1) / step * step; }

}  // namespace transxssm
