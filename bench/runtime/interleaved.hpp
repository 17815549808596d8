// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
// The protocol. Clocks drift by a factor of two on shared machines, so a time alone means nothing: what is measured and
// what it is measured against run in turn, in one process, round after round, and the figure is the median of the
// rounds' ratios.
#include <algorithm>
#include <chrono>
#include <ctime>
#include <functional>
#include <span>
#include <vector>

namespace bench {

/// Something to be timed. `amount` is how much one run does, in the unit in which it is compared: flops or bytes.
struct work {
  double amount;
  std::function<void()> run;
  std::span<float const> result = {};  // what it computes, for comparison with a peer's
};

/// Makes the operands of a work, when it is its turn.
using preparation = std::function<work()>;

/// Where one thread works, its processor's time: that of other programs, which may interrupt it, is not counted.
enum class clock_of { the_wall, the_processor };

inline double now(clock_of c) {
  if (c == clock_of::the_processor) return double(std::clock()) / CLOCKS_PER_SEC;
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Of one run.
inline double seconds(work const& w, int runs, clock_of c) {
  double start = now(c);
  for (int i = 0; i < runs; ++i) w.run();
  return (now(c) - start) / runs;
}

/// How many runs last for so long that neither the clock nor the waking of threads matters. Warms up, too.
inline int runs_lasting(double least, work const& w) {
  w.run();
  return std::clamp(int(least / std::max(seconds(w, 1, clock_of::the_wall), 1e-9)) + 1, 1, 1 << 20);
}

/// The q-th quantile: 0.5 is the median.
inline double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return values[std::size_t(q * double(values.size() - 1) + 0.5)];
}

/// Two works, in turn.
class interleaved {
 public:
  interleaved(work subject, work reference, clock_of clock, double least_seconds = 0.02)
      : subject_(std::move(subject)),
        reference_(std::move(reference)),
        clock_(clock),
        subject_runs_(runs_lasting(least_seconds, subject_)),
        reference_runs_(runs_lasting(least_seconds, reference_)) {}

  /// Both once more; returns the seconds of the subject.
  double round() {
    subject_seconds.push_back(seconds(subject_, subject_runs_, clock_));
    reference_seconds.push_back(seconds(reference_, reference_runs_, clock_));
    double share = subject_rate(subject_seconds.back()) / reference_rate(reference_seconds.back());
    speed.push_back(share), cost.push_back(1 / share);
    return subject_seconds.back();
  }

  double subject_rate(double s) const { return subject_.amount / s; }
  double reference_rate(double s) const { return reference_.amount / s; }

  // Round by round: seconds of one run; how much more the subject does in a second; how many more seconds it takes.
  std::vector<double> subject_seconds, reference_seconds, speed, cost;

 private:
  work subject_, reference_;
  clock_of clock_;
  int subject_runs_, reference_runs_;
};

}  // namespace bench
