// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace demo {

/// What the user asked for cannot be done: said in one sentence, exit status 2.
struct bad_input : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The first `most` bytes of a file. Throws bad_input where it cannot be read or has fewer than `least` bytes.
std::string read_text(std::string const& path, std::size_t least, std::size_t most);

/// One byte as one visible character: a dot for a space, an arrow for a line's end, a box for what has no face.
std::string glyph(char byte);

/// Bytes as valid UTF-8 for a page: what is no character becomes U+FFFD; the characters of HTML are escaped.
std::string readable(std::string_view bytes);

/// The parts, one after the other.
std::string joined(auto const&... parts) {
  std::string all;
  (all.append(parts), ...);
  return all;
}

/// `pattern` with each {} replaced by the next part.
std::string filled(std::string_view pattern, auto const&... parts) {
  std::string all;
  auto const next = [&](auto const& part) {
    auto const gap = pattern.find("{}");
    all.append(pattern.substr(0, gap)).append(part);
    pattern.remove_prefix(gap + 2);
  };
  (next(parts), ...);
  return all.append(pattern);
}

/// & < > " for HTML and SVG.
std::string escaped(std::string_view text);

/// Throws bad_input where no report can be written, before any work is lost on it.
void expect_writable(std::string const& path);

/// Writes beside `path` and renames: a report is whole, or not there. Throws bad_input.
void write_whole(std::string const& path, std::string const& content);

}  // namespace demo
