// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>
#include "new_file.hpp"
#include "safetensors_header.hpp"

namespace transxssm {

/// Throws std::invalid_argument if these tensors cannot be stored together: two of one name, a dtype that the format does
/// not have, or more or fewer bytes than dtype and shape take.
inline void expect_storable(std::span<stored_tensor const> tensors) {
  std::set<std::string_view> names{safetensors_header::metadata_name};
  for (stored_tensor const& t : tensors) {
    auto refuse = [&](std::string const& wrong) {
      throw std::invalid_argument("save_safetensors: tensor " + in_quotes(t.name) + " " + wrong);
    };
    auto const size = size_in_bytes(t.type, t.shape);
    std::string const kind = std::string(t.type.name) + " " + in_parentheses(t.shape);
    if (!names.insert(t.name).second) refuse("has the name of another tensor, or that of the metadata");
    if (!find_dtype(t.type.name) || *find_dtype(t.type.name) != t.type)
      refuse("is " + kind + ", of no dtype that there is");
    if (t.shape.size() > most_axes) refuse("has " + std::to_string(t.shape.size()) + " axes, expected at most 64");
    if (!size) refuse("is " + kind + ", which is no number of bytes there can be");
    if (*size != t.bytes.size())
      refuse("has " + std::to_string(t.bytes.size()) + " bytes, but " + kind + " takes " + std::to_string(*size));
  }
}

/// A JSON string. Throws std::invalid_argument if the text is not UTF-8.
inline std::string json_string(std::string const& text) {
  try {
    return nlohmann::json(text).dump();
  } catch (nlohmann::json::exception const&) {
    throw std::invalid_argument("save_safetensors: " + in_quotes(text) + " is not UTF-8");
  }
}

/// The header of a file that holds these tensors in this order, with its length and as many spaces as it takes for the
/// numbers to begin at a multiple of 8 bytes.
inline std::string header_text(std::span<stored_tensor const> tensors,
                               std::map<std::string, std::string> const& metadata) {
  std::string text = "{";
  auto member = [&](std::string const& name) -> std::string& {
    return text += (text.size() > 1 ? "," : "") + json_string(name) + ":";
  };
  if (!metadata.empty()) {
    std::string pairs;
    for (auto const& [name, value] : metadata)
      pairs += (pairs.empty() ? "" : ",") + json_string(name) + ":" + json_string(value);
    member(safetensors_header::metadata_name) += "{" + pairs + "}";
  }
  std::size_t first = 0;
  for (stored_tensor const& t : tensors) {
    std::string shape;
    for (index_t n : t.shape) shape.append(shape.empty() ? "" : ",").append(std::to_string(n));
    std::size_t const last = first + t.bytes.size();
    member(t.name) += "{\"dtype\":\"" + std::string(t.type.name) + "\",\"shape\":[" + shape + "],\"data_offsets\":[" +
                      std::to_string(first) + "," + std::to_string(last) + "]}";
    first = last;
  }
  text += "}";
  text.resize((text.size() + 7) / 8 * 8, ' ');
  if (text.size() > safetensors_header::longest)
    throw std::invalid_argument("save_safetensors: the header has " + std::to_string(text.size()) +
                                " bytes, expected at most " + std::to_string(safetensors_header::longest));
  std::string length;
  for (std::uint64_t n = text.size(); length.size() < 8; n >>= 8) length += char(n & 0xff);
  return length + text;
}

/// Writes a safetensors file: as a whole or not at all (see new_file), and so that each tensor begins at a multiple of the
/// size of its numbers, those with the widest first. The bytes may be those of the file that is replaced.
///
/// Throws std::invalid_argument, before anything is written, if the tensors cannot be stored together, and file_error if
/// they cannot be written.
inline void save_safetensors(std::filesystem::path const& path, std::vector<stored_tensor> tensors,
                             std::map<std::string, std::string> const& metadata = {}) {
  expect_storable(tensors);
  std::ranges::stable_sort(tensors, std::ranges::greater(), [](stored_tensor const& t) { return t.type.bits; });
  std::string const header = header_text(tensors, metadata);
  new_file file(path);
  file.write(header);
  for (stored_tensor const& t : tensors) file.write(t.bytes);
  file.commit();
}

}  // namespace transxssm
