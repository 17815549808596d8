// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <algorithm>
#include "format.hpp"
#include "report.hpp"
#include "text.hpp"

namespace demo {
namespace {

std::string line(char const* law, bool holds, std::string const& measured) {
  std::string const name = law;
  return std::string(holds ? "  holds   " : "  FAILS   ") + name +
         std::string(28 - std::min<std::size_t>(28, name.size()), ' ') + measured + "\n";
}

double largest(auto const& reports, auto value) {
  double most = 0;
  for (auto const& r : reports) most = std::max(most, value(r));
  return most;
}

}  // namespace

std::string summary(results const& r) {
  auto const& m = r.measured;
  auto const of_bound = [](double ratio) { return joined("largest error ", compared(ratio, "its bound")); };
  std::string text = joined("Unified RoPE on ", r.path, ", ", std::to_string(r.text.size()), " bytes\n\n");
  text += line("(a) only distance counts", hold(m.relative_position),
               of_bound(largest(m.relative_position, [](auto const& one) { return one.largest_ratio; }))) +
          line("(b) all forms agree", hold(m.duality),
               of_bound(largest(m.duality, [](auto const& one) { return one.largest_error / one.bar; }))) +
          line("(c) the future is not read", hold(m.causality),
               std::to_string(m.causality.size()) + " forms, compared bit by bit") +
          line("(d) the origin is free", hold(m.shift),
               of_bound(largest(m.shift, [](auto const& one) { return one.largest_ratio; })));
  text += "\n  time grows like\n";
  for (auto const& g : r.cost) {
    std::string const name = g.operation + ", " + g.form;
    std::string const space(28 - std::min<std::size_t>(28, name.size()), ' ');
    text += joined("          ", name, space, g.grows() ? joined("T^", fixed(g.exponent(), 2)) : "unknown");
    if (!g.at.empty())
      text += joined("   ", duration(g.at.back().seconds), " for ", std::to_string(g.at.back().T), " tokens");
    text += "\n";
  }
  if (learned const& l = r.learning; l.happened())
    text += joined("\n  a model of ", std::to_string(l.parameters), " parameters learned the text, from ",
                   fixed(l.validation.front().bits, 2), " to ", fixed(l.validation.back().bits, 2),
                   " bits per byte in ", duration(l.seconds), "\n");
  return text;
}

}  // namespace demo
