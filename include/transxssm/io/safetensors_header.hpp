// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>
#include "json.hpp"
#include "stored_tensor.hpp"

namespace transxssm {

/// What stands before the numbers of a safetensors file: 8 bytes, little-endian, with the length of a JSON object,
///
///     {"__metadata__": {"format": "pt"}, "a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...}
///
/// and that object. Offsets count from its end.
struct safetensors_header {
  /// The longest that is read or written, as in the format's reference implementation.
  static constexpr std::uint64_t longest = 100'000'000;
  static constexpr char metadata_name[] = "__metadata__";

  std::map<std::string, std::string> metadata;
  tensor_table tensors;  // in the order of their bytes
};

/// Reads the header of a file of which `bytes` is the whole: its tensors are views of `bytes`, and cover every byte behind
/// the header once. Throws file_error if they do not, or if the header is anything but what it has to be. `file` is for
/// the messages.
class safetensors_header_reader {
  using json = nlohmann::json;
  struct entry {
    stored_tensor tensor;
    std::uint64_t first, last;
  };

 public:
  safetensors_header_reader(std::filesystem::path const& file, std::span<std::byte const> bytes)
      : file_(file), data_(bytes) {}

  safetensors_header read() {
    json const header = parse_json(file_, text());
    safetensors_header result;
    std::vector<entry> entries;
    for (auto const& [name, value] : header.get_ref<json::object_t const&>())
      if (name == safetensors_header::metadata_name) result.metadata = metadata(value);
      else entries.push_back(read_entry(name, value));
    std::ranges::stable_sort(entries, {}, [](entry const& e) { return std::pair(e.first, e.last); });
    expect_no_gaps(entries);
    for (entry& e : entries) result.tensors.add(std::move(e.tensor));
    return result;
  }

 private:
  [[noreturn]] void fail(std::string const& wrong) const { throw file_error(file_, wrong); }
  [[noreturn]] void fail(std::string const& tensor, std::string const& wrong) const {
    fail("tensor " + in_quotes(tensor) + " " + wrong);
  }
  static std::string range(std::uint64_t first, std::uint64_t last) {
    return "[" + std::to_string(first) + ", " + std::to_string(last) + ")";
  }

  /// The JSON, after which data_ is what stands behind it.
  std::string_view text() {
    if (data_.size() < 8)
      fail("is no safetensors file: it has " + std::to_string(data_.size()) + " bytes, expected at least 8");
    std::uint64_t length = 0;
    for (std::size_t i = 8; i-- > 0;) length = length << 8 | std::uint64_t(data_[i]);
    data_ = data_.subspan(8);
    if (length > safetensors_header::longest)
      fail("the header has " + std::to_string(length) + " bytes, expected at most " +
           std::to_string(safetensors_header::longest));
    if (length > data_.size())
      fail("the header has " + std::to_string(length) + " bytes, but the file ends after " +
           std::to_string(data_.size()));
    std::string_view text(reinterpret_cast<char const*>(data_.data()), std::size_t(length));
    data_ = data_.subspan(std::size_t(length));
    if (!text.starts_with('{')) fail("the header does not begin with {");
    return text;
  }

  std::map<std::string, std::string> metadata(json const& value) const {
    if (!value.is_object()) fail("__metadata__ is no JSON object");
    for (auto const& [name, text] : value.items())
      if (!text.is_string()) fail("__metadata__: " + in_quotes(name) + " is no string");
    return value.get<std::map<std::string, std::string>>();
  }

  entry read_entry(std::string const& name, json const& value) const {
    if (!value.is_object()) fail(name, "is no JSON object");
    dtype const type = read_dtype(name, value);
    std::vector<std::uint64_t> const extents = read_numbers(name, value, "shape"),
                                     offsets = read_numbers(name, value, "data_offsets");
    if (extents.size() > most_axes) fail(name, "has " + std::to_string(extents.size()) + " axes, expected at most 64");
    std::vector<index_t> const shape(extents.begin(), extents.end());  // negative if it is too large for index_t
    auto const size = size_in_bytes(type, shape);
    if (!size)
      fail(name, "is " + std::string(type.name) + " " + in_parentheses(extents) +
                     ", which is no number of bytes there can be");
    if (offsets.size() != 2) fail(name, "has " + std::to_string(offsets.size()) + " data_offsets, expected 2");
    std::uint64_t const first = offsets[0], last = offsets[1];
    if (first > last || last > data_.size())
      fail(name, "has the bytes " + range(first, last) + " of " + std::to_string(data_.size()));
    if (last - first != *size)
      fail(name, "has " + std::to_string(last - first) + " bytes, but " + std::string(type.name) + " " +
                     in_parentheses(shape) + " takes " + std::to_string(*size));
    return {{name, type, shape, data_.subspan(std::size_t(first), std::size_t(last - first))}, first, last};
  }

  json const& member(std::string const& name, json const& value, char const* key) const {
    auto found = value.find(key);
    if (found == value.end()) fail(name, "has no " + std::string(key));
    return *found;
  }
  dtype read_dtype(std::string const& name, json const& value) const {
    json const& type = member(name, value, "dtype");
    if (!type.is_string()) fail(name, "has a dtype that is no string");
    auto const& text = type.get_ref<std::string const&>();
    dtype const* found = find_dtype(text);
    if (!found) fail(name, "has the dtype " + in_quotes(text) + ", which is none of safetensors");
    return *found;
  }
  std::vector<std::uint64_t> read_numbers(std::string const& name, json const& value, char const* key) const {
    json const& numbers = member(name, value, key);
    if (!numbers.is_array() || !std::ranges::all_of(numbers, [](json const& n) { return n.is_number_unsigned(); }))
      fail(name, "has a " + std::string(key) + " that is no array of whole numbers from 0 to 2^64 - 1");
    return numbers.get<std::vector<std::uint64_t>>();
  }

  /// Each begins where the one before it ends, and the last one ends with the file.
  void expect_no_gaps(std::vector<entry> const& entries) const {
    std::uint64_t at = 0;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      entry const& e = entries[i];
      if (e.first < at)
        fail(e.tensor.name, "has the bytes " + range(e.first, e.last) + ", but tensor " +
                                in_quotes(entries[i - 1].tensor.name) + " has the bytes " +
                                range(entries[i - 1].first, entries[i - 1].last));
      if (e.first > at)
        fail("the bytes " + range(at, e.first) + " before tensor " + in_quotes(e.tensor.name) + " belong to no tensor");
      at = e.last;
    }
    if (at != data_.size()) fail("the bytes " + range(at, data_.size()) + " belong to no tensor");
  }

  std::filesystem::path const& file_;
  std::span<std::byte const> data_;  // what has not been read
};

}  // namespace transxssm
