// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "decay.hpp"

namespace transxssm {

/// The monoid of softmax: of the scores seen so far, the maximum m, and the sum l of e^{score - m}. Two of them add up to
///
///     m* = max(m, m'),   l* = e^{m - m*} l + e^{m' - m*} l'
///
/// and a sum o of values, weighted by e^{score - m}, goes with them: o* = e^{m - m*} o + e^{m' - m*} o'. It is
/// associative, so a softmax may be taken a block of keys at a time, and every exponent is <= 0.
template<class S>
struct online_softmax {
  S m = S(0), l = S(0);  // l = 0: no score yet

  /// Takes scores whose maximum is `top` in: they are to be added to l as e^{score - m}. Returns the factor e^{m - m*}
  /// of what was summed before.
  S rescale(S const& top, auto const& exp) {
    if (l == S(0)) {
      m = top;
      return S(0);
    }
    if (!(m < top)) return S(1);
    S keep = exp(S(m - top));
    m = top, l = keep * l;
    return keep;
  }
};

}  // namespace transxssm
