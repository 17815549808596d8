// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <system_error>
#include <vector>
#include "safetensors.hpp"

namespace transxssm {

// What the files of a model are called, here as elsewhere: one file, or several and an index of them.
inline constexpr char single_file_name[] = "model.safetensors", index_file_name[] = "model.safetensors.index.json";

/// What an index of shards says: the tensors of each shard.
using shard_map = std::map<std::string, std::set<std::string>>;

/// Reads {"metadata": ..., "weight_map": {tensor: shard, ...}}. Shards are files beside the index, so that whoever wrote
/// it cannot have others read: throws file_error for names that lead elsewhere, and for anything that is no such index.
inline shard_map parse_index(std::filesystem::path const& file, std::string_view text) {
  nlohmann::json const index = parse_json(file, text);
  if (!index.is_object() || !index.contains("weight_map") || !index["weight_map"].is_object())
    throw file_error(file, "is no index of shards: it has no object \"weight_map\"");
  shard_map shards;
  for (auto const& [tensor, shard] : index["weight_map"].items()) {
    if (!shard.is_string()) throw file_error(file, "the shard of tensor " + in_quotes(tensor) + " is no string");
    auto const& name = shard.get_ref<std::string const&>();
    if (name.find_first_of("/\\:") != name.npos || name.find('\0') != name.npos || !name.ends_with(".safetensors"))
      throw file_error(file, "the shard of tensor " + in_quotes(tensor) + " is " + in_quotes(name) +
                                 ", expected the name of a .safetensors file in the same directory");
    shards[name].insert(tensor);
  }
  return shards;
}

inline shard_map read_index(std::filesystem::path const& file) {
  mapped_file const index(file);
  auto const bytes = index.bytes();
  if (bytes.size() > safetensors_header::longest)
    throw file_error(file, "has " + std::to_string(bytes.size()) + " bytes, expected at most " +
                               std::to_string(safetensors_header::longest));
  return parse_index(file, {reinterpret_cast<char const*>(bytes.data()), bytes.size()});
}

/// The tensors of a model: a safetensors file, or a directory that holds `model.safetensors`, or
/// `model.safetensors.index.json` and the shards that it names. If it holds both, the single file counts.
///
/// Throws file_error if one of the files is missing or not what it should be, and if the index and the shards do not say
/// the same: which tensors there are, and in which shard.
class checkpoint {
 public:
  explicit checkpoint(std::filesystem::path const& path) : path_(path) {
    std::error_code unknown;
    if (!is_directory(path, unknown)) take(safetensors(path));
    else if (exists(path / single_file_name, unknown)) take(safetensors(path / single_file_name));
    else if (exists(path / index_file_name, unknown)) take_shards(path / index_file_name);
    else throw file_error(path, "there is neither " + std::string(single_file_name) + " nor " + index_file_name);
  }

  std::filesystem::path const& path() const { return path_; }
  /// That of all its files. Where they differ, that of the first.
  std::map<std::string, std::string> const& metadata() const { return metadata_; }
  /// In the order of the shards' names, and of the bytes in each.
  tensor_table const& tensors() const { return tensors_; }

  /// Throws file_error if there is none of that name.
  stored_tensor const& tensor(std::string_view name) const {
    if (auto found = tensors().find(name)) return *found;
    throw file_error(path(), "there is no tensor " + in_quotes(name));
  }

 private:
  void take(safetensors const& file) {
    for (stored_tensor const& t : file.tensors()) tensors_.add(t);
    metadata_.insert(file.metadata().begin(), file.metadata().end());
    files_.push_back(file);
  }
  void take_shards(std::filesystem::path const& index) {
    for (auto const& [name, tensors] : read_index(index)) {
      std::string const where = "shard " + in_quotes(name) + ", where the index ";
      if (std::error_code unknown; !exists(path_ / name, unknown))
        throw file_error(index, "there is no " + where + "has tensor " + in_quotes(*tensors.begin()));
      safetensors const shard(path_ / name);
      for (auto const& tensor : tensors)
        if (!shard.tensors().find(tensor))
          throw file_error(index, "tensor " + in_quotes(tensor) + " is not in " + where + "has it");
      for (auto const& t : shard.tensors())
        if (!tensors.contains(t.name))
          throw file_error(index, "tensor " + in_quotes(t.name) + " is in " + where + "does not have it");
      take(shard);
    }
  }

  std::filesystem::path path_;
  std::vector<safetensors> files_;  // which keep the bytes where they are
  std::map<std::string, std::string> metadata_;
  tensor_table tensors_;
};

}  // namespace transxssm
