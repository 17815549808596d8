// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <CLI/CLI.hpp>

// Each adds an experiment to the program, with what it does when it is chosen.
namespace experiments {

void add_table2(CLI::App&);
void add_retrieval(CLI::App&);
void add_extrapolation(CLI::App&);

}  // namespace experiments
