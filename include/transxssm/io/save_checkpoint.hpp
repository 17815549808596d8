// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>
#include "checkpoint.hpp"
#include "save_safetensors.hpp"

namespace transxssm {

struct save_options {
  std::map<std::string, std::string> metadata = {};  // of every file
  std::uint64_t shard_bytes = 5'000'000'000;         // the most bytes of tensors in one file, unless one alone has more
};

/// Runs of tensors of at most that many bytes, in their order.
inline std::vector<std::vector<stored_tensor>> shards_of(std::span<stored_tensor const> tensors,
                                                         std::uint64_t shard_bytes) {
  std::vector<std::vector<stored_tensor>> shards(1);
  std::uint64_t bytes = 0;
  for (stored_tensor const& t : tensors) {
    if (!shards.back().empty() && t.bytes.size() > shard_bytes - std::min(bytes, shard_bytes))
      shards.emplace_back(), bytes = 0;
    shards.back().push_back(t);
    bytes += t.bytes.size();
  }
  return shards;
}

/// The names of `count` shards, none of which is that of a file in the directory: "model-00001-of-00002.safetensors", or
/// "model.1-00001-of-00002.safetensors" and so on.
inline std::vector<std::string> new_shard_names(std::filesystem::path const& directory, std::size_t count) {
  auto five = [](std::size_t n) {
    return std::string(5 - std::min<std::size_t>(5, std::to_string(n).size()), '0') + std::to_string(n);
  };
  for (std::size_t attempt = 0;; ++attempt) {
    std::string const stem = attempt == 0 ? "model" : "model." + std::to_string(attempt);
    std::vector<std::string> names;
    bool taken = false;
    std::error_code unknown;
    for (std::size_t i = 1; i <= count; ++i) {
      names.push_back(stem + "-" + five(i) + "-of-" + five(count) + ".safetensors");
      taken = taken || exists(directory / names.back(), unknown);
    }
    if (!taken) return names;
  }
}

/// Files that are removed at the end, unless they are kept.
struct passing_files {
  std::vector<std::filesystem::path> paths = {};
  ~passing_files() {
    std::error_code ignored;
    for (auto const& path : paths) remove(path, ignored);
  }
};

/// The shards that a directory has according to its index, if there is one that can be read, beside the single file.
inline std::vector<std::filesystem::path> shards_in(std::filesystem::path const& directory) {
  std::vector<std::filesystem::path> paths;
  std::error_code unknown;
  try {
    for (auto const& [name, tensors] : read_index(directory / index_file_name))
      if (auto path = directory / name;
          exists(path, unknown) && !equivalent(path, directory / single_file_name, unknown))
        paths.push_back(path);
  } catch (file_error const&) {}
  return paths;
}

/// Writes what checkpoint(path) reads. If path is a directory: model.safetensors, or, where that would have more than
/// options.shard_bytes, shards and model.safetensors.index.json. Else: that one file.
///
/// At any moment the directory holds the old checkpoint or the new one: shards have names that are new there, the index
/// is written after them, and only then the files of the old checkpoint are removed. If anything throws, it holds the old
/// one and nothing of the new. The tensors may be those of the checkpoint that is replaced.
///
/// Throws as save_safetensors does.
inline void save_checkpoint(std::filesystem::path const& path, std::vector<stored_tensor> const& tensors,
                            save_options const& options = {}) {
  expect_storable(tensors);
  if (std::error_code unknown; !is_directory(path, unknown)) return save_safetensors(path, tensors, options.metadata);

  std::filesystem::path const single = path / single_file_name, index = path / index_file_name;
  passing_files old{shards_in(path)};
  passing_files written;
  try {
    auto const shards = shards_of(tensors, options.shard_bytes);
    if (shards.size() == 1) {
      save_safetensors(single, tensors, options.metadata);  // from here on, this is the checkpoint
      old.paths.push_back(index);
      return;
    }
    auto const names = new_shard_names(path, shards.size());
    nlohmann::json map = nlohmann::json::object();
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < shards.size(); ++i) {
      save_safetensors(path / names[i], shards[i], options.metadata);
      written.paths.push_back(path / names[i]);
      for (stored_tensor const& t : shards[i]) map[t.name] = names[i], total += t.bytes.size();
    }
    new_file file(index);
    file.write(nlohmann::json{{"metadata", {{"total_size", total}}}, {"weight_map", map}}.dump(2) + "\n");
    file.commit();  // from here on, this is the checkpoint, unless there is a single file
    written.paths.push_back(index);
    if (std::error_code error; !remove(single, error) && error) throw file_error(single, error.message());
    written.paths.clear();
  } catch (...) {
    old.paths.clear();
    throw;
  }
}

}  // namespace transxssm
