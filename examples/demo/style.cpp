// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "style.hpp"
#include "text.hpp"

namespace demo {
namespace {

constexpr char const* colours = R"css(
:root {
  color-scheme: light dark;
  --ground: #fdfdfb; --raised: #f5f4ef; --ink: #1d1f23; --soft: #62656d; --rule: #dcdad2; --grid: #e9e7e0;
  --good: #00664a; --bad: #b3370b; --link: #005a8d;
  --low: #0b4f94; --zero: #f3f2ec; --high: #b8420a; --empty: #fdfdfb;
  --s0: #0068a8; --s1: #c64d00; --s2: #007f5c; --s3: #a8487f;
  --s4: #9a6a00; --s5: #3d8fc4; --s6: #5d6068; --s7: #7a5cc0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14161a; --raised: #1c1f25; --ink: #e8e6e1; --soft: #9ea2ab; --rule: #33373f; --grid: #262a31;
    --good: #4fd0a5; --bad: #ff9468; --link: #7fc4f5;
    --low: #63b3ff; --zero: #23272e; --high: #ff9d52; --empty: #14161a;
    --s0: #5db4f2; --s1: #ff8f57; --s2: #48cfa2; --s3: #e79ac6;
    --s4: #e6b450; --s5: #9fd6ff; --s6: #b4b7be; --s7: #b9a2f5;
  }
}
)css";

constexpr char const* type_and_space = R"css(
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 18px/1.6 Charter, "Bitstream Charter", "Sitka Text", Cambria, "Liberation Serif", Georgia, serif; }
main { max-width: 1176px; margin: 0 auto; padding: 72px 40px 56px; }
h1 { font-size: 46px; line-height: 1.12; font-weight: 600; letter-spacing: -0.015em; margin: 8px 0 20px; }
h2 { font-size: 29px; line-height: 1.2; font-weight: 600; letter-spacing: -0.01em; margin: 0 0 14px; }
h3 { font-size: 19px; font-weight: 600; margin: 40px 0 6px; }
p { max-width: 44em; margin: 0 0 16px; }
sup, sub { font-size: 0.72em; line-height: 0; }
section { margin-top: 80px; padding-top: 36px; border-top: 1px solid var(--rule); }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
figure { margin: 26px 0 8px; }
figcaption { color: var(--soft); font-size: 16px; line-height: 1.5; max-width: 50em; margin-top: 8px; }
.eyebrow, .card, table, svg, footer, .term { font-family: system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; }
.eyebrow { font-size: 13px; letter-spacing: 0.09em; text-transform: uppercase; color: var(--soft); }
.lede { font-size: 21px; line-height: 1.5; max-width: 38em; }
.equations { display: grid; grid-template-columns: auto 1fr; gap: 6px 24px; margin: 30px 0; font-size: 21px;
  align-items: baseline; }
.term { font-size: 14px; color: var(--soft); }
blockquote { margin: 30px 0; padding: 20px 26px; background: var(--raised); border-radius: 8px; white-space: pre-wrap;
  overflow-wrap: anywhere; font: 14.5px/1.65 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  color: var(--soft); }
blockquote mark { background: none; color: var(--ink); border-bottom: 2px solid var(--s1); }
code { font: 0.86em ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.cards { display: grid; grid-template-columns: repeat(4, 1fr); gap: 18px; margin: 36px 0 0; }
.card { display: block; color: var(--ink); background: var(--raised); border-radius: 10px; padding: 18px 20px 20px;
  font-size: 14px; line-height: 1.45; }
.card b { display: block; font-size: 17px; margin: 8px 0 4px; }
.card i { display: block; font-style: normal; color: var(--soft); }
.maps { display: grid; grid-template-columns: 1fr 1fr; gap: 8px 36px; }
.maps h3 { margin: 18px 0 0; }
.maps figure { margin: 6px 0 22px; }
.verdict { font-family: system-ui, sans-serif; font-size: 14px; font-weight: 600; white-space: nowrap; }
.yes { color: var(--good); } .no { color: var(--bad); }
.wide { overflow-x: auto; margin: 24px 0 12px; }
table { border-collapse: collapse; width: 100%; font-size: 14.5px; line-height: 1.4; font-variant-numeric: tabular-nums
  lining-nums; }
th { text-align: right; vertical-align: bottom; font-weight: 600; color: var(--soft); padding: 6px 9px; border-bottom:
  1px solid var(--rule); }
td { text-align: right; padding: 8px 9px; border-bottom: 1px solid var(--grid); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
td small, th small { display: block; font-weight: 400; color: var(--soft); font-size: 12.5px; }
footer { overflow-wrap: anywhere; margin-top: 88px; padding-top: 22px; border-top: 1px solid var(--rule);
  color: var(--soft); font-size: 13.5px;
  line-height: 1.7; }
@media (max-width: 900px) { .maps { grid-template-columns: 1fr; } .cards { grid-template-columns: 1fr 1fr; }
  main { padding: 40px 20px; } h1 { font-size: 36px; } }
@media (max-width: 520px) { .cards { grid-template-columns: 1fr; } .equations { grid-template-columns: 1fr; font-size:
  18px; } }
)css";

constexpr char const* drawings = R"css(
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--ink); font-size: 13px; font-variant-numeric: tabular-nums; }
svg .tick { fill: var(--soft); font-size: 12.5px; } svg .small { font-size: 10.5px; }
svg .label { fill: var(--soft); font-size: 13.5px; } svg .label.small { font-size: 12px; }
svg .mid { text-anchor: middle; } svg .end { text-anchor: end; }
svg .glyph { font: 7.4px ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
svg .grid { stroke: var(--grid); fill: none; } svg .axis { stroke: var(--soft); fill: none; }
svg .curve { fill: none; stroke-width: 2.2; stroke-linejoin: round; }
svg .dashed { stroke-width: 1.3; stroke-dasharray: 5 4; opacity: 0.75; }
svg .leader { stroke-width: 1; opacity: 0.5; fill: none; }
svg .mark { stroke-width: 1.4; } svg .open { fill: var(--ground) !important; }
svg text.name { stroke: none; font-weight: 600; }
.cells { shape-rendering: crispEdges; } .ground { fill: var(--empty); }
.cells path:hover { stroke: var(--ink); stroke-width: 0.25; }
)css";

}  // namespace

std::string style() {
  std::string all = std::string(colours) + type_and_space + drawings;
  for (int k = 0; k < 8; ++k) {
    std::string const name = joined("s", std::to_string(k)), colour = joined("var(--", name, ")");
    all += joined(".", name, "{stroke:", colour, "} .mark.", name, ",svg .name.", name, "{fill:", colour, "}\n");
  }
  for (int k = 0; k <= 40; ++k) {
    std::string const share = std::to_string(5 * (k < 20 ? 20 - k : k - 20));
    all += joined(".h", std::to_string(k), "{fill:color-mix(in oklab,var(--", k < 20 ? "low" : "high", ") ", share,
                  "%,var(--zero))}\n");
  }
  return all;
}

}  // namespace demo
