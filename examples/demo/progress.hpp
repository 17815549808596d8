// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>
#include <unistd.h>

namespace demo {

/// How far we are, on stderr: one line that is redrawn on a terminal, a line per stage in a log.
///
/// Stages have weights, roughly their seconds; within a stage, at(0.0 .. 1.0).
class progress {
 public:
  struct stage {
    std::string name;
    double weight;
  };

  explicit progress(std::vector<stage> stages) : stages_(std::move(stages)), terminal_(isatty(2) != 0) {
    for (auto const& s : stages_) total_ += s.weight;
  }
  ~progress() {
    if (terminal_ && begun_) std::fputs("\r\033[K", stderr);
  }
  progress(progress const&) = delete;
  progress& operator=(progress const&) = delete;

  /// The next stage.
  void next() {
    if (begun_) done_ += stages_[current_++].weight;
    begun_ = true;
    draw(0, true);
  }
  /// So much of this stage is done.
  void at(double fraction) { draw(std::clamp(fraction, 0.0, 1.0), false); }

  double seconds() const { return std::chrono::duration<double>(clock::now() - start_).count(); }

 private:
  using clock = std::chrono::steady_clock;

  void draw(double fraction, bool begins) {
    auto const now = clock::now();
    if (!begins && (!terminal_ || now - drawn_ < std::chrono::milliseconds(80))) return;
    drawn_ = now;
    stage const& s = stages_[current_];
    double const share = (done_ + fraction * s.weight) / total_;
    int const percent = static_cast<int>(100 * share);
    if (terminal_) {
      std::string bar;
      for (int i = 0; i < 30; ++i) bar += i < static_cast<int>(30 * share) ? "█" : "░";
      std::fprintf(stderr, "\r\033[K%s %3d %%  %4.0f s  %s", bar.c_str(), percent, seconds(), s.name.c_str());
    } else {
      std::fprintf(stderr, "[%3d %%, %4.0f s] %s\n", percent, seconds(), s.name.c_str());
    }
    std::fflush(stderr);
  }

  std::vector<stage> stages_;
  std::size_t current_ = 0;
  double total_ = 0, done_ = 0;
  bool terminal_, begun_ = false;
  clock::time_point start_ = clock::now(), drawn_{};
};

}  // namespace demo
