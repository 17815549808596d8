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

using transxssm::verify::relative_position_report;

/// Warm colours for bf16 tables, blue ones for float, green and grey for double.
int colour_of(std::string_view name) {
  bool const angles_in_float = name.ends_with("float"), angles_in_double = name.ends_with("in double");
  if (name.find("bf16 table") != name.npos) return angles_in_float ? 4 : 1;
  if (name.find("float table") != name.npos) return angles_in_float ? 7 : angles_in_double ? 5 : 0;
  return angles_in_double ? 6 : 2;
}

/// Of one kind of score ("Q·K"), each table's measured error and, dashed in the same colour, its bound.
std::string plot(std::vector<relative_position_report> const& reports, std::string const& kind) {
  line_plot drawing{"Error of the relative-position identity against position",
                    {"position of the further token", 1, 1, 2},
                    {"error, relative to |q||k|", 1e-19, 1, 10},
                    {}};
  drawing.names = 250;
  double smallest = 1, largest = 1e-10;
  for (auto const& r : reports) {
    if (!r.name.starts_with(kind)) continue;
    int const colour = colour_of(r.name);
    curve measured{r.name.substr(std::min(r.name.size(), kind.size() + 2)), colour, false, {}, {}},
        bound{"", colour, true, {}, {}};
    for (auto const& e : r.curve) {
      if (e.position < 1) continue;
      auto const x = static_cast<double>(e.position);
      measured.x.push_back(x), measured.y.push_back(e.error);
      bound.x.push_back(x), bound.y.push_back(e.bound);
      if (e.error > 0) smallest = std::min(smallest, e.error);
      largest = std::max({largest, e.error, e.bound});
      drawing.x.to = std::max(drawing.x.to, x);
    }
    drawing.curves.push_back(std::move(measured)), drawing.curves.push_back(std::move(bound));
  }
  drawing.y.from = smallest / 2, drawing.y.to = largest * 2;
  return drawing.draw();
}

std::string first_position(transxssm::verify::first_exceeding const& e, index_t furthest) {
  std::string proven =
      e.proven > furthest ? joined("proven up to ", power_of_two(furthest)) : joined("not before ", grouped(e.proven));
  if (e.proven == 0) proven.clear();
  return joined(e.position            ? grouped(*e.position)
                : e.proven > furthest ? "never"
                                      : "not seen",
                "<small>", proven, "</small>");
}

std::string table(std::vector<relative_position_report> const& reports) {
  html_table t{{"score, table, angles", "largest error", "of its bound", "first &gt; 10⁻⁴", "first &gt; 10⁻³",
                "first &gt; 10⁻²", "first &gt; 10⁻¹", ""},
               {}};
  for (auto const& r : reports) {
    std::vector<std::string> row = {escaped(r.name), scientific(r.largest_error),
                                    fixed(100 * r.largest_ratio, 0) + " %"};
    for (auto const& e : r.exceeds) row.push_back(first_position(e, r.furthest));
    row.resize(7);
    row.push_back(verdict(r.holds));
    t.rows.push_back(std::move(row));
  }
  return t.draw();
}

constexpr char const* introduction =
    R"html(Equation 4 of the paper: the product of a row turned to position <i>m</i> and a row turned to position
<i>n</i> depends on <i>n</i> − <i>m</i> alone. That is exact on paper. In a computer the cosines are rounded, and worse,
so may be the angles: <i>m θ</i> in 32 bits has lost most of its digits by position 10⁶. {} scores between positions 0
and {} were held against a calculation with 100 digits.)html";

constexpr char const* caption =
    R"html(Attention’s scores. Solid: the largest error measured at that position. Dashed, in the same colour: the bound
that follows from the roundings, derived before measuring. A table whose angles are exact keeps its error at every
position; one whose angles are computed in its own precision loses a digit with every factor of ten. Where curves
coincide, only the last is seen.)html";

constexpr char const* meaning =
    R"html(The columns in the middle tell from which position on a score between near neighbours is off by more than so
much of |<i>q</i>||<i>k</i>|. The rows for <i>C</i>·<i>B</i> are scores as an SSD layer applies them, with the layer’s
own products and sums: the table is the same, and so is what it does to them. That is what “unified” means here.)html";

constexpr char const* on_the_text =
    R"html(In the text itself: “{}” follows “{}” {} times within {} bytes. Each time both letters are turned by other
angles; and each time their score is the same, between {} and {}.)html";

}  // namespace

std::string report_relative_position(results const& r) {
  auto const& reports = r.measured.relative_position;
  index_t scores = 0, furthest = 0;
  for (auto const& one : reports) scores += one.scores, furthest = std::max(furthest, one.furthest);
  std::string content = joined(paragraph(filled(introduction, grouped(scores), power_of_two(furthest))),
                               figure(plot(reports, "Q·K"), caption), table(reports), paragraph(meaning));
  repeated_pair const& p = r.measured.repeated;
  if (!p.bytes.empty())
    content +=
        paragraph(filled(on_the_text, escaped(p.bytes.substr(1)), escaped(p.bytes.substr(0, 1)), grouped(p.times),
                         grouped(static_cast<index_t>(p.among)), fixed(p.smallest, 7), fixed(p.largest, 7)));
  return section("relative-position", "(a) Only distance counts", content);
}

}  // namespace demo
