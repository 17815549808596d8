// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once

namespace transxssm {

/// A sum, and beside it the sum of what its additions rounded off (Knuth's two-sum): together good to twice the precision
/// of S, for any order of magnitudes.
template<class S>
struct compensated_sum {
  S sum = S(0), rest = S(0);

  compensated_sum& operator+=(S const& x) {
    S const next = sum + x, taken = next - sum;
    rest += (sum - (next - taken)) + (x - taken);
    sum = next;
    return *this;
  }
};

}  // namespace transxssm
