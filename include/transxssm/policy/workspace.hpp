// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <memory_resource>

namespace transxssm {

/// Where an evaluation on the CPU takes its temporary memory from, and returns it to when it ends.
///
///     std::pmr::unsynchronized_pool_resource pool;               // keeps what it once had
///     Y = with(recurrent{}, workspace{&pool}, M.from(state) * X);     // from the second step on, nothing is allocated
///
/// The resource may be an unsynchronised one: where several threads evaluate, they take turns to it.
struct workspace {
  using is_workspace = void;
  std::pmr::memory_resource* memory = std::pmr::get_default_resource();
};

}  // namespace transxssm
