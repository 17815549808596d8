// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "heat_map.hpp"
#include <algorithm>
#include <cmath>
#include "format.hpp"
#include "svg.hpp"
#include "text.hpp"

namespace demo {
namespace {

constexpr double width = 560, left = 46, top = 40, side = 448, bar_left = left + side + 12, bar_width = 11;
constexpr int middle = 20;  // .h0 to .h40

int level(double share) { return middle + static_cast<int>(std::lround(middle * std::clamp(share, -1.0, 1.0))); }

void draw_characters(svg& s, std::vector<std::string> const& glyphs, double cell) {
  for (std::size_t t = 0; t < glyphs.size(); ++t) {
    double const centre = (static_cast<double>(t) + 0.5) * cell;
    s.text(left - 5, top + centre + 2.7, glyphs[t], "glyph mid");
    s.text(left + centre, top - 5, glyphs[t], "glyph mid");
    if (t % 16 != 0) continue;
    s.text(left - 16, top + centre + 3.5, std::to_string(t), "tick small end");
    s.text(left + centre, top - 17, std::to_string(t), "tick small mid");
  }
}

void draw_colour_bar(svg& s, heat_map const& map) {
  int const lowest = map.with_negative ? 0 : middle, steps = 2 * middle - lowest + 1;
  double const step = side / steps;
  for (int k = 0; k < steps; ++k) {
    double const y = top + side - (k + 1) * step;
    std::string const across = svg::number(bar_width);
    s.path(joined("M", svg::number(bar_left), " ", svg::number(y), "h", across, "v", svg::number(step + 0.5), "h-",
                  across, "z"),
           joined("h", std::to_string(lowest + k)));
  }
  for (double share : {-1.0, -0.5, 0.0, 0.5, 1.0}) {
    if (share < 0 && !map.with_negative) continue;
    double const height = map.with_negative ? (share + 1) / 2 : share;
    double const y = top + side * (1 - height) + (height == 1 ? 8 : height == 0 ? 0 : 4);
    bool const end = std::abs(share) == 1 && map.clipped;
    s.text(bar_left + bar_width + 5, y, joined(end ? share < 0 ? "≤\u202f" : "≥\u202f" : "", plain(share * map.span)),
           "tick small");
  }
  s.text(bar_left + bar_width, top - 10, map.unit, "tick small mid");
}

}  // namespace

std::string heat_map::draw() const {
  Eigen::Index const T = values.rows();
  double const cell = side / static_cast<double>(T);
  svg s(width, top + side + 30, escaped(title));
  draw_characters(s, glyphs, cell);

  s.raw("<g class=\"cells\" transform=\"translate(", svg::number(left), " ", svg::number(top), ") scale(",
        std::to_string(cell), ")\">\n");
  s.path(joined("M0 0H", std::to_string(T), "V", std::to_string(T), "H0z"), "ground");
  for (Eigen::Index i = 0; i < T; ++i)
    for (Eigen::Index j = 0; j <= i; ++j) {
      s.raw("<path class=h", std::to_string(level(values(i, j) / span)), " d=\"M", std::to_string(j), " ",
            std::to_string(i));
      s.raw("h1v1h-1z\"><title>", hover(i, j), "</title></path>\n");
    }
  s.raw("</g>\n");
  s.text(left + side / 2, top + side + 20, "column: the token that is read", "label small mid");
  s.upright(10, top + side / 2, "row: the token that reads", "label small mid");
  draw_colour_bar(s, *this);
  return s.str();
}

}  // namespace demo
