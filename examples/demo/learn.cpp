// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "learn.hpp"
#include <transxssm/model/generate.hpp>
#include <transxssm/model/initialize.hpp>
#include <transxssm/train/trainer.hpp>
#include <chrono>
#include <numbers>
#include <thread>
#include "../train/small_model.hpp"

namespace demo {
namespace {

using namespace transxssm;

constexpr index_t length = 128, rows = 8, steps = 400, of_one_mean = 10;

std::string said(hybrid<float> const& model, std::string const& prompt, index_t bytes) {
  model_cache<float> cache(model.config(), index_t(prompt.size()) + bytes);
  generation const wanted{.max_tokens = bytes, .how = {.temperature = 0.7, .top_p = 0.95, .seed = 1}};
  return bytes_of_tokens(generate(model, cache, {tokens_of_bytes(prompt)}, wanted)[0]);
}

}  // namespace

learned learn(std::string const& text, verify::progress const& tell) {
  learned r;
  if (text.size() < 20000) return r;
  text_split const split(text, part_starts(text));
  auto held_out = validation_batches(split.validation, length, rows);
  for (std::size_t i = 0; i < 8 && i < held_out.size(); ++i) held_out[i] = held_out[i * held_out.size() / 8];
  held_out.resize(std::min<std::size_t>(8, held_out.size()));  // from all over
  text_data data(split.training, {.length = length, .count = rows, .seed = 1});
  hybrid<float> model(training::small_model("transxssm", 64, 4));
  initialize(model, 1);

  r.parameters = model.config().parameters(), r.layers = model.config().n_layers, r.d_model = model.config().d_model;
  r.threads = std::thread::hardware_concurrency() > 1 ? 2 : 1;
  r.held_out = index_t(split.validation.bytes.size());
  std::size_t const line = split.validation.bytes.find('\n') + 1;  // or 0, if there is none
  r.prompt = split.validation.bytes.substr(
      line, std::min(split.validation.bytes.find(' ', line + 40) - line, std::size_t(80)));
  r.before = said(model, r.prompt, 100);

  auto const begin = std::chrono::steady_clock::now();
  trainer<float> train(model, length, {.learning_rate = {.peak = 5e-3, .steps = steps}, .optimiser = {.decay = 0.1}});
  auto validate = [&] {
    r.validation.push_back({train.steps(), train.loss(cpu{r.threads}, held_out) / std::numbers::ln2});
  };
  std::vector<text_batch> batches(2);
  double sum = 0;
  validate();
  for (index_t step = 1; step <= steps; ++step) {
    for (text_batch& b : batches) data.next(b);
    training_step const done = train(cpu{r.threads}, batches);
    r.bytes += done.targets, sum += done.loss;
    if (step % of_one_mean == 0) r.training.push_back({step, std::exchange(sum, 0) / of_one_mean / std::numbers::ln2});
    if (step % (5 * of_one_mean) == 0 || step == of_one_mean) validate();
    tell(double(step) / double(steps));
  }
  r.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  r.after = said(model, r.prompt, 500);
  return r;
}

}  // namespace demo
