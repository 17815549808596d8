// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once

// The version of these headers: the only place where it stands (CMake reads it here).
#define TRANSXSSM_VERSION_MAJOR 0
#define TRANSXSSM_VERSION_MINOR 1
#define TRANSXSSM_VERSION_PATCH 0
