// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <cstring>
#include <limits>
#include <tuple>
#include "library.hpp"
#include "text.hpp"

/// Causality: changing token t changes no bit of the rows before t, and does change row t.
///
///     std::cout << verify::causality(my_attention, Q, K, V);    // any f(operands...) -> a matrix, a row per token,
///     std::cout << verify::causality(my_layer, X);              // whose operands have a row per token
///     std::cout << verify::causality({.tokens = 100}, my_ssd, log_a, C, B, X);
///     std::cout << verify::causality(verify::random_ssd<float>(300, 16, 16));                 // this library's
///
/// Each token is changed in all operands at once, every number x to x - (1 + |x|) / 4: a log-decay stays one. Cost: a
/// run of f for each token that is changed.
namespace transxssm::verify {

struct causality_options {
  index_t tokens = 32;  // how many are changed: the first and the last, both sides of multiples of 64, others at random
  std::uint64_t seed = 1;
  std::string name = "causality";
  progress on_progress = {};
};

/// The same number, bit by bit: 0 is not -0, and a NaN is itself.
template<class S>
bool same_bits(S const& a, S const& b) {
  constexpr std::size_t bytes =
      std::numeric_limits<S>::digits == 64 ? 10 : sizeof(S);  // an x87 number has 6 idle bytes
  return std::memcmp(&a, &b, bytes) == 0;
}
template<class M>
bool same_row(M const& a, M const& b, index_t row) {
  for (index_t c = 0; c < a.cols(); ++c)
    if (!same_bits(a(row, c), b(row, c))) return false;
  return true;
}

inline positions tokens_to_change(index_t T, causality_options const& options) {
  positions tokens;
  if (T <= options.tokens) {
    tokens = positions_from(0, T);
  } else {
    random_numbers next(options.seed);
    for (index_t t : {index_t(0), T - 1, index_t(1), index_t(63), index_t(64), T / 64 * 64, T / 64 * 64 - 1})
      if (t < T) tokens.push_back(t);
    while (static_cast<index_t>(tokens.size()) < options.tokens)
      tokens.push_back(static_cast<index_t>(next.below(static_cast<std::uint64_t>(T))));
    std::ranges::sort(tokens);
    tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
  }
  return tokens;
}

template<class M>
void change_row(M& operand, index_t t) {
  using S = typename M::Scalar;
  for (index_t c = 0; c < operand.cols(); ++c) {
    S& x = operand(t, c);
    x = S(x - (S(1) + (x < S(0) ? S(-x) : x)) / S(4));
  }
}

/// f(operands...) -> rows, one for each row of every operand.
template<class F, matrix_expression First, matrix_expression... Others>
causality_report causality(causality_options const& options, F const& f, First const& first, Others const&... others) {
  auto const rows = f(first, others...);
  causality_report report{.name = options.name, .T = rows.rows()};
  for (index_t t : tokens_to_change(report.T, options)) {
    if (options.on_progress) options.on_progress(static_cast<double>(t) / static_cast<double>(report.T));
    auto changed = std::tuple(typename First::PlainObject(first), typename Others::PlainObject(others)...);
    std::apply([t](auto&... operand) { (change_row(operand, t), ...); }, changed);
    auto const other = std::apply(f, changed);
    ++report.tokens;
    index_t row = 0;
    while (row < t && same_row(rows, other, row)) ++row;
    if (row < t) report.leaks.push_back({t, row});
    if (same_row(rows, other, t)) report.without_effect.push_back(t);
  }
  report.holds = report.leaks.empty() && report.without_effect.empty();
  if (options.on_progress) options.on_progress(1);
  return report;
}
template<class F, matrix_expression First, matrix_expression... Others>
causality_report causality(F const& f, First const& first, Others const&... others) {
  return causality(causality_options{}, f, first, others...);
}

/// This library's operators, in their automatic form.
template<class S>
causality_report causality(ssd_input<S> const& in, causality_options const& options = {.name = "causality of SSD"}) {
  return causality(options, library_ssd<S>{}, in.log_a, in.C, in.B, in.X);
}
template<class S>
causality_report causality(attention_input<S> const& in,
                           causality_options const& options = {.name = "causality of attention"}) {
  return causality(options, library_attention<S>{}, in.Q, in.K, in.V);
}

}  // namespace transxssm::verify
