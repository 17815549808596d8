// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <system_error>
#include "file_error.hpp"
#if __has_include(<sys/mman.h>)
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#else
#include <fstream>
#endif

namespace transxssm {

/// The bytes of a file, which the system reads as they are looked at: a memory map where there are such, else a copy.
/// Copies share one map, and spans over it stay valid as long as one of them is there.
///
/// A file that is replaced (by rename, as save_safetensors does) stays what it was for those who have mapped it. One that
/// is cut short in place does not: to read what is gone raises SIGBUS, and no library can turn that into an error.
///
/// Throws file_error with the path and the reason.
class mapped_file {
 public:
  explicit mapped_file(std::filesystem::path const& path) : path_(path) { open(); }

  std::filesystem::path const& path() const { return path_; }
  std::span<std::byte const> bytes() const { return {memory_.get(), size_}; }

 private:
  [[noreturn]] void fail(int error) const { throw file_error(path_, std::generic_category().message(error)); }

#if __has_include(<sys/mman.h>)
  void open() {
    struct descriptor {
      int number;
      ~descriptor() {
        if (number >= 0) ::close(number);
      }
    } file{::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};  // does not wait until somebody writes to a pipe
    struct stat about;
    if (file.number < 0 || ::fstat(file.number, &about) != 0) fail(errno);
    if (!S_ISREG(about.st_mode)) throw file_error(path_, "is not a file that can be mapped into memory");
    if (about.st_size == 0) return;  // nothing cannot be mapped
    std::size_t const size = std::size_t(about.st_size);
    void* memory = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number, 0);
    if (memory == MAP_FAILED) fail(errno);
    memory_ = {static_cast<std::byte const*>(memory), [memory, size](void const*) { ::munmap(memory, size); }};
    size_ = size;
  }
#else
  void open() {
    std::error_code error;
    std::size_t const size = std::size_t(std::filesystem::file_size(path_, error));
    if (error) throw file_error(path_, error.message());
    std::shared_ptr<std::byte[]> copy(new std::byte[size]);
    std::ifstream file(path_, std::ios::binary);
    if (!file.read(reinterpret_cast<char*>(copy.get()), std::streamsize(size))) fail(errno);
    memory_ = std::move(copy);
    size_ = size;
  }
#endif

  std::filesystem::path path_;
  std::shared_ptr<std::byte const[]> memory_;
  std::size_t size_ = 0;
};

}  // namespace transxssm
