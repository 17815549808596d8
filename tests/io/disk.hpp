// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <csignal>
#include <cstddef>
#include <sys/resource.h>

namespace test_files {

/// As long as it lives, no file can grow beyond so many bytes: writing more is an error, as on a disk that is full.
class disk_of {
 public:
  explicit disk_of(std::size_t bytes) {
    handler_ = std::signal(SIGXFSZ, SIG_IGN);  // an error instead of the end of the process
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit now = before_;
    now.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &now);
  }
  disk_of(disk_of const&) = delete;
  ~disk_of() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

}  // namespace test_files
