// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <transxssm/verify/report.hpp>
#include <string>
#include <vector>
#include "embed.hpp"

namespace demo {

/// What came of training a small TransXSSM on the text.
struct learned {
  struct measured {
    index_t step;
    double bits;  // per byte
  };
  index_t parameters = 0, layers = 0, d_model = 0, bytes = 0, held_out = 0;  // bytes: that it has read
  int threads = 1;
  double seconds = 0;
  std::vector<measured> training, validation;  // means of some steps; of what is held out, the first before all steps
  std::string prompt, before, after;           // how it goes on with the prompt

  /// A short text has nothing to learn from.
  bool happened() const { return !validation.empty(); }
};

/// Trains for some fifteen seconds of two cores: always the same steps, and so the same numbers.
learned learn(std::string const& text, transxssm::verify::progress const& tell);

}  // namespace demo
