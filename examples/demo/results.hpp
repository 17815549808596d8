// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <transxssm/verify/report.hpp>
#include "cost.hpp"
#include "learn.hpp"

namespace demo {

/// Two bytes that follow each other again and again in the text, and the attention scores between them.
struct repeated_pair {
  std::string bytes;  // empty where no two visible bytes follow each other
  int times = 0;
  std::size_t among = 0;  // bytes of text
  double smallest = 0, largest = 0;
};

/// The four laws, measured on a text.
struct laws {
  std::vector<transxssm::verify::relative_position_report> relative_position;  // attention's Q.K and SSD's C.B
  repeated_pair repeated;
  std::vector<transxssm::verify::duality_report> duality;
  std::vector<transxssm::verify::causality_report> causality;
  std::vector<transxssm::verify::shift_report> shift;
};

/// Do all of these reports hold?
bool hold(auto const& reports) {
  for (auto const& r : reports)
    if (!r.holds) return false;
  return true;
}

/// All that the report shows.
struct results {
  std::string path, text;  // the file's name and its first bytes
  shape how;
  int threads = 1;
  operands tokens;
  laws measured;
  std::vector<growth> cost;
  learned learning;
  double seconds = 0;  // that all this took

  bool hold() const {
    auto const& m = measured;
    return demo::hold(m.relative_position) && demo::hold(m.duality) && demo::hold(m.causality) && demo::hold(m.shift);
  }
};

}  // namespace demo
