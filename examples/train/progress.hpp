// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <string>
#include <unistd.h>

namespace training {

/// "41 s", "3:05 min", "2:07 h".
inline std::string duration(double seconds) {
  long const s = std::lround(std::clamp(seconds, 0., 1e9));
  auto const two = [](long n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  if (s < 60) return std::to_string(s) + " s";
  if (s < 3600) return std::to_string(s / 60) + ":" + two(s % 60) + " min";
  return std::to_string(s / 3600) + ":" + two(s % 3600 / 60) + " h";
}

/// How far a training is, on stderr: one line that is rewritten on a terminal, a line every few seconds in a log.
///
///     ███████░░░░░░░░░░░░░  step 700 of 2000  loss 1.532, 2.210 bits per byte  9100 tokens/s  2:25 min left
///
/// Loss and speed are running means over about 20 steps, since single ones jump.
class progress {
 public:
  /// For steps `done` + 1, ..., `steps`.
  progress(long steps, long done) : steps_(steps), first_(done), terminal_(isatty(2) != 0) {}
  ~progress() { end_line(); }
  progress(progress const&) = delete;
  progress& operator=(progress const&) = delete;

  /// So many steps are done; the last had this loss, in nats for each byte, and so many tokens.
  void at(long step, double loss, double tokens) {
    auto const now = clock::now();
    double const seconds = since(last_, now),
                 fade = std::min(0.95, double(step - first_ - 1) / double(step - first_ + 1));
    last_ = now;
    loss_ = fade * loss_ + (1 - fade) * loss;
    step_seconds_ = fade * step_seconds_ + (1 - fade) * seconds;
    bool const last = step >= steps_;
    if (!last && since(drawn_, now) < (terminal_ ? 0.1 : 5.0)) return;
    drawn_ = now;
    draw(step, tokens / std::max(step_seconds_, 1e-9), double(steps_ - step) * step_seconds_);
    if (last) end_line();
  }
  /// Time spent on something else, a validation, belongs to no step.
  void pause_over() { last_ = clock::now(); }
  /// Something else to say, on a line of its own.
  void say(std::string const& text) {
    if (open_) std::fputs("\r\033[K", stderr);
    open_ = false;
    std::fprintf(stderr, "%s\n", text.c_str());
  }

 private:
  using clock = std::chrono::steady_clock;
  static double since(clock::time_point from, clock::time_point to) {
    return std::chrono::duration<double>(to - from).count();
  }

  void draw(long step, double tokens_per_second, double left) {
    char text[160];
    std::snprintf(text, sizeof text, "step %ld of %ld  loss %.3f, %.3f bits per byte  %.0f tokens/s  %s left", step,
                  steps_, loss_, loss_ / std::numbers::ln2, tokens_per_second, duration(left).c_str());
    std::string bar;
    for (int i = 0; i < 20; ++i) bar += double(i) < 20 * double(step) / double(steps_) ? "█" : "░";
    if (terminal_) std::fprintf(stderr, "\r\033[K%s  %s", bar.c_str(), text);
    else std::fprintf(stderr, "%s\n", text);
    std::fflush(stderr);
    open_ = terminal_;
  }
  void end_line() {
    if (open_) std::fputs("\n", stderr);
    open_ = false;
  }

  long steps_, first_;
  bool terminal_, open_ = false;
  double loss_ = 0, step_seconds_ = 0;
  clock::time_point last_ = clock::now(), drawn_{};
};

}  // namespace training
