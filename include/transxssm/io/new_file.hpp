// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include "file_error.hpp"
#ifdef _WIN32
#include <io.h>
#include <process.h>
#else
#include <fcntl.h>
#include <unistd.h>
#endif

namespace transxssm {

/// A file that is there as a whole or not at all.
///
/// It is written beside its place under another name, and takes its place, and that of an older file, by commit(), once
/// all of it is on the disk. If anything throws before, the older file is as it was and nothing is left behind; if the
/// machine stops, at most a file ".transxssm-*.part". Throws file_error with the path and the reason.
class new_file {
 public:
  explicit new_file(std::filesystem::path path) : path_(std::move(path)) {
    static std::atomic<unsigned> count = 0;
    do {
      part_ = path_;
      part_.replace_filename(".transxssm-" + std::to_string(process()) + "-" + std::to_string(count++) + ".part");
      file_.reset(std::fopen(part_.string().c_str(), "wbx"));  // x: never one that is there
    } while (!file_ && errno == EEXIST);
    if (!file_) fail(errno);  // and no destructor
  }
  new_file(new_file const&) = delete;
  ~new_file() {
    file_.reset();
    if (std::error_code ignored; !committed_) remove(part_, ignored);
  }

  void write(std::span<std::byte const> bytes) {
    if (!bytes.empty() && std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) fail(errno);
  }
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }

  void commit() {
    if (std::fflush(file_.get()) != 0 || !sync(file_.get())) fail(errno);
    if (std::fclose(file_.release()) != 0) fail(errno);
    std::error_code error;
    rename(part_, path_, error);
    if (error) throw file_error(path_, error.message());
    committed_ = true;
    sync_directory(path_);
  }

 private:
  struct closed {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  [[noreturn]] void fail(int error) const { throw file_error(path_, std::generic_category().message(error)); }

#ifdef _WIN32
  static int process() { return ::_getpid(); }
  static bool sync(std::FILE* file) { return ::_commit(::_fileno(file)) == 0; }
  static void sync_directory(std::filesystem::path const&) {}
#else
  static int process() { return ::getpid(); }
  static bool sync(std::FILE* file) { return ::fsync(::fileno(file)) == 0; }
  /// So that the new name outlasts a power failure. Not every file system can do that, and the file is there without it.
  static void sync_directory(std::filesystem::path const& path) {
    int directory = ::open(path.has_parent_path() ? path.parent_path().c_str() : ".", O_RDONLY | O_CLOEXEC);
    if (directory < 0) return;
    (void)!::fsync(directory);
    ::close(directory);
  }
#endif

  std::filesystem::path path_, part_;
  std::unique_ptr<std::FILE, closed> file_;
  bool committed_ = false;
};

}  // namespace transxssm
