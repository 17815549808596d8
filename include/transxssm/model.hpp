// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
// The reference models, assembled from the library. Reading and writing them: io/model.hpp.
#include "model/cache_bytes.hpp"
#include "model/generate.hpp"
#include "model/hybrid.hpp"
#include "model/initialize.hpp"
#include "model/presets.hpp"
#include "model/weights.hpp"
