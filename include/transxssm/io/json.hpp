// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include "file_error.hpp"

namespace transxssm {

/// A tree made of a parser's events, by a builder that trusts nobody: names of an object may not appear twice, nothing
/// is nested more than `deepest` deep, and there are at most so many values (each of which takes up to 100 bytes, so that a
/// small file could otherwise ask for a large memory).
class strict_tree final : public nlohmann::json_sax<nlohmann::json> {
  using json = nlohmann::json;

 public:
  static constexpr std::size_t deepest = 32;

  strict_tree(std::filesystem::path const& file, std::size_t most_values) : file_(file), most_(most_values) {}
  json finish() && { return std::move(root_); }

  bool null() override { return put(nullptr); }
  bool boolean(bool x) override { return put(x); }
  bool number_integer(number_integer_t x) override { return put(x); }
  bool number_unsigned(number_unsigned_t x) override { return put(x); }
  bool number_float(number_float_t x, string_t const&) override { return put(x); }
  bool string(string_t& x) override { return put(std::move(x)); }
  bool binary(binary_t&) override { return false; }  // there are none in JSON
  bool start_object(std::size_t) override { return enter(json::object()); }
  bool start_array(std::size_t) override { return enter(json::array()); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }
  bool key(string_t& name) override {
    auto [place, is_new] = open_.back()->get_ref<json::object_t&>().emplace(std::move(name), nullptr);
    if (!is_new) throw file_error(file_, "the name " + in_quotes(place->first) + " appears twice in one JSON object");
    member_ = &place->second;
    return true;
  }
  bool parse_error(std::size_t at, std::string const&, nlohmann::detail::exception const& error) override {
    throw file_error(file_, "no JSON from byte " + std::to_string(at) + " on: " + in_quotes(error.what()));
  }

 private:
  bool put(json x) {
    place(std::move(x));
    return true;
  }
  bool enter(json x) {
    if (open_.size() == deepest) throw file_error(file_, "JSON nested more than " + std::to_string(deepest) + " deep");
    open_.push_back(place(std::move(x)));
    return true;
  }
  bool leave() {
    open_.pop_back();
    return true;
  }
  json* place(json x) {
    if (count_++ == most_) throw file_error(file_, "JSON of more than " + std::to_string(most_) + " values");
    json* to = &root_;
    if (!open_.empty()) to = open_.back()->is_array() ? &open_.back()->emplace_back() : member_;
    *to = std::move(x);
    return to;
  }

  std::filesystem::path const& file_;
  std::size_t most_, count_ = 0;
  json root_;
  std::vector<json*> open_;  // the objects and arrays that have begun and not ended, from the outermost
  json* member_ = nullptr;   // where the value of the last name goes
};

/// The JSON of a file that anybody may have written. Throws file_error for all that is not strictly JSON, and for names
/// that appear twice, of which other readers silently take the first or the last.
inline nlohmann::json parse_json(std::filesystem::path const& file, std::string_view text,
                                 std::size_t most_values = 4'000'000) {
  if (auto at = text.find('\0'); at != text.npos)  // where the parser would take the text to end
    throw file_error(file, "no JSON from byte " + std::to_string(at + 1) + " on: a zero");
  strict_tree tree(file, most_values);
  nlohmann::json::sax_parse(text.begin(), text.end(), &tree);
  return std::move(tree).finish();
}

}  // namespace transxssm
