// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <string>
#include <vector>
#include "../core/view.hpp"

namespace transxssm {

/// Where a model keeps one of its tensors, and what the tensor is called in a file: memory without gaps, the last axis
/// running fastest. S is double, float, Eigen::bfloat16 or Eigen::half, or one of these, const, to be written only.
template<class S>
struct weight_ref {
  std::string name;
  std::vector<index_t> shape;
  S* data = nullptr;
};

}  // namespace transxssm
