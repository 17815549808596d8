// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <Eigen/Core>
#include <functional>
#include <string>
#include <vector>

namespace demo {

/// The lower triangle of a T x T matrix over the characters of a text: row i reads column j.
///
/// Colours are the page's classes .h0 (most negative) over .h20 (zero) to .h40 (most positive): see style.cpp.
struct heat_map {
  std::string title;                // plain words
  Eigen::MatrixXf values;           // (T, T)
  double span;                      // the colour at either end stands for -span and span
  bool with_negative = true;        // otherwise the bar shows 0 to span only
  bool clipped = false;             // some values lie beyond the span
  std::vector<std::string> glyphs;  // T characters, escaped
  std::string unit;                 // beside the colour bar
  std::function<std::string(Eigen::Index i, Eigen::Index j)> hover;  // escaped

  std::string draw() const;
};

}  // namespace demo
