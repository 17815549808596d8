// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <bit>
#include <cstddef>
#include <cstring>
#include <algorithm>
#include <span>
#include <vector>
#include "../core/scalar.hpp"
#include "dtype.hpp"

namespace transxssm {

// Numbers as a file has them: little-endian, at any address.

template<storable S>
S number_from(std::byte const* from) {
  std::byte raw[sizeof(S)];
  std::memcpy(raw, from, sizeof(S));
  if constexpr (std::endian::native == std::endian::big) std::ranges::reverse(raw);
  S x;
  std::memcpy(static_cast<void*>(&x), raw, sizeof(S));
  return x;
}

template<storable S>
void number_to(S const& x, std::byte* to) {
  std::memcpy(to, &x, sizeof(S));
  if constexpr (std::endian::native == std::endian::big) std::ranges::reverse(to, to + sizeof(S));
}

/// The nearest To: infinity where it has no such large number, and by way of float into 16 bits.
template<storable To, storable From>
To rounded_to(From const& x) {
  if constexpr (std::same_as<To, From>) return x;
  else return static_cast<To>(static_cast<accumulator_t<To>>(static_cast<accumulator_t<From>>(x)));
}

/// to[i] = the i-th of the numbers in `bytes`. False if they are of no type that has an S for each of its numbers:
/// integers, or fewer bits than 16.
template<storable S>
bool decode(dtype type, std::span<std::byte const> bytes, S* to) {
  auto as = [&]<class Stored>(Stored) {
    if (type != dtype_of<Stored>) return false;
    for (std::size_t at = 0; at + sizeof(Stored) <= bytes.size(); at += sizeof(Stored))
      *to++ = rounded_to<S>(number_from<Stored>(bytes.data() + at));
    return true;
  };
  return as(double()) || as(float()) || as(Eigen::bfloat16()) || as(Eigen::half());
}

/// Can it be decoded?
inline bool is_floating(dtype type) { return decode<float>(type, {}, nullptr); }

/// `count` numbers, stored as To.
template<storable To, storable From>
std::vector<std::byte> encode(From const* from, std::size_t count) {
  std::vector<std::byte> bytes(count * sizeof(To));
  for (std::size_t i = 0; i < count; ++i) number_to(rounded_to<To>(from[i]), bytes.data() + i * sizeof(To));
  return bytes;
}

}  // namespace transxssm
