// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <set>
#include <span>
#include <string>

// Files that tests make, byte by byte, in a directory of their own.
namespace test_files {

/// A directory that is new, and gone afterwards.
class directory {
 public:
  directory() {
    std::random_device random;
    do path_ = std::filesystem::temp_directory_path() / ("transxssm-test-" + std::to_string(random()));
    while (!std::filesystem::create_directory(path_));
  }
  directory(directory const&) = delete;
  ~directory() { std::filesystem::remove_all(path_); }

  std::filesystem::path operator/(std::string const& name) const { return path_ / name; }
  operator std::filesystem::path() const { return path_; }
  std::string string() const { return path_.string(); }
  std::set<std::string> names() const {
    std::set<std::string> all;
    for (auto const& entry : std::filesystem::directory_iterator(path_)) all.insert(entry.path().filename().string());
    return all;
  }

 private:
  std::filesystem::path path_;
};

inline void write(std::filesystem::path const& path, std::string const& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}
inline std::string read(std::filesystem::path const& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::string little_endian(std::uint64_t n) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += char(n >> 8 * i & 0xff);
  return bytes;
}
/// A safetensors file: the length of the header, the header, the data.
inline std::string safetensors_bytes(std::string const& header, std::string const& data) {
  return little_endian(header.size()) + header + data;
}
inline std::string safetensors_bytes(std::string const& header, std::size_t zeros = 0) {
  return safetensors_bytes(header, std::string(zeros, '\0'));
}

/// A copy that ends where its memory ends, so that a sanitizer sees who reads on.
class exact_copy {
 public:
  explicit exact_copy(std::string const& bytes) : memory_(new std::byte[bytes.size()]), size_(bytes.size()) {
    std::memcpy(memory_.get(), bytes.data(), bytes.size());
  }
  std::span<std::byte const> bytes() const { return {memory_.get(), size_}; }

 private:
  std::unique_ptr<std::byte[]> memory_;
  std::size_t size_;
};

/// What f throws, or "nothing".
template<class Exception>
std::string thrown(auto const& f) {
  try {
    f();
  } catch (Exception const& e) { return e.what(); }
  return "nothing";
}

}  // namespace test_files
