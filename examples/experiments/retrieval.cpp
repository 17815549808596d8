// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "commands.hpp"
void experiments::add_retrieval(CLI::App&) {}
