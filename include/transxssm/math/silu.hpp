// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include "decay.hpp"

namespace transxssm {

struct activation_option {};

/// silu(x) = x / (1 + e^-x), and 0 where e^x is (see decay): finite for every finite x, 0 for -inf. It is what a gate is
/// made of (swiglu, gated), and what follows Mamba-2's convolution.
struct silu : activation_option {
  template<class S>
  S operator()(S const& x) const {
    using std::exp;
    return forgets<S>(x) ? S(0) : S(x / (S(1) + S(exp(S(-x)))));
  }
  /// s (1 + x (1 - s)), where s = 1 / (1 + e^-x): 0 where silu is, and 1 where 1 - s is.
  template<class S>
  S derivative(S const& x) const {
    using std::exp;
    if (forgets<S>(x)) return S(0);
    if (forgets<S>(S(-x))) return S(1);
    S const e = S(exp(S(-x))), s = S(S(1) / (S(1) + e));
    return S(s * (S(1) + x * S(e * s)));
  }
  silu borrowed() const { return *this; }
};

/// x itself.
struct no_activation : activation_option {
  template<class S>
  S operator()(S const& x) const { return x; }
  template<class S>
  S derivative(S const&) const { return S(1); }
  no_activation borrowed() const { return *this; }
};

}  // namespace transxssm
