// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "jobs.hpp"
#include <mutex>
#include <thread>

namespace experiments {

namespace {

using clock = std::chrono::steady_clock;
double minutes_since(clock::time_point from) { return std::chrono::duration<double>(clock::now() - from).count() / 60; }

void expect_same_experiment(std::filesystem::path const& path, std::map<std::string, std::string> const& same) {
  if (!exists(path)) return write_file(path, json(same).dump(2) + "\n");
  std::map<std::string, std::string> found;
  try {
    found = parse_json(path, file_text(path)).get<decltype(found)>();
  } catch (nlohmann::json::exception const&) { throw file_error(path, "does not describe an experiment"); }
  if (std::string const lines = training_file::differences(found, same); !lines.empty())
    throw file_error(path, "is of another experiment:" + lines);
}

}  // namespace

void carry_out(experiment_options const& o, std::map<std::string, std::string> const& same,
               std::vector<job> const& jobs, std::function<void(std::vector<json> const&)> const& publish) {
  auto const begin = clock::now();
  create_directories(o.directory);
  expect_same_experiment(o.directory / "experiment.json", same);
  auto result_file = [&](job const& j) { return o.directory / j.name / "result.json"; };

  std::vector<std::optional<json>> results(jobs.size());
  for (std::size_t i = 0; i < jobs.size(); ++i)
    if (auto const path = result_file(jobs[i]); exists(path)) results[i] = json(parse_json(path, file_text(path)));
  auto publish_all = [&] {
    std::vector<json> found;
    for (auto const& r : results)
      if (r) found.push_back(*r);
    publish(found);
  };

  std::mutex turn;  // for all below
  std::size_t next = 0;
  std::exception_ptr thrown;
  auto say = [&](std::size_t i, std::string const& what) {
    std::fprintf(stderr, "%3zu of %zu  %s: %s\n", i + 1, jobs.size(), jobs[i].name.c_str(), what.c_str());
  };
  auto work = [&] {
    std::unique_lock lock(turn);
    while (!thrown) {
      while (next < jobs.size() && results[next]) say(next, "finished before"), ++next;
      double const left = 60 * (o.minutes - minutes_since(begin));
      if (next == jobs.size() || left <= 0) return;
      std::size_t const i = next++;
      say(i, "begins, or goes on");
      lock.unlock();
      std::optional<json> result;
      std::exception_ptr failed;
      auto const started = clock::now();
      try {
        training::run_options how;
        how.where = cpu{o.threads}, how.seconds = left;
        how.directory = o.directory / jobs[i].name, how.quiet = o.at_once > 1;
        result = jobs[i].work(std::move(how));
        if (result) write_file(result_file(jobs[i]), result->dump(2) + "\n");
      } catch (...) { failed = std::current_exception(); }
      lock.lock();
      if (failed) {
        thrown = failed;
        return;
      }
      say(i, (result ? "finished after " : "stopped after ") + training::duration(60 * minutes_since(started)));
      if (!result) continue;
      results[i] = std::move(result);
      try {
        publish_all();
      } catch (...) { thrown = std::current_exception(); }
    }
  };
  {
    std::vector<std::jthread> beside;
    for (int i = 1; i < o.at_once; ++i) beside.emplace_back(work);
    work();
  }
  if (thrown) std::rethrow_exception(thrown);
  publish_all();
  auto const done = std::count_if(results.begin(), results.end(), [](auto const& r) { return r.has_value(); });
  std::printf("%td of %zu models are finished%s\n", done, jobs.size(),
              std::size_t(done) < jobs.size() ? "; the same command goes on" : "");
}

training::run_options training_of(extent const& e, std::uint64_t seed, training::run_options how,
                                  std::map<std::string, std::string> same) {
  how.settings.learning_rate = {.peak = e.rate, .steps = e.steps};
  how.batches = batches_of(e), how.seed = seed, how.same = std::move(same);
  how.save_every = how.validate_every = std::max<index_t>(1, e.steps / 20);
  return how;
}

std::string lines_of(std::vector<json> const& objects) {
  std::string lines;
  for (json const& o : objects) lines += o.dump() + "\n";
  return lines;
}

}  // namespace experiments
