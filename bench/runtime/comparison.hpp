// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
// A row of the table, as a benchmark of Google Benchmark: one iteration is one round of the protocol, its manual time that
// of the subject, and the figures are counters, in the console and in the JSON.
#include <benchmark/benchmark.h>
#include <cmath>
#include <limits>
#include "interleaved.hpp"

namespace bench {

struct options {
  int threads = 1, rounds = 11;
};

/// What has to be reached (must), and what would be good (aim): a speed at least so many times the reference's, or a cost
/// at most so many times the reference's. Or nothing: a row to look at.
struct goal {
  bool of_speed = true;
  double must = std::numeric_limits<double>::quiet_NaN(), aim = must;

  bool exists() const { return !std::isnan(must); }
  char const* verdict(double reached) const {
    auto meets = [&](double bar) { return of_speed ? reached >= bar : reached <= bar; };
    return !exists() ? "" : meets(aim) ? "aim reached" : meets(must) ? "must reached" : "MISSED";
  }
};
inline goal at_least(double must, double aim) { return {true, must, aim}; }
inline goal at_most(double must, double aim) { return {false, must, aim}; }
inline goal const no_goal{};
inline goal const no_goal_for_cost{false};

/// The figure of a row, where within the rounds its middle half lies, and what was asked for.
inline void report(benchmark::State& state, goal asked, double figure, double lower, double upper) {
  state.counters["ratio"] = figure;
  state.counters["ratio_q1"] = lower, state.counters["ratio_q3"] = upper;
  if (asked.exists()) state.counters["must"] = asked.must, state.counters["aim"] = asked.aim;
  state.SetLabel(asked.verdict(figure));
}

/// ||a - b|| / ||b||, of as many numbers.
inline double relative_difference(auto const& a, auto const& b) {
  if (a.size() != b.size()) return std::numeric_limits<double>::infinity();
  double difference = 0, norm = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    double x = a[i], y = b[i];
    difference += (x - y) * (x - y), norm += y * y;
  }
  return std::sqrt(difference / norm);
}

/// Registers a row. The works are made when it runs, and freed after it. A peer has to compute the same numbers.
inline void compare(options how, std::string const& name, goal asked, preparation subject, preparation reference,
                    bool is_peer = false) {
  auto run = [=](benchmark::State& state) {
    work ours = subject(), theirs = reference();
    if (is_peer) {
      ours.run(), theirs.run();
      if (!(relative_difference(ours.result, theirs.result) < 1e-3))
        return state.SkipWithError("the peer computes something else");
    }
    interleaved rounds(std::move(ours), std::move(theirs),
                       how.threads == 1 ? clock_of::the_processor : clock_of::the_wall);
    rounds.round();  // warm
    for (auto _ : state) state.SetIterationTime(rounds.round());
    auto const& ratios = asked.of_speed ? rounds.speed : rounds.cost;
    report(state, asked, quantile(ratios, 0.5), quantile(ratios, 0.25), quantile(ratios, 0.75));
    state.counters["seconds"] = quantile(rounds.subject_seconds, 0.5);
    state.counters["reference_seconds"] = quantile(rounds.reference_seconds, 0.5);
  };
  benchmark::RegisterBenchmark(name.c_str(), run)
      ->UseManualTime()
      ->Iterations(how.rounds)
      ->Unit(benchmark::kMillisecond);
}

/// Registers a row that is no time: f() is its figure.
inline void measure(std::string const& name, goal asked, std::function<double()> f) {
  auto run = [=](benchmark::State& state) {
    double figure = 0;
    for (auto _ : state) figure = f();
    report(state, asked, figure, figure, figure);
  };
  benchmark::RegisterBenchmark(name.c_str(), run)->Iterations(1)->Unit(benchmark::kMillisecond);
}

// One file each.
void ssd_prefill_rows(options);
void attention_rows(options);
void rotation_rows(options);
void row_operator_rows(options);
void decode_rows(options);
void gradient_rows(options);
void growth_rows(options);
void thread_rows(options);
void ggml_rows(options);  // only where ggml is

}  // namespace bench
