// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../operator/featured.hpp"
#include "../operator/rotated.hpp"
#include "../operator/scaled.hpp"
#include "packet.hpp"
#include "scratch.hpp"

namespace transxssm {

/// Where the rows that x is made of lie. Not the table that turns them, which is every head's and stays in the cache, nor
/// the factors that scale them, which lie beside each other.
template<class T>
view<T, 2> memory_of(view<T, 2> const& x) {
  return x;
}
template<class X, class R>
auto memory_of(rotated<X, R> const& x) {
  return memory_of(x.x);
}
template<class X, class Factor>
auto memory_of(scaled<X, Factor> const& x) {
  return memory_of(x.x);
}
template<class X, class F>
auto memory_of(featured<X, F> const& x) {
  return memory_of(x.x);
}

/// Asks for row t of x.
void prefetch_row(auto const& x, index_t t) {
  auto const rows = memory_of(x);
  index_t const bytes = index_t(sizeof(*rows.data));
  auto const row = reinterpret_cast<char const*>(rows.data + t * rows.strides[0]);
  for (index_t i = 0; i < rows.cols() * bytes; i += 64) prefetch(row + i);
}

/// One cache line of each of some rows.
struct column_of_lines {
  char const* first = &nothing_upcoming;
  index_t next_row = 0;  // in bytes

  EIGEN_ALWAYS_INLINE void prefetch(index_t t) const { transxssm::prefetch(first + t * next_row); }
};

/// The rows that will be needed next. Heads that lie side by side leave gaps between the rows of one of them, which no
/// hardware prefetcher jumps over; so lines are asked for one by one, while something else is computed: all at once, they
/// would have to wait for each other.
class upcoming_rows {
 public:
  static constexpr index_t line = 64;

  upcoming_rows(index_t capacity, workspace memory) : columns_(memory, 1, capacity) {}
  /// Those of a moving_head: with its B and C, if it is the first to need them.
  void of(auto const& head, bool turns) {
    count_ = 0;
    if (turns) add(head.m.b), add(head.m.c);
    add(head.x), add(head.y);
  }

  /// What to ask for in pass i of n.
  column_of_lines in_pass(index_t i, index_t n) const {
    index_t const every = std::max<index_t>(1, n / std::max<index_t>(1, count_));
    return i % every == 0 && i / every < count_ ? columns_(0, i / every) : column_of_lines();
  }

 private:
  void add(auto const& x) {
    auto const rows = memory_of(x);
    index_t const bytes = index_t(sizeof(*rows.data));
    if (rows.strides[1] != 1) return;
    for (index_t i = 0; i < rows.cols() * bytes && count_ < columns_.cols(); i += line)
      columns_(0, count_++) = {reinterpret_cast<char const*>(rows.data) + i, rows.strides[0] * bytes};
  }

  scratch<column_of_lines> columns_;
  index_t count_ = 0;
};

}  // namespace transxssm
