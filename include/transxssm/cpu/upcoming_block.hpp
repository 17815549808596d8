// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include "attention_tile.hpp"

namespace transxssm {

/// The keys and values that come after those in work, asked for line by line beside the products of these: a few queries
/// take less time for their products than the memory for the rows, and what is side by side costs the longer of the two.
/// Heads lie between the rows of a head, and no hardware prefetcher jumps over them. It is a hint: any address is legal.
template<class K, class V>
struct upcoming_block {
  view<K const, 2> keys;    // (n, N)
  view<V const, 2> values;  // (n, P)

  upcoming_block(view<K const, 2> k, view<V const, 2> v) : keys(k), values(v) {
    while ((1 << log_lines_) * numbers < k.cols()) ++log_lines_;
  }

  /// In the products of feature n of a panel of keys: its share of the same panel's lines, row by row.
  template<class S>
  EIGEN_ALWAYS_INLINE void key_line(index_t panel, index_t n) const {
    constexpr index_t share = std::max<index_t>(1, panel_width<S> / numbers);
    for (index_t i = n * share; i < (n + 1) * share; ++i)
      fetch(keys, panel + (i >> log_lines_), (i & ((index_t(1) << log_lines_) - 1)) * numbers);
  }
  /// In the products of some vectors of a key's values, from `column` on.
  template<class S>
  EIGEN_ALWAYS_INLINE void value_lines(index_t key, index_t column, index_t vectors) const {
    for (index_t i = 0; i < vectors * packet_size<S>; i += line / index_t(sizeof(V))) fetch(values, key, column + i);
  }

 private:
  static constexpr index_t line = 64, numbers = line / index_t(sizeof(K));

  template<class T>
  EIGEN_ALWAYS_INLINE static void fetch(view<T const, 2> const& x, index_t row, index_t feature) {
    prefetch(x.data + row * x.strides[0] + feature * x.strides[1]);
  }

  int log_lines_ = 0;  // of a row of keys
};

/// Where the products take longer than the memory, there is nothing to ask for.
struct nothing_upcoming {
  template<class S>
  void key_line(index_t, index_t) const {}
  template<class S>
  void value_lines(index_t, index_t, index_t) const {}
};

}  // namespace transxssm
