// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../train/adamw.hpp"
#include "../train/training_progress.hpp"
#include "model.hpp"

namespace transxssm {

namespace training_file {

inline constexpr char format[] = "transxssm training state 1";

inline std::string exact(double x) { return nlohmann::json(x).dump(); }

/// One line for each name that the maps do not agree about: "batch" is "8", expected "16".
inline std::string differences(std::map<std::string, std::string> const& found,
                               std::map<std::string, std::string> const& expected) {
  std::string lines;
  auto value = [](auto const& map, std::string const& name) {
    auto at = map.find(name);
    return at == map.end() ? "not there" : in_quotes(at->second);
  };
  std::map<std::string, std::string> all = found;
  all.insert(expected.begin(), expected.end());
  for (auto const& [name, ignored] : all)
    if (value(found, name) != value(expected, name))
      lines += "\n  " + in_quotes(name) + " is " + value(found, name) + ", expected " + value(expected, name);
  return lines;
}

/// What a file says beside its tensors. Throws file_error if it does not say it, or says something else.
struct said_by {
  checkpoint const& file;

  std::string const& text(std::string const& name) const {
    if (auto at = file.metadata().find(name); at != file.metadata().end()) return at->second;
    throw file_error(file.path(), "is no training state: it does not say its " + in_quotes(name));
  }
  template<class T>
  T value(std::string const& name) const {
    try {
      return parse_json(file.path(), text(name)).template get<T>();
    } catch (nlohmann::json::exception const&) {
      throw file_error(file.path(), in_quotes(name) + " is " + in_quotes(text(name)) + ", which it cannot be");
    }
  }
};

/// A configuration, and the optimiser's settings, by name.
inline std::map<std::string, std::string> described(model_config const& config, adamw_settings const& s) {
  std::map<std::string, std::string> all;
  nlohmann::json const numbers = nlohmann::json(to_json(config_json::what_counts(config))).flatten();
  for (auto const& [name, value] : numbers.items())
    all[name.substr(1)] = value.is_string() ? value.get<std::string>() : value.dump();
  all["adamw/beta1"] = exact(s.beta1), all["adamw/beta2"] = exact(s.beta2);
  all["adamw/epsilon"] = exact(s.epsilon), all["adamw/decay"] = exact(s.decay);
  return all;
}

/// Everything that is trained, by name: the weights under their own, and the moments behind "adamw.m." and "adamw.v.".
template<class S>
std::vector<weight_ref<accumulator_t<S>>> weights_of(hybrid<S>& model, adamw<S>& optimiser) {
  using Acc = accumulator_t<S>;
  std::vector<weight_ref<Acc>> all;
  auto add = [&](std::string const& prefix, hybrid<Acc>& of) {
    for (weight_ref<Acc>& w : named_weights<Acc>(of).stored) all.push_back({prefix + w.name, w.shape, w.data});
  };
  add("", optimiser.weights(model)), add("adamw.m.", optimiser.m), add("adamw.v.", optimiser.v);
  return all;
}

}  // namespace training_file

/// Writes all that training needs to go on into one safetensors file: as a whole or not at all, so that whenever the
/// process or the machine stops, the path leads to the last state that was whole.
///
///     save_training_state("run/state.safetensors", model, optimiser, {.step = i, .data = data.position()});
///     ...
///     training_progress const at = load_training_state("run/state.safetensors", model, optimiser, settings);
///     data.seek(at.data);
///
/// A run that goes on so has the bits of one that never stopped. Weights and moments are stored as they are summed, F32
/// for a model in 16 bits: 12 bytes for each weight. Throws file_error if it cannot be written; std::invalid_argument as
/// to_json does, for a configuration that has no words.
template<class S>
void save_training_state(std::filesystem::path const& path, hybrid<S>& model, adamw<S>& optimiser,
                         training_progress const& progress) {
  using namespace training_file;
  using json = nlohmann::json;
  std::vector<std::vector<std::byte>> rounded;
  save_safetensors(path, stored_tensors<accumulator_t<S>>(weights_of(model, optimiser), rounded),
                   {{"format", format},
                    {"described", json(described(model.config(), optimiser.settings)).dump()},
                    {"step", std::to_string(progress.step)},
                    {"adamw.steps", std::to_string(optimiser.steps)},
                    {"data.epoch", std::to_string(progress.data.epoch)},
                    {"data.row", std::to_string(progress.data.row)},
                    {"seconds", exact(progress.seconds)},
                    {"settings", json(progress.settings).dump()},
                    {"notes", json(progress.notes).dump()}});
}

/// Fills model and optimiser with a state that was saved, and says where the run stands. Throws file_error, with every
/// difference by name and before anything is changed, if the file is damaged or of another configuration, or if the
/// settings that it was saved with are not `settings`.
template<class S>
training_progress load_training_state(std::filesystem::path const& path, hybrid<S>& model, adamw<S>& optimiser,
                                      std::map<std::string, std::string> const& settings) {
  using namespace training_file;
  using strings = std::map<std::string, std::string>;
  checkpoint const file(path);
  said_by const says{file};
  if (says.text("format") != format)
    throw file_error(path, "is " + in_quotes(says.text("format")) + ", expected " + in_quotes(format));
  if (std::string const lines =
          differences(says.value<strings>("described"), described(model.config(), optimiser.settings)) +
          differences(says.value<strings>("settings"), settings);
      !lines.empty())
    throw file_error(path, "is the state of another training:" + lines);
  training_progress progress{says.value<index_t>("step"),
                             {says.value<std::int64_t>("data.epoch"), says.value<std::int64_t>("data.row")},
                             says.value<double>("seconds"),
                             settings,
                             says.value<strings>("notes")};
  index_t const steps = says.value<index_t>("adamw.steps");
  read_weights(file, weights_of(model, optimiser));
  optimiser.steps = steps;
  if constexpr (adamw<S>::rounds) optimiser.give_weights(cpu{}, model);
  return progress;
}

}  // namespace transxssm
