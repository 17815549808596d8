// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <CLI/CLI.hpp>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <transxssm/train/text_batch.hpp>

namespace experiments {

using transxssm::index_t;

/// How large models are, and how long they learn.
struct extent {
  index_t d_model, layers;
  index_t length, rows;  // T; sequences in each step
  index_t steps;
  double rate;  // the learning rate's peak
  int seeds;
};

/// What every experiment has to be told.
struct experiment_options {
  std::string text_file;
  std::filesystem::path directory;
  double minutes = 1e6;
  int at_once = 2, threads = 1;

  /// A size by its name, and what is to be another number than there.
  std::map<std::string, extent> sizes;
  std::string size = "smoke";
  std::optional<index_t> d_model, layers, length, rows, steps;
  std::optional<double> rate;
  std::optional<int> seeds;

  void add_to(CLI::App& command, std::map<std::string, extent> named);
  extent chosen() const;
  /// What has to be the same for two calls to belong to one experiment (more seeds do).
  std::map<std::string, std::string> described() const;
  /// What is said about it below a table.
  std::string sentence() const;
};

/// The text, one chapter in ten (see part_starts) for validation, each part read as one document. Throws std::invalid_argument if one of them
/// has no more than `longest` bytes.
struct corpus {
  std::string bytes;
  transxssm::documents training, validation;
  corpus(experiment_options const& o, index_t longest);
};

/// A whole file. Throws transxssm::file_error if it cannot be read.
std::string file_text(std::filesystem::path const& path);
/// A file that is there as a whole or not at all.
void write_file(std::filesystem::path const& path, std::string_view text);

/// The names in "a,b,c", each one of `known`; all of these if there are none. Throws std::invalid_argument if one is not.
std::vector<std::string> names_in(std::string const& list, std::vector<std::string> const& known);

}  // namespace experiments
