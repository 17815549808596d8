// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <string>

namespace demo {

struct arguments {
  std::string text, report = "transxssm_report.html";
  int threads = 1;
  bool help = false;
};

constexpr char const* usage =
    "transxssm_demo text [--report out.html] [--threads n]\n\n"
    "Verifies on a text what Unified RoPE promises, measures what each form costs, trains a small model, and\n"
    "writes a page to look at.\n\n"
    "  text               any file of at least 256 bytes; the first 16384 are used, and by the model the first 8 "
    "million\n"
    "  --report out.html  where the page goes (transxssm_report.html; a second argument does as well)\n"
    "  --threads n        time n heads on n threads (1)\n\n"
    "Ends with 0 if all holds, 1 if a law fails, 2 if the input is of no use.\n";

/// Throws bad_input, with a sentence that says what was wrong.
arguments read_arguments(int argc, char const* const* argv);

}  // namespace demo
