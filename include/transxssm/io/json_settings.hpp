// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <limits>
#include <optional>
#include "../core/view.hpp"
#include "json.hpp"
#include "mapped_file.hpp"

namespace transxssm {

/// Python writes infinities into what it calls JSON: they become numbers that are read as such.
inline std::string without_infinities(std::string_view text) {
  constexpr std::string_view word = "Infinity";
  std::string result;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (quoted && text[i] == '\\' && i + 1 < text.size()) result += text[i++];  // what it escapes ends nothing
    if (!quoted && text.substr(i, word.size()) == word) result += "1e308", i += word.size() - 1;
    else result += text[i];
  }
  return result;
}

/// The settings in a JSON object: each is there and of its type, or has the value given for when it is not there (or null).
/// Throws file_error otherwise, naming the setting.
class json_settings {
 public:
  json_settings(std::filesystem::path const& file, nlohmann::json settings)
      : file_(file), settings_(std::move(settings)) {}
  explicit json_settings(std::filesystem::path const& file) : file_(file) {
    mapped_file const text(file);
    auto const bytes = text.bytes();
    settings_ = parse_json(file_, without_infinities({reinterpret_cast<char const*>(bytes.data()), bytes.size()}));
    if (!settings_.is_object()) throw file_error(file_, "is no JSON object");
  }

  std::filesystem::path const& file() const { return file_; }
  [[noreturn]] void refuse(std::string const& name, std::string const& got, std::string const& expected) const {
    throw file_error(file_, in_quotes(name) + " is " + got + ", expected " + expected);
  }

  index_t integer(char const* name, std::optional<index_t> otherwise = {}) const {
    return get(name, otherwise, "an integer up to 2^31",
               [](auto const& x) { return x.is_number_integer() && x >= -1 && x <= (1ll << 31); });
  }
  double number(char const* name, std::optional<double> otherwise = {}) const {
    return get(name, otherwise, "a number", [](auto const& x) { return x.is_number(); });
  }
  bool boolean(char const* name, std::optional<bool> otherwise = {}) const {
    return get(name, otherwise, "true or false", [](auto const& x) { return x.is_boolean(); });
  }
  std::string text(char const* name, std::optional<std::string> otherwise = {}) const {
    return get(name, otherwise, "a text", [](auto const& x) { return x.is_string(); });
  }
  /// None, if they are not there. 1e308 and more is infinite; null is nothing, too.
  std::vector<double> numbers(char const* name) const {
    std::vector<double> all;
    auto found = settings_.find(name);
    if (found == settings_.end() || found->is_null()) return all;
    if (!found->is_array()) refuse(name, "no array", "numbers");
    for (auto const& x : *found) {
      bool const infinite = x.is_object() && x.value("__float__", "") == "Infinity";  // transformers 5
      if (!x.is_number() && !infinite) refuse(name, "an array of others", "numbers");
      double const value = infinite ? 1e308 : x.get<double>();
      all.push_back(value >= 1e308 ? std::numeric_limits<double>::infinity() : value);
    }
    return all;
  }
  std::optional<json_settings> object(char const* name) const {
    auto found = settings_.find(name);
    if (found == settings_.end() || found->is_null()) return {};
    if (!found->is_object()) refuse(name, "no object", "settings");
    return json_settings(file_, *found);
  }

 private:
  template<class T>
  T get(char const* name, std::optional<T> const& otherwise, char const* expected, auto const& fits) const {
    auto found = settings_.find(name);
    if (found == settings_.end() || found->is_null()) {
      if (otherwise) return *otherwise;
      throw file_error(file_, in_quotes(name) + " is missing, expected " + expected);
    }
    if (!fits(*found)) refuse(name, found->dump().substr(0, 100), expected);
    return found->template get<T>();
  }

  std::filesystem::path file_;
  nlohmann::json settings_;
};

}  // namespace transxssm
