// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <algorithm>
#include "format.hpp"
#include "html.hpp"
#include "report.hpp"
#include "text.hpp"

namespace demo {
namespace {

namespace verify = transxssm::verify;

constexpr char const* about_duality =
    R"html(One operator, several algorithms: the matrix as defined, blocks with a state between them, or a state alone,
step by step; for attention the whole softmax or a running one. Each is held against the definition in higher precision,
on the first T bytes of the text; errors are relative, in L2. The bar is what rounding may cost, and no more: ε (16 +
√min(T, memory) / 2) for an SSD layer whose state remembers <i>memory</i> = 1/(1 − mean a) steps, 16 ε for attention,
and for bf16 the rounding of the result.)html";

constexpr char const* about_disagreement =
    R"html(No two forms are further from each other than {}; twice the bar is allowed. Within it, which one runs is a
question of speed, not of the result.)html";

constexpr char const* about_causality =
    R"html(One token at a time is changed, in every operand, and the output is compared bit by bit. Rows before the
token must not move, not even in their last bit; the token’s own row must.)html";

constexpr char const* about_shift =
    R"html(Move the text by <i>p</i> positions, as if it began there. Attention does not notice. Nor does SSD, once its
state, which is a sum of rotated rows, is turned by the same <i>p</i>: so a document’s state, computed once, can be put
anywhere in another.)html";

using verify::duality_report;

/// The forms of one operator ("SSD") down, its precisions ("float against double") across.
std::string forms_table(std::vector<duality_report> const& reports, std::string const& name) {
  std::vector<duality_report const*> across;
  for (auto const& r : reports)
    if (r.name.starts_with(name)) across.push_back(&r);
  html_table t{{name}, {}};
  for (auto const* r : across)
    t.head.push_back(filled("{}<small>T = {}, bar {}</small>", escaped(r->name.substr(name.size() + 2)), grouped(r->T),
                            scientific(r->bar)));
  t.head.push_back("");
  for (std::size_t i = 0; !across.empty() && i < across.front()->forms.size(); ++i) {
    std::vector<std::string> row = {escaped(across.front()->forms[i].form)};
    bool holds = true;
    for (auto const* r : across) {
      auto const& f = r->forms[i];
      row.push_back(filled("{}<small>{}</small>", scientific(f.error), compared(f.ratio, "the bar")));
      holds = holds && f.holds;
    }
    row.push_back(verdict(holds));
    t.rows.push_back(std::move(row));
  }
  return t.draw();
}

std::string duality(laws const& m) {
  double apart = 0;
  for (auto const& r : m.duality)
    if (r.bar > 0) apart = std::max(apart, r.largest_disagreement / r.bar);
  return section("duality", "(b) All forms agree",
                 joined(paragraph(about_duality), forms_table(m.duality, "SSD"), forms_table(m.duality, "attention"),
                        paragraph(filled(about_disagreement, compared(apart, "the bar")))));
}

std::string causality(laws const& m) {
  html_table t{{"operator and form", "T", "tokens changed", "changed an earlier row", "had no effect at all", ""}, {}};
  for (auto const& r : m.causality)
    t.rows.push_back({escaped(r.name), grouped(r.T), grouped(r.tokens), grouped(static_cast<index_t>(r.leaks.size())),
                      grouped(static_cast<index_t>(r.without_effect.size())), verdict(r.holds)});
  return section("causality", "(c) The future is not read", joined(paragraph(about_causality), t.draw()));
}

std::string shift(laws const& m) {
  html_table t{{"operator", "T", "moved by", "error of the output", "bound", "error of the state", "bound", ""}, {}};
  for (auto const& r : m.shift)
    for (auto const& s : r.shifts) {
      bool const stateful = s.state_bound > 0;
      t.rows.push_back({escaped(r.name), grouped(r.T), s.shift > 1000 ? power_of_two(s.shift) : grouped(s.shift),
                        scientific(s.error), scientific(s.bound), stateful ? scientific(s.state_error) : "–",
                        stateful ? scientific(s.state_bound) : "–", verdict(s.holds)});
    }
  return section("shift", "(d) The origin is free", joined(paragraph(about_shift), t.draw()));
}

}  // namespace

std::string report_laws(results const& r) {
  return joined(duality(r.measured), causality(r.measured), shift(r.measured));
}

}  // namespace demo
