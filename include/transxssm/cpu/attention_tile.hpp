// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include "../operator/mask.hpp"
#include "packet.hpp"
#include "upcoming_block.hpp"

namespace transxssm {

// The two products of attention for a strip of a few queries, each result in a register of its own for the whole sum:
// 6 x 2 vectors where there are 16 registers, 12 x 2 where there are 32. So an entry is one sum, in ascending order,
// whatever else is computed beside it: its bits depend on no other row, nor on how many rows there are.

inline constexpr int strip_rows = EIGEN_ARCH_DEFAULT_NUMBER_OF_REGISTERS >= 32 ? 12 : 6;
inline constexpr int panel_vectors = 2;
template<class S>
inline constexpr index_t panel_width = panel_vectors * packet_size<S>;

/// scores = q k^T, for the keys of a panel: its features lie side by side for all keys.
/// `next` is asked for meanwhile, this being panel `at`.
///     q (rows, N), panel (N, panel_width), scores (rows, panel_width)
template<int rows, class S>
EIGEN_DONT_INLINE void score(index_t N, S const* q, index_t next_q, S const* panel, S* scores, index_t next_score,
                             index_t at, upcoming_block const& next) {
  constexpr index_t size = packet_size<S>;
  packet<S> sum[rows][panel_vectors];
  unrolled<rows>([&](auto r) { unrolled<panel_vectors>([&](auto v) { sum[r][v] = simd::pset1<packet<S>>(S(0)); }); });
  for (index_t n = 0; n < N; ++n, panel += panel_vectors * size) {
    if constexpr (rows <= small_strip) next.key_lines<S, panel_width<S>>(at, n);
    packet<S> keys[panel_vectors];
    unrolled<panel_vectors>([&](auto v) { keys[v] = load_once(panel + v * size); });
    unrolled<rows>([&](auto r) {
      auto const q_n = simd::pset1<packet<S>>(q[r * next_q + n]);
      unrolled<panel_vectors>([&](auto v) { sum[r][v] = simd::pmadd(q_n, keys[v], sum[r][v]); });
    });
  }
  unrolled<rows>([&](auto r) {
    unrolled<panel_vectors>([&](auto v) { simd::pstore(scores + r * next_score + v * size, sum[r][v]); });
  });
}

/// sum += p values, over some keys that all rows see, or that `ragged` rows see some of. p may lie `across`: (keys, rows).
template<bool ragged, bool across = false, int rows, int vectors, class S>
EIGEN_ALWAYS_INLINE void add_values(packet<S> (&sum)[rows][vectors], key_range keys,
                                    [[maybe_unused]] key_range const* seen, S const* p, index_t next_p, S const* values,
                                    index_t next_value, index_t column, upcoming_block const& next) {
  for (index_t j = keys.first; j < keys.last; ++j) {
    if constexpr (!ragged && rows <= small_strip) next.value_lines<S, vectors * packet_size<S>>(j, column);
    packet<S> value[vectors];
    unrolled<vectors>(
        [&](auto v) { value[v] = simd::ploadu<packet<S>>(values + j * next_value + v * packet_size<S>); });
    unrolled<rows>([&](auto r) {
      if (ragged && !(seen[r].first <= j && j < seen[r].last)) return;
      auto const weight = simd::pset1<packet<S>>(across ? p[j * next_p + r] : p[r * next_p + j]);
      unrolled<vectors>([&](auto v) { sum[r][v] = simd::pmadd(weight, value[v], sum[r][v]); });
    });
  }
}

/// sum += p values, over some keys that all rows see: a weigh() that goes on where it stopped.
///     p (rows, keys), values (keys, vectors), sum (rows, vectors)
template<int rows, int vectors, class S>
EIGEN_DONT_INLINE void weigh_on(key_range keys, S const* p, index_t next_p, S const* values, index_t next_value,
                                S* sums, index_t next_sum, index_t column, upcoming_block const& next) {
  packet<S> sum[rows][vectors];
  auto at = [&](auto r, auto v) { return sums + r * next_sum + v * packet_size<S>; };
  unrolled<rows>([&](auto r) { unrolled<vectors>([&](auto v) { sum[r][v] = simd::pload<packet<S>>(at(r, v)); }); });
  add_values<false>(sum, keys, nullptr, p, next_p, values, next_value, column, next);
  unrolled<rows>([&](auto r) { unrolled<vectors>([&](auto v) { simd::pstore(at(r, v), sum[r][v]); }); });
}

/// o <- keep o + p values, row r over the keys seen[r] only: what it does not see is neither read nor multiplied. Both
/// ends of seen[r] grow with r, so between two ragged edges all rows see the same keys. `next` is asked for meanwhile, these
/// being the values from `column` on.
///     p (rows, keys), or across, (keys, rows); values (keys, vectors), o (rows, vectors), keep (rows)
template<int rows, int vectors, bool across = false, class S>
EIGEN_DONT_INLINE void weigh(key_range const* seen, S const* p, index_t next_p, S const* values, index_t next_value,
                             S const* keep, S* o, index_t next_o, index_t column, upcoming_block const& next) {
  packet<S> sum[rows][vectors];
  unrolled<rows>([&](auto r) { unrolled<vectors>([&](auto v) { sum[r][v] = simd::pset1<packet<S>>(S(0)); }); });
  index_t const from = seen[0].first, to = seen[rows - 1].last;
  index_t const all_from = std::min(seen[rows - 1].first, to), all_to = std::max(std::min(seen[0].last, to), all_from);
  add_values<true, across>(sum, {from, all_from}, seen, p, next_p, values, next_value, column, next);
  add_values<false, across>(sum, {all_from, all_to}, seen, p, next_p, values, next_value, column, next);
  add_values<true, across>(sum, {all_to, to}, seen, p, next_p, values, next_value, column, next);
  unrolled<rows>([&](auto r) {
    auto const factor = simd::pset1<packet<S>>(keep[r]);
    unrolled<vectors>([&](auto v) {
      S* to_r = o + r * next_o + v * packet_size<S>;
      simd::pstore(to_r, simd::pmadd(factor, simd::pload<packet<S>>(to_r), sum[r][v]));
    });
  });
}

/// f(rows, i) for the rows [i, end), some at once from row i on.
void in_strips(index_t i, index_t end, auto const& f) {
  auto strips = [&](auto rows) {
    for (; i + rows <= end; i += rows) f(rows, i);
  };
  if constexpr (strip_rows > 6) strips(std::integral_constant<int, strip_rows>());
  strips(std::integral_constant<int, 6>()), strips(std::integral_constant<int, 4>());
  strips(std::integral_constant<int, 2>()), strips(std::integral_constant<int, 1>());
}
/// f(vectors, column) for all columns of values, whole vectors: as many sums at once as registers hold.
template<int rows, class S>
void in_columns(index_t width, auto const& f) {
  index_t column = 0;
  auto columns = [&](auto vectors) {
    for (; column + vectors * packet_size<S> <= width; column += vectors * packet_size<S>) f(vectors, column);
  };
  if constexpr (rows == 1) columns(std::integral_constant<int, 8>());
  if constexpr (rows <= 2) columns(std::integral_constant<int, 4>());
  columns(std::integral_constant<int, 2>()), columns(std::integral_constant<int, 1>());
}

}  // namespace transxssm
