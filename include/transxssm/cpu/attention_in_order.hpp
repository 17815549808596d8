// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include "stacked_queries.hpp"

namespace transxssm {

/// Takes a block of keys and values in the order in which they lie in memory: a panel of keys of all groups, then the next
/// panel, and when all scores are there, the values likewise. For one query of each head, which all see the same keys.
///
/// In a cache, the groups of a step lie side by side. Group by group, a block would be read in as many passes over the
/// same pages, with a gap after every row; and where the gaps are a power of two, all of its rows would share a few sets
/// of the second cache. So it is read once, from end to end, and the panel that comes next is asked for meanwhile.
///
/// Sums are taken in the same order as group by group: a score over features, an output over keys, block by block. So
/// decoding has the bits of a prefill.
///     keys(g) (m, N), values(g) (m, P), of which those in `seen` are seen
template<class Acc>
void take_in_order(stacked_queries<Acc>& queries, key_panels<Acc>& panels, scratch<Acc>& room, key_range seen,
                   index_t groups, auto const& keys, auto const& values) {
  constexpr index_t width = panel_width<Acc>;
  if (seen.size() == 0) return;
  auto after = [](auto const& rows, index_t j) {
    upcoming_block next;
    if constexpr (requires { rows.data; })
      next = {rows.middle_rows(j + width, width), rows.middle_rows(j + width, width)};
    return next;
  };
  for (index_t j = seen.first / width * width; j < seen.last; j += width)
    for (index_t g = 0; g < groups; ++g) {
      auto const k = keys(g);
      panels.load(k.middle_rows(j, std::min(width, k.rows() - j)));
      queries.score_panel(g, panels, j, after(k, j));
    }
  queries.exponentiate(seen);
  for (index_t j = seen.first; j < seen.last; j += width)
    for (index_t g = 0; g < groups; ++g) {
      auto const v = values(g);
      key_range const some{j, std::min(j + width, seen.last)};
      queries.weigh_some(g, lend(v.middle_rows(j, some.size()), room), some, after(v, j));
    }
  queries.finish();
}

}  // namespace transxssm
