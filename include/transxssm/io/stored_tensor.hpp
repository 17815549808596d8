// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>
#include "../core/view.hpp"
#include "dtype.hpp"

namespace transxssm {

/// A tensor as it lies in a file, or as it is to lie there: memory that somebody else owns.
struct stored_tensor {
  std::string name;
  dtype type;
  std::vector<index_t> shape;        // the last axis runs fastest; () is a single number
  std::span<std::byte const> bytes;  // little-endian, at any address
};

/// The most axes that a tensor may have, as in PyTorch.
inline constexpr std::size_t most_axes = 64;

/// What numbers of that type and shape take. Nothing if an extent is negative, if the size has no 64 bits, or if it is not
/// one of whole bytes.
inline std::optional<std::uint64_t> size_in_bytes(dtype type, std::span<index_t const> shape) {
  std::uint64_t bits = std::uint64_t(type.bits);
  for (index_t n : shape) {
    if (n < 0 || (n > 0 && bits > std::numeric_limits<std::uint64_t>::max() / std::uint64_t(n))) return {};
    bits *= std::uint64_t(n);
  }
  if (bits % 8 != 0) return {};
  return bits / 8;
}

/// Tensors in their order, found by their names, of which no two are the same.
class tensor_table {
 public:
  auto begin() const { return tensors_.begin(); }
  auto end() const { return tensors_.end(); }
  std::size_t size() const { return tensors_.size(); }

  /// nullptr if there is none of that name.
  stored_tensor const* find(std::string_view name) const {
    auto found = places_.find(name);
    return found == places_.end() ? nullptr : &tensors_[found->second];
  }
  /// False, and nothing is added, if there is one of that name.
  bool add(stored_tensor tensor) {
    if (!places_.emplace(tensor.name, tensors_.size()).second) return false;
    tensors_.push_back(std::move(tensor));
    return true;
  }

 private:
  std::vector<stored_tensor> tensors_;
  std::map<std::string, std::size_t, std::less<>> places_;
};

}  // namespace transxssm
