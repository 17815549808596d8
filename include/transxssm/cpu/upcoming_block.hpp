// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include "../core/view.hpp"
#include "packet.hpp"

namespace transxssm {

/// The keys and values that come after those in work, asked for line by line beside the products of these: a few queries
/// take less time for their products than the memory for the rows, and what is side by side costs the longer of the two.
/// Heads lie between the rows of a head, and no hardware prefetcher jumps over them. (Many queries take longer than the
/// memory: they have nothing to ask for.)
class upcoming_block {
 public:
  upcoming_block() = default;
  /// keys (n, N), values (n, P)
  template<class K, class V>
  upcoming_block(view<K const, 2> keys, view<V const, 2> values)
      : keys_(keys), values_(values), value_bytes_(sizeof(V)) {}

  // As many lines as rows of S have: a few too many of rows that are narrower. Without loops, beside which a compiler
  // would not keep sums in registers.

  /// In the products of feature n of a panel of keys, which starts at key `panel`: its share of the same panel's lines.
  template<class S, index_t width>
  EIGEN_ALWAYS_INLINE void key_lines(index_t panel, index_t n) const {
    constexpr int share = int(std::max<index_t>(1, width * index_t(sizeof(S)) / line));
    unrolled<share>([&](auto of) {
      index_t const i = n * share + of;
      prefetch(keys_.at(panel + i % width) + i / width * line);
    });
  }
  /// In the products of `count` of a key's values, from `column` on.
  template<class S, index_t count>
  EIGEN_ALWAYS_INLINE void value_lines(index_t key, index_t column) const {
    constexpr int lines = int(std::max<index_t>(1, count * index_t(sizeof(S)) / line));
    unrolled<lines>([&](auto i) { prefetch(values_.at(key) + column * value_bytes_ + i * line); });
  }

 private:
  static constexpr index_t line = 64;
  struct rows {
    char const* data = &nothing_upcoming;
    index_t next = 0;

    rows() = default;
    template<class T>
    explicit rows(view<T const, 2> const& x)
        : data(reinterpret_cast<char const*>(x.data)), next(x.strides[0] * index_t(sizeof(T))) {}
    char const* at(index_t row) const { return data + row * next; }
  };
  rows keys_, values_;
  index_t value_bytes_ = 0;  // of a number
};

/// In so small a strip of queries, it is asked for what comes next.
inline constexpr int small_strip = 4;

}  // namespace transxssm
