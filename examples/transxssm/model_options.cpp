// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "model_options.hpp"
#include <transxssm/model/presets.hpp>

namespace program {

void model_options::add_to(CLI::App& command) {
  auto* from = command.add_option_group("model", "Which model: one of these");
  from->add_option(
          "--model", directory,
          "A directory with config.json and *.safetensors: TransXSSM, or Hugging Face's Llama, Mamba2 or Bamba")
      ->check(CLI::ExistingDirectory);
  std::vector<std::string> names;
  for (auto const& c : presets()) names.push_back(c.name);
  from->add_option("--preset", preset,
                   "One of the paper's systems, with random weights: to see how fast it is, not what it says")
      ->check(CLI::IsMember(names));
  from->require_option(1);
  command.add_option("--dtype", dtype, "What the weights are stored in")
      ->check(CLI::IsMember({"float32", "bfloat16"}))
      ->capture_default_str();
  command.add_option("--threads", threads, "How many threads work")->check(CLI::Range(1, 1024))->capture_default_str();
  command.add_option("--weights-seed", weights_seed, "Which random weights a preset has")->capture_default_str();
}

storage storage_of(std::string const& dtype) { return dtype == "bfloat16" ? storage::bfloat16 : storage::float32; }

std::unique_ptr<any_model> model_options::model() const {
  if (!directory.empty()) return load(directory, storage_of(dtype));
  return random(transxssm::preset(preset), storage_of(dtype), weights_seed);
}

}  // namespace program
