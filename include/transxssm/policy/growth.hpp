// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once

namespace transxssm {

/// A positive log_a is an error, since it makes a state grow without bound ...
struct decay_only {
  using is_growth = void;
  static constexpr bool allowed = false;
};

/// ... except under this switch: with(compatible_growth{}, M * X). It is there for checkpoints of the paper's authors,
/// whose A is initialised to +1 and passed raw, so that a = e^{+dt}. Sums overflow where the products of a do.
struct compatible_growth {
  using is_growth = void;
  static constexpr bool allowed = true;
};

}  // namespace transxssm
