// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT

// transxssm_experiments: the paper's comparisons, in miniature or in full.
#include <Eigen/Core>
#include <cstdio>
#include <exception>
#include "commands.hpp"

int main(int argc, char** argv) {
  Eigen::setNbThreads(1);  // threads are taken where --threads and --at-once say so, and nowhere else
  CLI::App program(
      "The paper's comparisons, at the size that there is time for. Each trains models, in turn or several at once, "
      "and can be\n"
      "stopped at any time: called again, it goes on where it was, and says at once what is finished.\n\n"
      "  transxssm_experiments table2 --text kjv.txt DIR           RoPE against Conv1d + D and a_t (Table 2)\n"
      "  transxssm_experiments retrieval --text kjv.txt DIR        needles and recall, the four systems (Figure 5)\n"
      "  transxssm_experiments extrapolation --text kjv.txt DIR    loss beyond the length of training\n\n"
      "Ask one for its options: transxssm_experiments table2 --help");
  program.require_subcommand(1);
  experiments::add_table2(program), experiments::add_retrieval(program), experiments::add_extrapolation(program);
  try {
    program.parse(argc, argv);
  } catch (CLI::ParseError const& e) { return program.exit(e); } catch (std::exception const& e) {
    std::fprintf(stderr, "error: %s\n", e.what());
    return 1;
  }
}
