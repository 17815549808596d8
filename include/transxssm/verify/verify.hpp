// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
// What the paper states, as functions that measure it, on this library's operators or on yours.
#include "causality.hpp"
#include "certified.hpp"
#include "duality.hpp"
#include "gradient.hpp"
#include "relative_position.hpp"
#include "shift.hpp"
