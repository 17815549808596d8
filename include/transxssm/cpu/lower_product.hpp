// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include "scratch.hpp"

namespace transxssm {

/// y += W x, where row i of the lower triangle W counts from column first(i) on: what lies outside is neither read nor
/// multiplied, so that a NaN in the future, or in what is forgotten, stays there. first(i) grows with i.
///
/// Rows are taken `strip` at a time: one product for the columns that the strip's first row sees, the ragged rest row by
/// row. Rows that have forgotten more than the strip's first row go row by row altogether, yet the product is made for
/// them, too: so the bits of a row depend on no later row, and what comes later changes nothing that came before.
///
///     W (n, n), x (n, P), y (n, P)
template<class Acc>
void lower_product(scratch<Acc> const& W, scratch<Acc> const& x, scratch<Acc>& y, auto const& first, workspace memory) {
  index_t const n = W.rows(), strip = 16;
  scratch<Acc> shared(memory, std::min(n, strip), x.cols());
  for (index_t i = 0; i < n; i += strip) {
    index_t const rows = std::min(strip, n - i), begin = first(i);
    shared.topRows(rows).noalias() = W.block(i, begin, rows, i + 1 - begin) * x.middleRows(begin, i + 1 - begin);
    for (index_t r = i; r < i + rows; ++r) {
      bool const sees_all = first(r) == begin;
      if (sees_all) y.row(r) += shared.row(r - i);
      for (index_t j = sees_all ? i + 1 : first(r); j <= r; ++j) y.row(r) += W(r, j) * x.row(j);
    }
  }
}

}  // namespace transxssm
