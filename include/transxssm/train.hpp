// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
// Training of models: gradients, AdamW, data. (What is kept in files is in io/training_state.hpp and io/metrics.hpp.)
#include "transxssm.hpp"
#include "model.hpp"
#include "train/text_data.hpp"
#include "train/trainer.hpp"
