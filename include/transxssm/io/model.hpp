// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../model/weights.hpp"
#include "model_config_json.hpp"
#include "new_file.hpp"
#include "read_weights.hpp"
#include "write_model_config.hpp"
#include "write_weights.hpp"

namespace transxssm {

/// The weights of a model by name: those of S, and, where S has 16 bits, those of what sums are kept in.
template<class S>
struct named_weights {
  std::vector<weight_ref<S>> stored;
  std::vector<weight_ref<accumulator_t<S>>> wide;

  explicit named_weights(hybrid<S>& model) {
    visit_weights(model, [&](std::string const& name, std::vector<index_t> const& shape, auto* numbers) {
      if constexpr (std::same_as<decltype(numbers), S*>) stored.push_back({name, shape, numbers});
      else wide.push_back({name, shape, numbers});
    });
  }
  static std::vector<std::string> names(auto const& weights) {
    std::vector<std::string> all;
    for (auto const& w : weights) all.push_back(w.name);
    return all;
  }
};

/// A model from a directory with config.json and its weights in safetensors, one file or several, of any of the families:
///
///     auto model = load_model<float>("directory");
///
/// Weights are rounded to S where they are stored in something else. Throws file_error if a file is missing, damaged, or does
/// not describe a model; if a tensor is missing, is none of the model's, or has another shape: all of them, by name.
template<class S>
hybrid<S> load_model(std::filesystem::path const& directory) {
  model_config const config = read_model_config(directory / "config.json");
  checkpoint const from(directory);
  double numbers = 0;
  for (stored_tensor const& t : from.tensors()) numbers += double(t.bytes.size()) * 8 / t.type.bits;
  if (double(config.parameters()) > 2 * numbers + 1e6)  // before memory is asked for
    throw file_error(directory, "config.json describes " + std::to_string(config.parameters()) +
                                    " parameters, but there are " + std::to_string(index_t(numbers)) +
                                    " numbers in the files");
  hybrid<S> model(config);
  named_weights<S> const weights(model);
  std::vector<std::string> passed;  // copies of what is tied, and tables that are computed
  if (model.config().tied_embeddings) passed.push_back("lm_head.weight");
  for (stored_tensor const& t : from.tensors())
    if (t.name.ends_with("rotary_emb.inv_freq")) passed.push_back(t.name);
  auto const others = [&](auto const& ignored) {
    auto all = named_weights<S>::names(ignored);
    all.insert(all.end(), passed.begin(), passed.end());
    return all;
  };
  read_weights(from, weights.stored, others(weights.wide));
  if (!weights.wide.empty()) read_weights(from, weights.wide, others(weights.stored));
  return model;
}

/// Writes what load_model reads, into a directory that is made if there is none: the weights as they are stored, the wide
/// ones as float, and then config.json. Each file is the old one or the new one at any moment, and if anything throws, the
/// old ones. Throws file_error if something cannot be written, std::invalid_argument as to_json does.
template<class S>
void save_model(std::filesystem::path const& directory, hybrid<S>& model, save_options const& options = {}) {
  std::string const config = to_json(model.config()).dump(2) + "\n";
  std::error_code error;
  if (create_directories(directory, error); error) throw file_error(directory, error.message());
  named_weights<S> const weights(model);
  std::vector<std::vector<std::byte>> rounded;
  auto tensors = stored_tensors<S>(weights.stored, rounded);
  for (auto& t : stored_tensors<accumulator_t<S>>(weights.wide, rounded)) tensors.push_back(std::move(t));
  new_file file(directory / "config.json");
  file.write(config);
  save_checkpoint(directory, tensors, options);
  file.commit();
}

}  // namespace transxssm
