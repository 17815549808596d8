// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "embed.hpp"
#include <functional>
#include <string>
#include <vector>

namespace demo {

/// The median time of one evaluation over T steps.
struct timing {
  index_t T;
  double seconds;
  int repetitions;
};

/// One form of one operator, from short to long.
struct growth {
  std::string operation, form;  // "SSD", "chunked"
  std::vector<timing> at;

  bool grows() const { return at.size() > 1; }  // otherwise there is nothing to compare

  /// s in time ~ T^s, between the length `octaves` doublings before the longest and the longest.
  double exponent(int octaves = 2) const;
};

/// Times every form on `heads` heads of the text (all alike) on as many threads, T = 256, 512, ... up to the text's
/// length. Quadratic forms stop at 4096, and any form where the next length would take more than `patience` seconds.
std::vector<growth> measure_growth(operands const& text, int heads, double patience, std::function<void(double)> done);

}  // namespace demo
