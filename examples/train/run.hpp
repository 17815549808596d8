// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <functional>
#include <transxssm/io/metrics.hpp>
#include <transxssm/io/training_state.hpp>
#include <transxssm/model.hpp>
#include <transxssm/train/trainer.hpp>
#include <transxssm/transxssm.hpp>
#include "progress.hpp"

namespace training {

using namespace transxssm;

/// One training, from the first step to the last, however often it is stopped in between.
struct run_options {
  training_settings settings = {};
  index_t batches = 2;  // of each step: as many as threads, or more; their gradients are added
  std::uint64_t seed = 1;
  cpu where{.threads = 2};
  double seconds = 1e9;                                   // stops after so long, to go on when it is called again
  index_t stop_at = std::numeric_limits<index_t>::max();  // or after this step
  index_t save_every = 100, validate_every = 200;

  /// Where metrics.jsonl and state.safetensors are kept; nothing is, if it is empty.
  std::filesystem::path directory = {};
  /// What else has to be the same when a training goes on: see training_progress.
  std::map<std::string, std::string> same = {};
  bool quiet = false;
};

/// "2.104 bits per byte", from nats.
inline std::string bits(double nats) {
  char text[64];
  std::snprintf(text, sizeof text, "%.3f bits per byte", nats / std::numbers::ln2);
  return text;
}

/// How far it has come.
struct run_result {
  index_t steps = 0;
  double seconds = 0;          // of training alone
  double loss = 0;             // of the last step, nats for each token
  double validation_loss = 0;  // of the model as it is, if there is something to validate on
  bool finished = false;
};

/// What the batches of a training are taken from: a text_data, or a generator of tasks.
template<class D>
concept batch_source = requires(D& data, text_batch& batch, text_position at) {
  data.next(batch);
  { data.position() } -> std::same_as<text_position>;
  data.seek(at);
};

/// Trains `model` on `data`, until all steps are done or the time is over. If `directory` holds the state of this very
/// training, it goes on from there, bit by bit as if it had never stopped. Throws file_error if it holds another one.
template<class S, batch_source Data>
run_result run(hybrid<S>& model, Data& data, index_t longest, std::span<text_batch const> validation,
               run_options const& o) {
  trainer<S> train(model, longest, o.settings);
  auto const state = o.directory / "state.safetensors";
  std::optional<metrics_file> metrics;
  run_result result;
  auto settings = o.same;
  settings["steps"] = std::to_string(o.settings.learning_rate.steps);
  settings["learning rate"] = training_file::exact(o.settings.learning_rate.peak);
  settings["clip"] = training_file::exact(o.settings.clip);
  settings["batches"] = std::to_string(o.batches), settings["seed"] = std::to_string(o.seed);
  if (!o.directory.empty()) {
    create_directories(o.directory);
    if (exists(state)) {
      training_progress const at = load_training_state(state, model, train.optimiser, settings);
      data.seek(at.data);
      result.steps = at.step, result.seconds = at.seconds;
    }
    metrics.emplace(o.directory / "metrics.jsonl", result.steps);
  }
  auto save = [&] {
    if (!o.directory.empty())
      save_training_state(
          state, model, train.optimiser,
          {.step = result.steps, .data = data.position(), .seconds = result.seconds, .settings = settings});
  };
  auto const now = [] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  };
  auto validate = [&] { return validation.empty() ? 0 : train.loss(o.where, validation); };

  index_t const steps = o.settings.learning_rate.steps;
  double const begin = now();
  std::optional<progress> shown;
  if (!o.quiet && result.steps < steps) shown.emplace(steps, result.steps);
  std::vector<text_batch> batches(static_cast<std::size_t>(o.batches));
  bool validated = false;
  while (result.steps < std::min(steps, o.stop_at) && now() - begin < o.seconds) {
    double const before = now();
    for (text_batch& b : batches) data.next(b);
    training_step const done = train(o.where, batches);
    double const spent = now() - before;
    ++result.steps, result.seconds += spent, result.loss = done.loss;
    training_metrics line{.step = result.steps,
                          .loss = done.loss,
                          .learning_rate = done.learning_rate,
                          .gradient_norm = done.gradient_norm,
                          .tokens_per_second = double(done.targets) / spent,
                          .seconds = result.seconds};
    validated = !validation.empty() && (result.steps % o.validate_every == 0 || result.steps == steps);
    if (validated) line.validation_loss = result.validation_loss = validate();
    if (metrics) metrics->write(line);
    if (shown) {
      shown->at(result.steps, done.loss, double(done.targets));
      if (validated)
        shown->say("step " + std::to_string(result.steps) + ": " + bits(result.validation_loss) + " held out");
      if (validated) shown->pause_over();
    }
    if (result.steps % o.save_every == 0) save();
  }
  save();
  if (!validated) result.validation_loss = validate();
  result.finished = result.steps >= steps;
  return result;
}

}  // namespace training
