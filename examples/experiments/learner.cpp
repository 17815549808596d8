// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "learner.hpp"
#include <transxssm/model/initialize.hpp>

namespace experiments {

model new_model(model_config const& config, std::uint64_t seed) {
  model m(config);
  initialize(m, seed);
  return m;
}

model with_config(model& from, model_config const& config) {
  model to(config);
  auto const source = numbers_of(from), target = numbers_of(to);
  for (std::size_t i = 0; i < source.size(); ++i) {
    expect("with_config", "a weight", index_t(target.at(i).size()), "numbers", index_t(source[i].size()));
    std::ranges::copy(source[i], target[i].begin());
  }
  return to;
}

training::run_result learn(model& m, any_source& data, index_t longest, std::span<text_batch const> validation,
                           training::run_options const& how) {
  return training::run(m, data, longest, validation, how);
}

double loss_of(model& m, std::span<text_batch const> batches, index_t longest, cpu where) {
  return trainer<float>(m, longest, {}).loss(where, batches);
}

std::vector<double> losses_of(model& m, text_batch const& batch, index_t longest, cpu where) {
  return model_gradient<float>(m, longest).losses(batch.inputs, batch.targets, policy{where});
}

model::matrix logits_for(model const& m, std::vector<token> const& tokens, cpu where) {
  model_cache<float> cache(m.config(), index_t(tokens.size()));
  return m(token_batch(tokens), cache, logits_of::every_token, policy{where});
}

}  // namespace experiments
