// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <Eigen/Core>
#include <algorithm>
#include <concepts>
#include <string_view>

namespace transxssm {

/// How a number is stored in a file: the name that safetensors has for it, and its size.
struct dtype {
  std::string_view name;
  int bits = 0;
  friend bool operator==(dtype const&, dtype const&) = default;
};

/// All that there are.
inline constexpr dtype dtypes[] = {
    {"F64", 64},    {"F32", 32},    {"BF16", 16}, {"F16", 16}, {"F8_E4M3", 8}, {"F8_E5M2", 8}, {"F8_E8M0", 8},
    {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"F4", 4},    {"C64", 64}, {"I64", 64},    {"U64", 64},    {"I32", 32},
    {"U32", 32},    {"I16", 16},    {"U16", 16},  {"I8", 8},   {"U8", 8},      {"BOOL", 8},
};

/// nullptr if there is no dtype of that name.
inline dtype const* find_dtype(std::string_view name) {
  auto found = std::ranges::find(dtypes, name, &dtype::name);
  return found == std::end(dtypes) ? nullptr : found;
}

/// The scalars that are stored as they are.
template<class S>
concept storable = std::same_as<S, double> || std::same_as<S, float> || std::same_as<S, Eigen::bfloat16> ||
                   std::same_as<S, Eigen::half>;

template<storable S>
inline constexpr dtype dtype_of = std::same_as<S, double>            ? dtype{"F64", 64}
                                  : std::same_as<S, float>           ? dtype{"F32", 32}
                                  : std::same_as<S, Eigen::bfloat16> ? dtype{"BF16", 16}
                                                                     : dtype{"F16", 16};

}  // namespace transxssm
