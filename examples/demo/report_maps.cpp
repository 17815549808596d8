// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <transxssm/transxssm.hpp>
#include "format.hpp"
#include "heat_map.hpp"
#include "html.hpp"
#include "report.hpp"
#include "text.hpp"

namespace demo {
namespace {

using namespace transxssm;
using Eigen::MatrixXf;

constexpr index_t shown = 64;

/// Q~K~^T / sqrt(N), before the softmax: attention's scores are the matrix of a state space that forgets nothing.
MatrixXf scores(operands const& t, rotary_table<float> const& R) {
  Eigen::VectorXf const forgets_nothing = Eigen::VectorXf::Zero(t.length());
  return dense(semiseparable(forgets_nothing, rotate(t.Q, R), rotate(t.K, R))) /
         std::sqrt(static_cast<float>(t.Q.cols()));
}

/// A round number that so much of the entries stays below: a few large ones must not wash the picture out.
double colour_span(MatrixXf const& values, double share) {
  std::vector<float> sizes;
  for (index_t i = 0; i < values.rows(); ++i)
    for (index_t j = 0; j <= i; ++j) sizes.push_back(std::abs(values(i, j)));
  auto const nearly_all = sizes.begin() + static_cast<index_t>(share * static_cast<double>(sizes.size() - 1));
  std::nth_element(sizes.begin(), nearly_all, sizes.end());
  double const wanted = std::max(static_cast<double>(*nearly_all), 1e-6),
               decade = std::pow(10, std::floor(std::log10(wanted)));
  for (double step : {1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0})
    if (wanted <= step * decade) return step * decade;
  return 10 * decade;
}

constexpr char const* introduction =
    R"html(Both operators are lower triangular matrices over the tokens of the text, which the fast forms never write
down. Here they are for the first {} bytes. A dot stands for a space, ↵ for the end of a line. Keys share half of their
projection with queries, and <i>B</i> with <i>C</i>; so a letter answers to its own kind, and the rotation makes that
answer wax and wane with distance, in the same way on both sides.)html";

constexpr char const* about_L =
    R"html(<i>L</i>: how much of token <i>j</i> is left in the state when token <i>i</i> reads it, the product of the
decays in between. A letter with a strong decay dims all that lies to its left.)html";

constexpr char const* about_M =
    R"html(<i>L</i> ∘ (R<sub><i>m</i></sub><i>C</i>)(R<sub><i>n</i></sub><i>B</i>)<sup>T</sup>, the whole operator: the
mask times the products of rotated rows. There is no softmax, so entries have a sign.)html";

constexpr char const* about_scores =
    R"html(R<sub><i>m</i></sub><i>Q</i> (R<sub><i>n</i></sub><i>K</i>)<sup>T</sup> / √<i>d</i>, what attention sees
before its softmax: the same rotation, no decay. Equal letters attract each other; the nearer, the more.)html";

constexpr char const* about_weights =
    R"html(The same after the softmax: the weights of each row add up to 1. Compare with SSD above: there the mask makes
the past fade, here the softmax picks from it.)html";

}  // namespace

std::string report_maps(results const& r) {
  operands const t = r.tokens.first(std::min(shown, r.tokens.length()));
  rotary_table<float> const R(frequencies(r.how.N), t.length());
  std::vector<std::string> glyphs;
  for (index_t i = 0; i < t.length(); ++i) glyphs.push_back(escaped(glyph(r.text[static_cast<std::size_t>(i)])));

  auto const map = [&](char const* title, MatrixXf const& values, double share, char const* unit, char const* caption) {
    auto const hover = [&](index_t i, index_t j) {
      auto const token = [&](index_t k) { return joined(glyphs[static_cast<std::size_t>(k)], " ", std::to_string(k)); };
      return joined(token(i), " reads ", token(j), ": ", scientific(values(i, j)));
    };
    double const span = colour_span(values, share);
    bool const with_negative = values.minCoeff()<0, clipped = values.cwiseAbs().maxCoeff()> 1.001 * span;
    heat_map const drawing{title, values, span, with_negative, clipped, glyphs, unit, hover};
    return joined("<div><h3>", title, "</h3>", figure(drawing.draw(), caption), "</div>\n");
  };
  MatrixXf const L = dense(decay_mask(t.log_a)), M = dense(semiseparable(t.log_a, rotate(t.C, R), rotate(t.B, R)));
  MatrixXf const S = scores(t, R), A = dense(attention(rotate(t.Q, R), rotate(t.K, R)));
  return section(
      "maps", "The operators, seen",
      joined(paragraph(filled(introduction, std::to_string(t.length()))), "<div class=\"maps\">",
             map("SSD: the decay mask", L, 1, "L", about_L), map("SSD: mask times scores", M, 0.99, "entry", about_M),
             map("Attention: the scores", S, 0.99, "score", about_scores),
             map("Attention: the weights", A, 0.97, "weight", about_weights), "</div>"));
}

}  // namespace demo
