// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "report.hpp"
#include <algorithm>
#include <filesystem>
#include "format.hpp"
#include "html.hpp"
#include "text.hpp"

namespace demo {
namespace {

#if defined(__clang__)
constexpr char const* compiler = "clang " __clang_version__;
#elif defined(__GNUC__)
constexpr char const* compiler = "g++ " __VERSION__;
#else
constexpr char const* compiler = "a C++ compiler";
#endif

std::string file_name(results const& r) { return escaped(std::filesystem::path(r.path).filename().string()); }

double largest(auto const& reports, auto value) {
  double most = 0;
  for (auto const& r : reports) most = std::max(most, static_cast<double>(value(r)));
  return most;
}

std::string card(char const* where, char const* law, bool holds, std::string const& meaning) {
  return filled("<a class=\"card\" href=\"#{}\">{}<b>{}</b><i>{}</i></a>\n", where, verdict(holds), law, meaning);
}

std::string cards(laws const& m) {
  double const position = largest(m.relative_position, [](auto const& r) { return r.largest_ratio; });
  double const form = largest(m.duality, [](auto const& r) { return r.bar > 0 ? r.largest_error / r.bar : 0; });
  double const shift = largest(m.shift, [](auto const& r) { return r.largest_ratio; });
  index_t tokens = 0;
  for (auto const& r : m.causality) tokens = std::max(tokens, r.tokens);
  return joined(
      "<div class=\"cards\">",
      card("relative-position", "Only distance counts", hold(m.relative_position),
           filled("A score depends on m − n alone. Largest error: {}.", compared(position, "its derived bound"))),
      card("duality", "All forms agree", hold(m.duality),
           filled("Matrix, blocks or recurrence: the same result. Largest error: {}.", compared(form, "its bar"))),
      card("causality", "The future is not read", hold(m.causality),
           filled("{} tokens were changed, one at a time: not a bit before them may change.", grouped(tokens))),
      card("shift", "The origin is free", hold(m.shift),
           filled("All positions moved together: nothing changes. Largest error: {}.",
                  compared(shift, "its derived bound"))),
      "</div>\n");
}

constexpr char const* opening =
    R"html(<header><div class="eyebrow">transxssm · unified rotary position embedding</div>
<h1>One rotation, two operators</h1>
<p class="lede">Attention and a state-space layer (SSD) are the same sentence: a mask, a product of rows that were
turned by their position, applied to values. Both take their turns from one rotary table. This page shows what follows
from that, on a real text.</p>
<div class="equations">
<span class="term">attention</span>
<span><i>Y</i> = softmax(mask + R<sub><i>m</i></sub><i>Q</i> (R<sub><i>n</i></sub><i>K</i>)<sup>T</sup> / √<i>d</i>)
<i>V</i></span>
<span class="term">state space (SSD)</span>
<span><i>Y</i> = (<i>L</i> ∘ (R<sub><i>m</i></sub><i>C</i>)(R<sub><i>n</i></sub><i>B</i>)<sup>T</sup>) <i>X</i>, &ensp;
<i>L</i><sub><i>ij</i></sub> = <i>a</i><sub><i>j</i>+1</sub> ⋯ <i>a</i><sub><i>i</i></sub></span>
</div>
<p>The text is <code>{}</code>. Each of its bytes became a random vector of {} numbers, and fixed random projections
made <i>Q</i>, <i>K</i>, <i>V</i>, <i>C</i>, <i>B</i>, <i>X</i> and the decay <i>a</i> of it, as in a model before any
training. So equal letters have equal content, and only their position tells them apart. The underlined 64 bytes are
those of the pictures below.</p>
<blockquote><mark>{}</mark>{} …</blockquote>
)html";

constexpr char const* closing =
    R"html(<footer>Made by <code>transxssm_demo</code> from the first {} bytes of <code>{}</code>, in {} seconds.
Seed {}; embedding {}, state and query size N = {}, head dimension P = {}; frequencies
θ<sub>i</sub> = 10000<sup>−2i/{}</sup>. Compiler: {}; threads: {}. The same text and seed give the same numbers, times
excepted.</footer>
)html";

}  // namespace

std::string report_head(results const& r) {
  std::string_view const bytes = r.text;
  std::string const seen = readable(bytes.substr(0, 64)), more = readable(bytes.substr(64, 420));
  return joined(filled(opening, file_name(r), std::to_string(r.how.d_model), seen, more), cards(r.measured),
                "</header>\n");
}

std::string report_foot(results const& r) {
  std::string const N = std::to_string(r.how.N), P = std::to_string(r.how.P),
                    bytes = grouped(static_cast<index_t>(r.text.size()));
  return filled(closing, bytes, escaped(r.path), fixed(r.seconds, 0), std::to_string(r.how.seed),
                std::to_string(r.how.d_model), N, P, N, compiler, std::to_string(r.threads));
}

std::string report(results const& r) {
  return page(joined("One rotation, two operators · ", file_name(r)),
              report_head(r) + report_maps(r) + report_relative_position(r) + report_laws(r) + report_cost(r) +
                  report_learning(r) + report_foot(r));
}

}  // namespace demo
