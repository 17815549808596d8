// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <map>
#include <string>
#include "text_data.hpp"

namespace transxssm {

/// What a run of training has to know about itself beside model and optimiser, so that it can go on.
struct training_progress {
  index_t step = 0;    // steps that have been done
  text_position data;  // where the text is to be read on
  double seconds = 0;  // spent so far
  /// What has to be the same for a run to be the same: batch and length, learning rate, seed, the text's name or checksum.
  /// A seed and a step are a random state, as a seed and a position are one of text_data.
  std::map<std::string, std::string> settings = {};
  /// Anything else that is to be found again: the best loss so far, the state of a generator.
  std::map<std::string, std::string> notes = {};
};

}  // namespace transxssm
