// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <type_traits>

namespace transxssm {

/// In place of a state: each sequence is seen from its start on, and nothing of it is remembered, as in training.
struct no_state {};

/// M.from(state), or M itself.
template<class M, class State>
auto continued(M const& m, [[maybe_unused]] State& state) {
  if constexpr (std::is_same_v<std::remove_const_t<State>, no_state>) return m;
  else return m.from(state);
}

}  // namespace transxssm
