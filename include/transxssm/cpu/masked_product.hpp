// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include "../operator/mask.hpp"

namespace transxssm {

/// y += W x, where row i of W counts in the columns seen(i) only: what lies outside is neither read nor multiplied, so that
/// a NaN in the future stays there. Both ends of seen(i) grow with i, and rows are taken `strip` at a time: what all
/// rows of a strip see is one product, the ragged rest goes row by row.     W (n, m), x (m, P), y (n, P)
void masked_product(auto const& W, auto const& x, auto&& y, auto const& seen) {
  constexpr index_t strip = 16;
  for (index_t i = 0; i < W.rows(); i += strip) {
    index_t n = std::min(strip, W.rows() - i);
    index_t first = seen(i + n - 1).first, last = std::max(seen(i).last, first);  // seen by all rows of the strip
    y.middleRows(i, n).noalias() += W.block(i, first, n, last - first) * x.middleRows(first, last - first);
    for (index_t r = i; r < i + n; ++r) {
      auto [begin, end] = seen(r);
      for (index_t j = begin; j < std::min(end, first); ++j) y.row(r) += W(r, j) * x.row(j);
      for (index_t j = std::max(begin, last); j < end; ++j) y.row(r) += W(r, j) * x.row(j);
    }
  }
}

}  // namespace transxssm
