// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <algorithm>
#include "format.hpp"
#include "html.hpp"
#include "line_plot.hpp"
#include "report.hpp"
#include "text.hpp"

namespace demo {
namespace {

std::string plot(std::vector<growth> const& cost, char const* title, char const* unit, auto value) {
  line_plot drawing{title, {"length of the text T, in tokens", 256, 512, 2}, {unit, 1e300, 0, 10}, {}};
  drawing.height = 400;
  for (auto const& g : cost) {
    curve c{g.operation + ", " + g.form, static_cast<int>(drawing.curves.size()), false, {}, {}};
    for (auto const& m : g.at) {
      double const y = value(m);
      c.x.push_back(static_cast<double>(m.T)), c.y.push_back(y);
      drawing.x.to = std::max(drawing.x.to, c.x.back());
      drawing.y.from = std::min(drawing.y.from, y / 1.6), drawing.y.to = std::max(drawing.y.to, y * 1.6);
    }
    drawing.curves.push_back(std::move(c));
  }
  return drawing.draw();
}

std::string table(std::vector<growth> const& cost) {
  html_table t{{"form", "grows like"}, {}};
  std::vector<index_t> lengths;
  for (auto const& g : cost)
    for (auto const& m : g.at) lengths.push_back(m.T);
  std::sort(lengths.begin(), lengths.end());
  lengths.erase(std::unique(lengths.begin(), lengths.end()), lengths.end());
  for (index_t T : lengths) t.head.push_back(joined("T = ", grouped(T)));
  for (auto const& g : cost) {
    std::vector<std::string> row = {g.operation + ", " + g.form,
                                    g.grows() ? filled("T<sup>{}</sup>", fixed(g.exponent(), 2)) : "–"};
    for (auto const& m : g.at) row.push_back(duration(m.seconds));
    row.resize(t.head.size(), "–");
    t.rows.push_back(std::move(row));
  }
  return t.draw();
}

constexpr char const* introduction =
    R"html(The forms agree in what they compute and differ in what they cost. The matrix costs T² whatever is done with
it; blocks and the recurrence carry a state of {} × {} numbers and cost the same for every token. Attention has no
finite state: the online form saves its memory, not its T². Measured here: {}, in 32 bits, medians.)html";

constexpr char const* ending =
    R"html(The exponent is taken over the last two doublings. The quadratic forms, which write the matrix down, end at
4096 tokens; any other ends where the next doubling would take too long.)html";

}  // namespace

std::string report_cost(results const& r) {
  std::string const threads = std::to_string(r.threads);
  std::string const heads =
      r.threads == 1 ? "one head on one thread" : joined(threads, " heads on ", threads, " threads");
  auto const per_token = [&](timing const& m) { return 1e9 * m.seconds / (r.threads * static_cast<double>(m.T)); };
  auto const total = [](timing const& m) { return 1e3 * m.seconds; };
  return section("cost", "The growth of cost",
                 joined(paragraph(filled(introduction, std::to_string(r.how.N), std::to_string(r.how.P), heads)),
                        figure(plot(r.cost, "Time per token against length", "time per token and head, ns", per_token),
                               "Time per token. Flat: linear in T. Rising by a factor of two per doubling: quadratic."),
                        figure(plot(r.cost, "Time against length", "time, ms", total), "Time for the whole text."),
                        table(r.cost), paragraph(ending)));
}

}  // namespace demo
