// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "arguments.hpp"
#include <charconv>
#include <string_view>
#include "text.hpp"

namespace demo {

arguments read_arguments(int argc, char const* const* argv) {
  arguments wanted;
  int given = 0;
  for (int i = 1; i < argc; ++i) {
    std::string const word = argv[i];
    auto const value = [&]() -> std::string {
      if (i + 1 == argc) throw bad_input(word + " needs a value");
      return argv[++i];
    };
    if (word == "--help" || word == "-h") {
      wanted.help = true;
    } else if (word == "--report") {
      wanted.report = value();
    } else if (word == "--threads") {
      std::string const number = value();
      auto const [end, error] = std::from_chars(number.data(), number.data() + number.size(), wanted.threads);
      if (error != std::errc() || end != number.data() + number.size() || wanted.threads < 1 || wanted.threads > 256)
        throw bad_input("--threads needs a number from 1 to 256, not " + number);
    } else if (word.starts_with("--")) {
      throw bad_input("there is no option " + word);
    } else if (given < 2) {
      (given++ == 0 ? wanted.text : wanted.report) = word;
    } else {
      throw bad_input("one text and one report, please; " + word + " is too many");
    }
  }
  if (given == 0 && !wanted.help)
    throw bad_input("a text is needed: transxssm_demo text [--report out.html] [--threads n]");
  return wanted;
}

}  // namespace demo
