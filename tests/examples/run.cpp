// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "../../examples/train/run.hpp"
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <chrono>
#include <csignal>
#include <sstream>
#include <thread>
#include <transxssm/model/initialize.hpp>
#include "../../examples/train/small_model.hpp"
#include "io/files.hpp"

namespace run_tests {

using namespace training;
using test_files::directory, test_files::read;

std::string some_text() {
  std::string text;
  for (int i = 0; i < 100; ++i)
    text += "And the evening and the morning were the " + std::to_string(i * i) + "th day.\n";
  return text;
}

/// What a training leaves behind: the model's bits, and its metrics without times.
struct outcome {
  std::string weights, metrics;
  run_result result;
  bool operator==(outcome const& o) const { return weights == o.weights && metrics == o.metrics; }
};

std::string without_times(std::string const& metrics) {
  std::istringstream lines(metrics);
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    kept += line.substr(0, line.find(",\"tokens_per_second\""));
    auto const validation = line.find(",\"validation_loss\"");
    if (validation != line.npos) kept += line.substr(validation, line.find(",\"seconds\"") - validation);
    kept += "\n";
  }
  return kept;
}

constexpr index_t steps = 24;

/// Trains what `where` holds, or a new model; the weights are those that were saved.
template<class S = float>
outcome trained(std::filesystem::path const& where, run_options o = {}, std::uint64_t seed = 1) {
  text_split const split(some_text(), block_starts(some_text(), 128));
  text_data data(split.training, {.length = 16, .count = 2, .seed = seed});
  hybrid<S> model(training::small_model("transxssm", 32, 2));
  initialize(model, 1);
  o.settings = {.learning_rate = {.peak = 1e-2, .steps = steps}};
  o.validate_every = 5, o.directory = where, o.quiet = true, o.same = {{"data", std::to_string(seed)}};
  auto const held_out = validation_batches(split.validation, 16, 8);
  outcome found;
  found.result = run(model, data, 16, held_out, o);
  transxssm::visit_weights(model, [&](auto const&, std::vector<index_t> const& shape, auto const* numbers) {
    std::size_t n = 1;
    for (index_t extent : shape) n *= std::size_t(extent);
    found.weights.append(reinterpret_cast<char const*>(numbers), n * sizeof *numbers);
  });
  found.metrics = without_times(read(where / "metrics.jsonl"));
  return found;
}

TEST_CASE("a run that is stopped after any step and goes on is one that never stopped") {
  directory const whole_place;
  outcome const whole = trained(whole_place);
  CHECK((whole.result.finished && whole.result.steps == steps));
  CHECK(std::ranges::count(whole.metrics, '\n') == steps);
  CHECK(whole.result.loss < 4);
  for (index_t stop : {1, 5, 7, 23}) {
    CAPTURE(stop);
    directory const here;
    outcome const first = trained(here, {.where = cpu{1}, .stop_at = stop});
    CHECK((!first.result.finished && first.result.steps == stop));
    outcome const rest = trained(here, {.where = cpu{3}});
    CHECK((rest == whole && rest.result.finished));
    CHECK(rest.result.validation_loss == whole.result.validation_loss);
    outcome const again = trained(here);  // there is nothing left to do
    CHECK((again == whole && again.result.validation_loss == whole.result.validation_loss));
  }
}

TEST_CASE("a run stops when its time is over, and each call goes a little further") {
  directory const here, whole_place;
  CHECK(trained(here, {.seconds = 0}).result.steps == 0);
  for (int i = 0; i < 1000 && !trained(here, {.seconds = 1e-6}).result.finished; ++i) {}
  CHECK((trained(here) == trained(whole_place)));
}

TEST_CASE("a run that is killed, again and again, at any moment, is one that never stopped") {
  directory const here;
  directory const whole_place;
  using clock = std::chrono::steady_clock;
  auto const begin = clock::now();
  outcome const whole = trained(whole_place, {.where = cpu{1}, .save_every = 2});
  auto const time = std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - begin);
  int killed = 0;
  for (int attempt = 1; attempt <= 200; ++attempt) {
    pid_t const child = ::fork();
    if (child == 0) {  // no threads: a child has none of its parent's
      try {
        trained(here, {.where = cpu{1}, .save_every = 2});
      } catch (std::exception const&) { ::_exit(1); }
      ::_exit(0);
    }
    std::this_thread::sleep_for(time * attempt / 16);
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (!WIFSIGNALED(status)) {
      CHECK(WEXITSTATUS(status) == 0);
      break;
    }
    ++killed;
  }
  CHECK((killed >= 3 && killed < 200));
  CHECK((trained(here) == whole));
}

TEST_CASE("a run in bfloat16 goes on as well, from its masters") {
  directory const here, whole_place;
  outcome const whole = trained<Eigen::bfloat16>(whole_place);
  trained<Eigen::bfloat16>(here, {.stop_at = 9});
  CHECK((trained<Eigen::bfloat16>(here) == whole));
}

TEST_CASE("a directory with another training is refused, and stays as it was") {
  directory const here;
  trained(here, {.stop_at = 3});
  std::string const state = read(here / "state.safetensors"), metrics = read(here / "metrics.jsonl");
  CHECK_THROWS_AS(trained(here, {.batches = 3}), file_error);
  CHECK_THROWS_AS(trained(here, {}, 2), file_error);
  CHECK((read(here / "state.safetensors") == state && read(here / "metrics.jsonl") == metrics));
}

}  // namespace run_tests
