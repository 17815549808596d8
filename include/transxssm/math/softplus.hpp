// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>

namespace transxssm {

/// softplus(x) = log(1 + e^x), as max(x, 0) + log1p(e^{-|x|}): exact to rounding for every x. log(e^x + 1) would lose all
/// digits below -17 (in float), and overflow above 88.
template<class S>
S softplus(S x) {
  using std::exp, std::log1p;
  return x > S(0) ? S(x + log1p(S(exp(S(-x))))) : S(log1p(S(exp(x))));
}

/// Its derivative, 1 / (1 + e^-x), where e^-x overflows for no x.
template<class S>
S softplus_derivative(S x) {
  using std::exp;
  if (x > S(0)) return S(S(1) / (S(1) + S(exp(S(-x)))));
  S const e = S(exp(x));
  return S(e / (S(1) + e));
}

}  // namespace transxssm
