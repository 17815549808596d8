// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <algorithm>
#include "format.hpp"
#include "html.hpp"
#include "report.hpp"
#include "text.hpp"

namespace demo {
namespace {

std::string duality(laws const& m) {
  html_table t{{"operator and form", "T", "error, relative L2", "bar", "of the bar", ""}, {}};
  for (auto const& r : m.duality)
    for (auto const& f : r.forms)
      t.rows.push_back({escaped(r.name) + " · " + escaped(f.form), grouped(r.T), scientific(f.error), scientific(r.bar),
                        fixed(100 * f.ratio, 0) + " %", verdict(f.holds)});
  double apart = 0;
  for (auto const& r : m.duality) apart = std::max(apart, r.bar > 0 ? r.largest_disagreement / r.bar : 0);
  return section("duality", "(b) All forms agree",
      paragraph("One operator, several algorithms: the matrix as defined, blocks with a state between them, or a state alone, step "
                "by step; for attention the whole softmax or a running one. Each is held against the definition in higher "
                "precision. The bar is what rounding may cost, and no more: ε (16 + √min(T, memory) / 2) for a state space whose "
                "state remembers <i>memory</i> = 1/(1 − mean a) steps, 16 ε for attention.") +
      t.draw() +
      paragraph(joined("No two forms are further from each other than ", fixed(apart, 2), " bars (twice the bar is allowed): which "
                       "one runs is a question of speed, not of the result.")));
}

std::string causality(laws const& m) {
  html_table t{{"operator and form", "T", "tokens changed", "changed an earlier row", "had no effect at all", ""}, {}};
  for (auto const& r : m.causality)
    t.rows.push_back({escaped(r.name), grouped(r.T), grouped(r.tokens), grouped(static_cast<index_t>(r.leaks.size())),
                      grouped(static_cast<index_t>(r.without_effect.size())), verdict(r.holds)});
  return section("causality", "(c) The future is not read",
      paragraph("One token at a time is replaced, in every operand, and the output is compared bit by bit. Rows before the token must "
                "not move, not even in their last bit; the token’s own row must.") + t.draw());
}

std::string shift(laws const& m) {
  html_table t{{"operator", "all positions +", "error of the output", "bound", "error of the state", "bound", ""}, {}};
  for (auto const& r : m.shift)
    for (auto const& s : r.shifts) {
      bool const stateful = s.state_bound > 0;
      t.rows.push_back({escaped(r.name), power_of_two(s.shift), scientific(s.error), scientific(s.bound),
                        stateful ? scientific(s.state_error) : "–", stateful ? scientific(s.state_bound) : "–", verdict(s.holds)});
    }
  return section("shift", "(d) The origin is free",
      paragraph("Move the text by <i>p</i> positions, as if it began there. Attention does not notice. Nor does a state space, once its state, which is a "
                "sum of rotated rows, is turned by the same <i>p</i>: so a document’s state, computed once, can be put anywhere in "
                "another.") + t.draw());
}

}  // namespace

std::string report_laws(results const& r) { return duality(r.measured) + causality(r.measured) + shift(r.measured); }

}  // namespace demo
