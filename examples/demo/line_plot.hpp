// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <string>
#include <vector>

namespace demo {

/// A curve. Its colour is one of the page's eight (.s0 to .s7, safe for the colour-blind); its name stands at its end.
struct curve {
  std::string name;
  int colour = 0;
  bool dashed = false;  // a bound or a guide: no marks, no name unless given
  std::vector<double> x, y;
};

/// A logarithmic axis from `from` to `to`, with a tick at every power of `base`, thinned to about ten.
struct log_axis {
  std::string label;
  double from, to;
  int base = 10;
};

/// Both axes logarithmic. A value below the axis, such as an error of 0, is drawn as an open mark on the lower edge.
struct line_plot {
  std::string title;
  log_axis x, y;
  std::vector<curve> curves;
  double width = 1080, height = 440, names = 190;  // `names`: room for the curves' names at the right

  std::string draw() const;
};

}  // namespace demo
