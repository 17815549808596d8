// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <Eigen/Core>
#include <memory>
#include "../core/view.hpp"
#include "../policy/workspace.hpp"

namespace transxssm {

/// Rows that a kernel works on: packed, in the precision of its sums.
template<class S>
using tile = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Such rows in anybody's memory.
template<class S>
using strided_tile = Eigen::Map<tile<S>, 0, Eigen::OuterStride<>>;

/// A tile in memory of the workspace, given back where its scope ends. Its numbers are not initialised.
template<class S>
class scratch : public Eigen::Map<tile<S>> {
  using Base = Eigen::Map<tile<S>>;

 public:
  scratch(workspace memory, index_t rows, index_t cols) : scratch(memory, allocate(memory, rows * cols), rows, cols) {}
  ~scratch() {
    if (this->data() == nullptr) return;
    std::destroy_n(this->data(), this->size());
    memory_.memory->deallocate(this->data(), bytes(this->size()), 64);
  }
  scratch(scratch const&) = delete;
  scratch& operator=(scratch const& other) { return Base::operator=(other), *this; }
  using Base::operator=;

 private:
  scratch(workspace memory, S* data, index_t rows, index_t cols) : Base(data, rows, cols), memory_(memory) {}
  static std::size_t bytes(index_t count) { return std::size_t(count) * sizeof(S); }
  static S* allocate(workspace memory, index_t count) {
    if (count == 0) return nullptr;
    S* data = static_cast<S*>(memory.memory->allocate(bytes(count), 64));
    std::uninitialized_default_construct_n(data, count);
    return data;
  }
  workspace memory_;
};

}  // namespace transxssm
