// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <bit>
#include <type_traits>
#include <vector>
#include "numbers.hpp"
#include "save_checkpoint.hpp"
#include "weight_ref.hpp"

namespace transxssm {

/// Weights as a file has them: their bytes where they lie, or rounded to To, in memory that `rounded` keeps.
template<class To, class S>
std::vector<stored_tensor> stored_tensors(std::vector<weight_ref<S>> const& weights,
                                          std::vector<std::vector<std::byte>>& rounded) {
  using From = std::remove_const_t<S>;
  constexpr bool as_it_is = std::is_same_v<To, From> && std::endian::native == std::endian::little;
  std::vector<stored_tensor> tensors;
  for (weight_ref<S> const& w : weights) {
    auto const size = size_in_bytes(dtype_of<To>, w.shape);
    if (!size)
      throw std::invalid_argument("write_weights: " + in_quotes(w.name) + " has the shape " + in_parentheses(w.shape));
    std::size_t const count = std::size_t(*size) / sizeof(To);
    if constexpr (!as_it_is) rounded.push_back(encode<To, From>(w.data, count));
    auto const bytes = [&] {
      if constexpr (as_it_is) return std::as_bytes(std::span(w.data, count));
      else return std::span<std::byte const>(rounded.back());
    }();
    tensors.push_back({w.name, dtype_of<To>, w.shape, bytes});
  }
  return tensors;
}

/// Writes a model's weights, as they are or rounded to `Stored`, to a file or a directory (see save_checkpoint).
///
///     write_weights("directory", weights, {.shard_bytes = 1 << 30});
///     write_weights<Eigen::bfloat16>("model.safetensors", weights);
///
/// Throws as save_checkpoint does. Cost: one pass; memory for a copy of what is rounded.
template<class Stored = void, class S>
void write_weights(std::filesystem::path const& to, std::vector<weight_ref<S>> const& weights,
                   save_options const& options = {}) {
  using To = std::conditional_t<std::is_void_v<Stored>, std::remove_const_t<S>, Stored>;
  std::vector<std::vector<std::byte>> rounded;
  save_checkpoint(to, stored_tensors<To>(weights, rounded), options);
}

}  // namespace transxssm
