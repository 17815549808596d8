// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <transxssm/version.hpp>

int main() { return TRANSXSSM_VERSION_MAJOR < 0; }
