// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include "../core/scalar.hpp"

namespace transxssm {

/// The log-decay below which e^s is taken as 0: a little above the smallest normal number (-80.3 for float, -701 for
/// double), because products with denormals are several times slower, and add nothing to a sum of normal numbers.
template<class S>
S const& least_log_decay() {
  static S const least = S(std::numeric_limits<S>::min_exponent * 0.6931471805599453 + 7);
  return least;
}

/// Does a step of log-decay s leave nothing, in numbers of type S, of all that was before it?
template<class S, class L>
bool forgets(L const& s) {
  if constexpr (has_range<S>) return s < L(least_log_decay<S>());
  else return false;
}

/// e^s, and an exact 0 where it would be too small to matter.
template<class S>
S decay(S const& s) {
  using std::exp;
  return forgets<S>(s) ? S(0) : S(exp(s));
}

/// e^s - 1, without loss near s = 0, where the scalar has such a function.
template<class S>
S expm1_or_exp(S const& s) {
  using std::exp, std::expm1;
  if constexpr (requires { expm1(s); }) return S(expm1(s));
  else return S(exp(s)) - S(1);
}

/// x, and 0 where it is denormal: a state that only decays would stay there (the least denormal times 0.9 is itself), and
/// every further step be many times slower.
template<class S>
S normal_or_zero(S const& x) {
  using std::abs;
  if constexpr (has_range<S>) return abs(x) < std::numeric_limits<S>::min() ? S(0) : x;
  else return x;
}

/// e^s h + added, as keep h + (change h + added): a decay near 1 is applied as the small change that it makes, because
/// 1 - 1e-6 rounds the same way in every one of 65536 steps (float: 3.6e-4 off then, 3.8e-6 so). What is added joins the
/// change before the sum is rounded to h; rounded alone, so small a change would be rounded the same way for many steps,
/// too. A decay that forgets writes a zero, which no NaN survives: whoever applies it looks at `forget` first.
template<class S>
struct decay_step {
  bool forget;
  S keep, change;

  template<class L>
  explicit decay_step(L const& s) : forget(forgets<S>(s)), keep(S(1)), change(S(0)) {
    if (forget) return;
    if (L(-0.1) < s) change = S(expm1_or_exp(s));
    else keep = S(decay(s));
  }
  S operator()(S const& h, S const& added) const { return normal_or_zero(S(keep * h + (change * h + added))); }
};

}  // namespace transxssm
