// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>
#include "view.hpp"

namespace transxssm {

// Numbers as bytes, bit for bit, little-endian on every machine: a name of 16 characters, the numbers, and a checksum of
// all before it (FNV-1a, 64 bits).

inline std::uint64_t checksum(std::span<std::byte const> bytes) {
  std::uint64_t sum = 0xcbf29ce484222325;
  for (std::byte b : bytes) sum = (sum ^ std::uint64_t(b)) * 0x100000001b3;
  return sum;
}

class byte_writer {
 public:
  explicit byte_writer(char const (&name)[17]) {
    for (int i = 0; i < 16; ++i) bytes_.push_back(std::byte(name[i]));
  }
  template<class T>
  void write(T const& x) {
    auto raw = std::bit_cast<std::array<std::byte, sizeof(T)>>(x);
    if constexpr (std::endian::native == std::endian::big) std::ranges::reverse(raw);
    bytes_.insert(bytes_.end(), raw.begin(), raw.end());
  }
  template<class T>
  void write(view<T, 2> const& x) {
    for (index_t i = 0; i < x.rows(); ++i)
      for (index_t j = 0; j < x.cols(); ++j) write(x(i, j));
  }
  std::vector<std::byte> finish() && {
    write(checksum(bytes_));
    return std::move(bytes_);
  }

 private:
  std::vector<std::byte> bytes_;
};

/// Throws std::invalid_argument where the bytes are not what is read: another name, damaged, cut off, or of other extents.
class byte_reader {
 public:
  byte_reader(std::span<std::byte const> bytes, char const (&name)[17]) : bytes_(bytes) {
    if (bytes.size() < 24 || std::memcmp(bytes.data(), name, 16) != 0) fail("these are not the bytes of a " + std::string(name, 15));
    bytes_ = bytes.last(8);
    if (read<std::uint64_t>() != checksum(bytes.first(bytes.size() - 8))) fail("the bytes are damaged: their checksum is wrong");
    bytes_ = bytes.subspan(16, bytes.size() - 24);
  }
  template<class T>
  T read() {
    if (bytes_.size() < sizeof(T)) fail("the bytes end too early");
    std::array<std::byte, sizeof(T)> raw;
    std::ranges::copy(bytes_.first(sizeof(T)), raw.begin());
    bytes_ = bytes_.subspan(sizeof(T));
    if constexpr (std::endian::native == std::endian::big) std::ranges::reverse(raw);
    return std::bit_cast<T>(raw);
  }
  template<class T>
  void read(view<T, 2> const& x) {
    for (index_t i = 0; i < x.rows(); ++i)
      for (index_t j = 0; j < x.cols(); ++j) x(i, j) = read<T>();
  }
  index_t read_extent() {
    auto n = read<std::int64_t>();
    if (n < 0) fail("an extent is " + std::to_string(n));
    return index_t(n);
  }
  /// `count` is a product of extents: a double, so that it cannot overflow. Sizes below 2^53 are exact.
  void expect_left(double count, std::size_t size) const {
    if (count * double(size) != double(bytes_.size()))
      fail(std::to_string(bytes_.size()) + " bytes of numbers do not fit the extents");
  }
  [[noreturn]] static void fail(std::string const& what) { throw std::invalid_argument("from_bytes: " + what); }

 private:
  std::span<std::byte const> bytes_;
};

}  // namespace transxssm
