// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT

// transxssm: the paper's four systems from the command line.
#include <cstdio>
#include <exception>
#include "commands.hpp"

int main(int argc, char** argv) {
  CLI::App program(
      "Language models of SSD and attention layers: TransXSSM, Llama 3, Mamba-2 and Jamba.\n\n"
      "  transxssm info                                                    the paper's models, and what they are made "
      "of\n"
      "  transxssm generate --model DIR --prompt \"In the beginning\"        goes on with a text\n"
      "  transxssm score --model DIR text.txt                              how well a model knows a text\n"
      "  transxssm bench --size 320m                                       how fast the four systems are here\n\n"
      "Ask a command for its own options: transxssm generate --help");
  program.require_subcommand(1);
  program::add_info(program), program::add_generate(program), program::add_score(program), program::add_bench(program);
  try {
    program.parse(argc, argv);
  } catch (CLI::ParseError const& e) { return program.exit(e); } catch (std::exception const& e) {
    std::fprintf(stderr, "error: %s\n", e.what());
    return 1;
  }
}
