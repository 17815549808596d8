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

std::string plot(learned const& l) {
  line_plot drawing{"Bits per byte against steps", {"steps", 5, 5, 10}, {"bits per byte", 1e300, 8.5, 10}, {}};
  drawing.height = 360;
  auto add = [&](char const* name, std::vector<learned::measured> const& all) {
    curve c{name, static_cast<int>(drawing.curves.size()), false, {}, {}};
    for (auto const& m : all) {
      if (m.step == 0) continue;  // no place on a logarithmic axis
      c.x.push_back(static_cast<double>(m.step)), c.y.push_back(m.bits);
      drawing.x.to = std::max(drawing.x.to, c.x.back());
      drawing.y.from = std::min(drawing.y.from, m.bits / 1.1);
    }
    drawing.curves.push_back(std::move(c));
  };
  add("read", l.training), add("held out", l.validation);
  return drawing.draw();
}

constexpr char const* introduction =
    R"html(Every operator has its exact gradient, so all this can be trained. A TransXSSM of {} parameters ({} layers of
{} features: state spaces, and attention last) began with random weights and read {} bytes of the text in {}, on {}. Its
tokens are bytes. Before, it needs {} bits for each byte of what is held out, a tenth of the text from all over it; after,
{}. Minutes rather than seconds make sentences of the words: <code>transxssm_train</code>.)html";

std::string quoted(learned const& l, std::string const& more) {
  return joined("<blockquote><mark>", readable(l.prompt), "</mark>", readable(more), "</blockquote>\n");
}

}  // namespace

std::string report_learning(results const& r) {
  learned const& l = r.learning;
  if (!l.happened()) return section("learning", "It learns", paragraph("This text is too short to learn from."));
  std::string const threads = l.threads == 1 ? "one thread" : "two threads";
  return section("learning", "It learns",
                 joined(paragraph(filled(introduction, grouped(l.parameters), std::to_string(l.layers),
                                         std::to_string(l.d_model), grouped(l.bytes), duration(l.seconds), threads,
                                         fixed(l.validation.front().bits, 2), fixed(l.validation.back().bits, 2))),
                        figure(plot(l), "What it reads, means of ten steps, and what it never reads."),
                        paragraph("Before training, it goes on with the underlined words like this:"),
                        quoted(l, l.before), paragraph("And after it:"), quoted(l, l.after)));
}

}  // namespace demo
