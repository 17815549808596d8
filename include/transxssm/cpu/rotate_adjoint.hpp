// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../policy/policy.hpp"
#include "pull_back.hpp"

namespace transxssm {

/// The adjoint of rotate(X, R) and of rotate(X, phi, pairing): dX is dY turned by the opposite rotations, and
///
///     dphi = <dX, i x>     for each plane: re(x) im(dX) - im(x) re(dX)
///
///     dY (batch, T, head, N) -> {dX, dphi}, as X and phi; what heads or sequences share gets the sum
///
/// 3 N T flops for each head, 3 N/2 more and a sine and a cosine for each angle if it is the caller's; dY is read once, and
/// with dphi X too. 16 N numbers of workspace for each thread.
template<class Acc, class X, class R, class G>
void adjoint_into(form auto, cpu place, accumulate<Acc>, workspace memory, rotated<X, R> const& x, view<G, 4> dY,
                  rows_gradient<Acc> const& to) {
  pull_back(place, memory, x, dY, to);
}

}  // namespace transxssm
