// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cstdio>
#include <string>
#include <string_view>
#include "text.hpp"

namespace demo {

/// A drawing of width x height, in pixels of a wide window; it shrinks with the page. Colours and fonts are classes of
/// the page's style (style.cpp), so that a drawing follows light and dark.
class svg {
 public:
  svg(double width, double height, std::string_view label) {
    raw("<svg viewBox=\"0 0 ", number(width), " ", number(height), "\" role=\"img\" aria-label=\"", label);
    raw("\" style=\"max-width:", number(width), "px\">\n");
  }

  svg& raw(auto const&... markup) { return (out_.append(markup), ...), *this; }

  /// `path` in SVG's own notation.
  svg& path(std::string_view path, std::string_view css) {
    return raw("<path class=\"", css, "\" d=\"", path, "\"/>\n");
  }
  svg& line(double x1, double y1, double x2, double y2, std::string_view css) {
    return path(joined("M", number(x1), " ", number(y1), "L", number(x2), " ", number(y2)), css);
  }
  svg& disc(double x, double y, double radius, std::string_view css, std::string_view hover) {
    raw("<circle class=\"", css, "\" cx=\"", number(x), "\" cy=\"", number(y), "\" r=\"", number(radius), "\">");
    return raw("<title>", hover, "</title></circle>\n");
  }
  /// Already escaped.
  svg& text(double x, double y, std::string_view words, std::string_view css) {
    return raw("<text class=\"", css, "\" x=\"", number(x), "\" y=\"", number(y), "\">", words, "</text>\n");
  }
  /// Reads upwards.
  svg& upright(double x, double y, std::string_view words, std::string_view css) {
    raw("<text class=\"", css, "\" transform=\"translate(", number(x), " ", number(y), ") rotate(-90)\">");
    return raw(words, "</text>\n");
  }

  std::string str() const { return out_ + "</svg>\n"; }

  /// At most two digits after the point, and no more than needed.
  static std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2f", value);
    std::string s = text;
    s.erase(s.find_last_not_of('0') + 1);
    if (s.back() == '.') s.pop_back();
    return s == "-0" ? "0" : s;
  }

 private:
  std::string out_;
};

}  // namespace demo
