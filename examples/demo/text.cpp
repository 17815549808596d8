// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "text.hpp"
#include <cstdio>
#include <filesystem>
#include <fstream>

namespace demo {
namespace {

/// How many bytes the well-formed UTF-8 character at the front of `bytes` has; 0 if there is none.
std::size_t character_length(std::string_view bytes) {
  auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  unsigned const first = byte(0);
  std::size_t const length = first < 0x80   ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
  if (length == 0 || length > bytes.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  bool const overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  bool const no_scalar = (first == 0xED && byte(1) >= 0xA0) || (first == 0xF4 && byte(1) >= 0x90);
  return overlong || no_scalar ? 0 : length;
}

}  // namespace

std::string read_text(std::string const& path, std::size_t least, std::size_t most) {
  if (!std::filesystem::exists(path)) throw bad_input("there is no file " + path);
  if (std::filesystem::is_directory(path)) throw bad_input(path + " is a folder; a text file is needed");
  std::ifstream file(path, std::ios::binary);
  std::string text(most, '\0');
  file.read(text.data(), static_cast<std::streamsize>(most));
  if (!file && !file.eof()) throw bad_input(path + " cannot be read");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() < least)
    throw bad_input(path + " has " + std::to_string(text.size()) + " bytes; at least " + std::to_string(least) +
                    " are needed");
  return text;
}

std::string glyph(char byte) {
  switch (byte) {
    case ' ':
      return "·";
    case '\n':
      return "↵";
    case '\t':
      return "→";
    default:
      break;
  }
  auto const code = static_cast<unsigned char>(byte);
  return code < 0x20 || code >= 0x7F ? "▫" : std::string(1, byte);
}

std::string escaped(std::string_view text) {
  std::string safe;
  for (char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string readable(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    std::size_t const length = character_length(bytes);
    auto const code = static_cast<unsigned char>(bytes[0]);
    bool const control = (code < 0x20 && code != '\n' && code != '\t') || code == 0x7F;
    text += length == 0 || control ? "\uFFFD" : escaped(bytes.substr(0, length));
    bytes.remove_prefix(length == 0 ? 1 : length);
  }
  return text;
}

namespace {

/// Where a report is written before it gets its name.
std::string beside(std::string const& path) { return path + ".part"; }

void write(std::string const& path, std::string const& content) {
  std::ofstream file(path, std::ios::binary);
  file << content;
  file.close();
  if (file) return;
  std::remove(path.c_str());
  throw bad_input(path + " cannot be written");
}

}  // namespace

void expect_writable(std::string const& path) {
  if (std::filesystem::is_directory(path)) throw bad_input(path + " is a folder; the report needs the name of a file");
  write(beside(path), "");
  std::remove(beside(path).c_str());
}

void write_whole(std::string const& path, std::string const& content) {
  write(beside(path), content);
  std::error_code failed;
  std::filesystem::rename(beside(path), path, failed);
  if (!failed) return;
  std::remove(beside(path).c_str());
  throw bad_input("the report cannot be written to " + path + ": " + failed.message());
}

}  // namespace demo
