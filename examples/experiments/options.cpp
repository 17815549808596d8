// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "options.hpp"
#include <algorithm>
#include <sstream>
#include <transxssm/io/mapped_file.hpp>
#include <transxssm/io/new_file.hpp>
#include <transxssm/io/training_state.hpp>

namespace experiments {

void experiment_options::add_to(CLI::App& command, std::map<std::string, extent> named) {
  sizes = std::move(named);
  std::vector<std::string> names;
  for (auto const& [name, ignored] : sizes) names.push_back(name);
  command.add_option("directory", directory, "Where all that comes out is kept, and found again")->required();
  command
      .add_option("--text", text_file, "A text with empty lines between its chapters (scripts/corpus/kjv writes one)")
      ->required()
      ->check(CLI::ExistingFile);
  command.add_option("--size", size, "How large models are, and how long they learn")
      ->check(CLI::IsMember(names))
      ->capture_default_str();
  auto number = [&](char const* name, auto& value, char const* what) {
    command.add_option(name, value, std::string(what) + " (default: the size's)")->check(CLI::PositiveNumber);
  };
  number("--d-model", d_model, "Width"), number("--layers", layers, "Depth");
  number("--length", length, "Tokens of a sequence, T"), number("--rows", rows, "Sequences in each step");
  number("--steps", steps, "Steps of training"), number("--rate", rate, "Peak of the learning rate");
  number("--seeds", seeds, "Seeds 1, 2, ..., for each model");
  command.add_option("--minutes", minutes, "Stop after so long, to go on at the next call")->check(CLI::PositiveNumber);
  command.add_option("--at-once", at_once, "Models that are trained side by side")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command.add_option("--threads", threads, "Threads of each of them")->check(CLI::Range(1, 256))->capture_default_str();
}

extent experiment_options::chosen() const {
  extent e = sizes.at(size);
  e.d_model = d_model.value_or(e.d_model), e.layers = layers.value_or(e.layers);
  e.length = length.value_or(e.length), e.rows = rows.value_or(e.rows), e.steps = steps.value_or(e.steps);
  e.rate = rate.value_or(e.rate), e.seeds = seeds.value_or(e.seeds);
  return e;
}

std::map<std::string, std::string> experiment_options::described() const {
  extent const e = chosen();
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (char c : file_text(text_file)) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return {{"d_model", std::to_string(e.d_model)}, {"layers", std::to_string(e.layers)},
          {"length", std::to_string(e.length)},   {"rows", std::to_string(e.rows)},
          {"steps", std::to_string(e.steps)},     {"rate", transxssm::training_file::exact(e.rate)},
          {"text", std::to_string(hash)}};
}

std::string experiment_options::sentence() const {
  extent const e = chosen();
  std::ostringstream s;
  s << "d_model " << e.d_model << ", " << e.layers << " layers, T " << e.length << ", " << e.rows
    << " sequences a step, " << e.steps << " steps, learning rate " << e.rate << "; tokens are bytes of "
    << std::filesystem::path(text_file).filename().string() << ". " << at_once
    << (at_once == 1 ? " model" : " models side by side") << ", " << threads << (threads == 1 ? " thread" : " threads")
    << (at_once == 1 ? "." : " each.");
  return s.str();
}

corpus::corpus(experiment_options const& o, index_t longest) : bytes(file_text(o.text_file)) {
  transxssm::text_split const parts(bytes, transxssm::part_starts(bytes));
  training.append(parts.training.bytes), validation.append(parts.validation.bytes);
  for (auto const* part : {&training, &validation})
    if (index_t(part->bytes.size()) <= longest)
      transxssm::refuse("--text", part == &training ? "what is for training" : "what is for validation",
                        index_t(part->bytes.size()), "bytes", "more than " + std::to_string(longest));
}

std::string file_text(std::filesystem::path const& path) {
  transxssm::mapped_file const file(path);
  return {reinterpret_cast<char const*>(file.bytes().data()), file.bytes().size()};
}

void write_file(std::filesystem::path const& path, std::string_view text) {
  transxssm::new_file file(path);
  file.write(text);
  file.commit();
}

std::vector<std::string> names_in(std::string const& list, std::vector<std::string> const& known) {
  std::vector<std::string> found;
  std::istringstream in(list);
  for (std::string name; std::getline(in, name, ',');) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      std::string all;
      for (auto const& k : known) all += (all.empty() ? "" : ", ") + k;
      throw std::invalid_argument("\"" + name + "\" is none of " + all);
    }
    if (std::find(found.begin(), found.end(), name) == found.end()) found.push_back(name);
  }
  return found.empty() ? known : found;
}

}  // namespace experiments
