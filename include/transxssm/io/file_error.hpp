// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace transxssm {

/// A file that cannot be read or written, or is not what it should be: "model.safetensors: what is wrong with it".
struct file_error : std::runtime_error {
  file_error(std::filesystem::path const& file, std::string const& wrong)
      : std::runtime_error(file.string() + ": " + wrong) {}
};

/// A name out of a file, to be read in a message: cut where it is endless, and without what would move a cursor.
inline std::string in_quotes(std::string_view name) {
  constexpr std::size_t longest = 200;
  std::string text = "\"";
  for (char c : name.substr(0, longest)) text += static_cast<unsigned char>(c) < ' ' || c == '\x7f' ? '?' : c;
  return text + (name.size() > longest ? "...\"" : "\"");
}

/// A shape: "(3, 4)".
std::string in_parentheses(auto const& shape) {
  std::string text = "(";
  for (auto n : shape) text.append(text.size() > 1 ? ", " : "").append(std::to_string(n));
  return text + ")";
}

}  // namespace transxssm
