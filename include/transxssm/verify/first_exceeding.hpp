// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include "report.hpp"

namespace transxssm::verify {

/// Where an error, as a function of the position, first exceeds each threshold.
///
/// The error is irregular, so no bisection finds it. It is sampled at every position below `dense` and then at
/// `samples` in each octave; the gap before a sample that exceeds a threshold is searched in full. An earlier position
/// between two samples that both stay below can be missed; so beside it stands what the bound, which grows with the
/// position, proves: `proven`, by bisection.
///     errors   (positions) -> errors, one for each      bound   (position) -> what the error cannot exceed
template<class Errors, class Bound>
std::vector<first_exceeding> first_positions_exceeding(std::vector<double> const& thresholds, index_t furthest,
                                                       index_t dense, index_t samples, Errors const& errors,
                                                       Bound const& bound, progress const& on_progress = {}) {
  std::vector<first_exceeding> found;
  for (double threshold : thresholds) {
    index_t safe = 0, beyond = furthest + 1;
    while (safe < beyond) {
      index_t middle = safe + (beyond - safe) / 2;
      if (bound(middle) <= threshold) safe = middle + 1;
      else beyond = middle;
    }
    found.push_back({threshold, {}, safe});
  }

  auto note = [&](std::vector<index_t> const& at) {  // true if something was exceeded for the first time
    std::vector<double> const e = errors(at);
    bool news = false;
    for (auto& f : found)
      for (std::size_t i = 0; i < at.size(); ++i)
        if (!(e[i] <= f.threshold) && (!f.position || at[i] < *f.position)) f.position = at[i], news = true;
    return news;
  };
  auto all_between = [&](index_t first, index_t last) {  // first < m < last
    for (index_t from = first + 1; from < last; from += 1024) {
      std::vector<index_t> gap;
      for (index_t m = from; m < std::min(from + 1024, last); ++m) gap.push_back(m);
      note(gap);
    }
  };
  all_between(-1, std::min(dense, furthest + 1));
  for (index_t first = dense; first <= furthest; first *= 2) {
    if (on_progress) on_progress(static_cast<double>(first) / static_cast<double>(furthest));
    std::vector<index_t> at;
    index_t step = std::max<index_t>(first / samples, 1);
    for (index_t m = first; m <= std::min(2 * first - 1, furthest); m += step) at.push_back(m | (step > 1));
    if (!note(at)) continue;
    auto before = found;
    for (auto const& f : before)
      if (f.position && *f.position >= first) all_between(std::max(first - 1, *f.position - step), *f.position);
  }
  return found;
}

}  // namespace transxssm::verify
