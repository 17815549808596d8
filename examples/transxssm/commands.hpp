// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <CLI/CLI.hpp>

// Each adds a command to the program, with what it does when it is chosen.
namespace program {

void add_info(CLI::App&);
void add_generate(CLI::App&);
void add_score(CLI::App&);
void add_bench(CLI::App&);

}  // namespace program
