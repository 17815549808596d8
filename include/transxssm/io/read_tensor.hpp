// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <string>
#include <string_view>
#include <vector>
#include "file_error.hpp"
#include "numbers.hpp"
#include "stored_tensor.hpp"

namespace transxssm {

/// The numbers of one tensor of a file (safetensors or checkpoint), each rounded to the nearest S, the last axis running
/// fastest. Throws file_error if there is no such tensor, or if it is of integers or of floats of fewer than 16 bits.
template<storable S>
std::vector<S> read_tensor(auto const& file, std::string_view name) {
  stored_tensor const& t = file.tensor(name);
  if (!is_floating(t.type))
    throw file_error(file.path(), "tensor " + in_quotes(name) + " " + in_parentheses(t.shape) + " is " +
                                      std::string(t.type.name) + ", expected F64, F32, BF16 or F16");
  std::vector<S> numbers(t.bytes.size() * 8 / std::size_t(t.type.bits));
  decode(t.type, t.bytes, numbers.data());
  return numbers;
}

}  // namespace transxssm
