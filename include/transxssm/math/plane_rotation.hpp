// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once

namespace transxssm {

/// Which features of a row turn together: (0, 1), (2, 3), ... as in the paper's Eq. 3, or (0, d/2), (1, d/2 + 1), ...
/// as in Llama and most checkpoints.
enum class pairing { interleaved, half_split };

/// The rotation of one plane: (x, y) -> (x cos - y sin, x sin + y cos).
template<class S>
struct plane_rotation {
  S cos, sin;

  plane_rotation inverse() const { return {cos, -sin}; }
};

}  // namespace transxssm
