// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../operator/mask.hpp"
#include "softmax_exponential.hpp"

namespace transxssm {

/// One row of softmax and of its adjoint: over the keys in `seen`,
///
///     p = softmax(s),    ds = p o (dp - <p, dp>)
///
/// where p comes in the place of the scores s (multiplied by softmax_exponential's factor), and ds in that of dp. To whole
/// vectors, both are zero around them. Rows begin at an aligned address.
/// About 25 instructions for a vector.
template<class S>
void softmax_adjoint(S* p, S* dp, key_range seen) {
  constexpr index_t size = packet_size<S>;
  constexpr softmax_exponential<S> exponential{};
  if (seen.size() <= 0) return;
  index_t const from = seen.first / size * size, to = rounded_up(seen.last, size);  // whole vectors
  if constexpr (size > 1)
    for (auto [first, last] : {key_range{from, seen.first}, key_range{seen.last, to}}) {
      std::fill(p + first, p + last, -std::numeric_limits<S>::infinity());
      std::fill(dp + first, dp + last, S(0));
    }
  auto at = [](S* x) { return simd::pload<packet<S>>(x); };
  auto top = at(p + from);
  for (index_t j = from + size; j < to; j += size) top = simd::pmax(top, at(p + j));
  auto const m = simd::pset1<packet<S>>(simd::predux_max(top));
  auto sum = simd::pset1<packet<S>>(S(0)), weighted = sum;
  for (index_t j = from; j < to; j += size) {
    auto const e = exponential(simd::psub(at(p + j), m));
    simd::pstore(p + j, e);
    sum = simd::padd(sum, e), weighted = simd::pmadd(e, at(dp + j), weighted);
  }
  S const l = simd::predux(sum);
  auto const share = simd::pset1<packet<S>>(S(1) / l), mean = simd::pset1<packet<S>>(simd::predux(weighted) / l);
  for (index_t j = from; j < to; j += size) {
    auto const weight = simd::pmul(at(p + j), share);
    simd::pstore(p + j, weight);
    simd::pstore(dp + j, simd::pmul(weight, simd::psub(at(dp + j), mean)));
  }
}

}  // namespace transxssm
