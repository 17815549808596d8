// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "line_plot.hpp"
#include <algorithm>
#include <cmath>
#include <numeric>
#include "format.hpp"
#include "svg.hpp"
#include "text.hpp"

namespace demo {
namespace {

/// From values on a logarithmic axis to pixels between `first` and `last`.
struct scale {
  log_axis axis;
  double first, last;

  double operator()(double value) const {
    if (std::isnan(value)) return last;
    double const share = std::log(value / axis.from) / std::log(axis.to / axis.from);
    return first + std::clamp(share, 0.0, 1.0) * (last - first);
  }
  struct tick {
    double value;
    std::string name;
  };

  /// At the powers of the base, thinned to about ten; on a short decimal axis at 2 and 5 times these as well.
  std::vector<tick> ticks() const {
    double const unit = std::log(axis.base);
    int const low = static_cast<int>(std::floor(std::log(axis.from) / unit));
    int const high = static_cast<int>(std::floor(std::log(axis.to) / unit + 1e-9));
    int const every = 1 + (high - low) / 12;
    std::vector<int> const within = axis.base == 10 && high - low <= 4 ? std::vector{1, 2, 5} : std::vector{1};
    std::vector<tick> all;
    for (int e = low; e <= high; e += every)
      for (int times : within) {
        double const value = times * std::pow(axis.base, e);
        if (value >= 0.999 * axis.from && value <= 1.001 * axis.to) all.push_back({value, name(value, e)});
      }
    return all;
  }

 private:
  std::string name(double value, int exponent) const {
    bool const plain = axis.from >= 0.005 && axis.to <= 2e6 && (axis.base == 10 || axis.to <= 65536);
    if (!plain) return std::to_string(axis.base) + superscript(exponent);
    return value < 1 ? fixed(value, -exponent) : grouped(std::lround(value));
  }
};

/// Moves the names' heights apart, to at least `gap`, in their order.
void spread(std::vector<double>& heights, double gap, double lowest) {
  std::vector<std::size_t> order(heights.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return heights[a] < heights[b]; });
  for (std::size_t i = 1; i < order.size(); ++i)
    heights[order[i]] = std::max(heights[order[i]], heights[order[i - 1]] + gap);
  double ceiling = lowest;
  for (std::size_t i = order.size(); i-- > 0; ceiling = heights[order[i]] - gap)
    heights[order[i]] = std::min(heights[order[i]], ceiling);
}

void draw_axes(svg& s, scale const& X, scale const& Y) {
  for (auto const& [value, name] : Y.ticks()) {
    s.line(X.first, Y(value), X.last, Y(value), "grid");
    s.text(X.first - 10, Y(value) + 4, name, "tick end");
  }
  for (auto const& [value, name] : X.ticks()) {
    s.line(X(value), Y.first, X(value), Y.first + 5, "axis");
    s.text(X(value), Y.first + 20, name, "tick mid");
  }
  s.line(X.first, Y.first, X.last, Y.first, "axis");
  s.text((X.first + X.last) / 2, Y.first + 44, X.axis.label, "label mid");
  s.upright(16, (Y.first + Y.last) / 2, Y.axis.label, "label mid");
}

void draw_curve(svg& s, scale const& X, scale const& Y, curve const& c) {
  std::string const colour = joined("s", std::to_string(c.colour));
  std::string path;
  for (std::size_t i = 0; i < c.x.size(); ++i)
    path += joined(i == 0 ? "M" : "L", svg::number(X(c.x[i])), " ", svg::number(Y(c.y[i])));
  s.path(path, "curve " + colour + (c.dashed ? " dashed" : ""));
  if (c.dashed) return;
  for (std::size_t i = 0; i < c.x.size(); ++i) {
    std::string const at = X.axis.base == 2 ? power_of_two(static_cast<std::ptrdiff_t>(c.x[i])) : scientific(c.x[i]);
    s.disc(X(c.x[i]), Y(c.y[i]), c.x.size() > 30 ? 2.2 : 3.4,
           c.y[i] < Y.axis.from ? "mark open " + colour : "mark " + colour,
           joined(escaped(c.name), ", ", at, ": ", scientific(c.y[i])));
  }
}

}  // namespace

std::string line_plot::draw() const {
  svg s(width, height, escaped(title));
  scale const X{x, 78, width - names}, Y{y, height - 56, 14};
  draw_axes(s, X, Y);
  for (auto const& c : curves)
    if (c.dashed) draw_curve(s, X, Y, c);
  for (auto const& c : curves)
    if (!c.dashed) draw_curve(s, X, Y, c);

  std::vector<curve const*> named;
  std::vector<double> heights;
  for (auto const& c : curves)
    if (!c.name.empty() && !c.x.empty()) named.push_back(&c), heights.push_back(Y(c.y.back()));
  spread(heights, 17, Y.first);
  for (std::size_t i = 0; i < named.size(); ++i) {
    curve const& c = *named[i];
    std::string const colour = joined("s", std::to_string(c.colour));
    s.line(X(c.x.back()) + 6, Y(c.y.back()), X.last + 14, heights[i], "leader " + colour);
    s.text(X.last + 19, heights[i] + 4, escaped(c.name), "name " + colour);
  }
  return s.str();
}

}  // namespace demo
