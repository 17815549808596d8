// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../math/online_softmax.hpp"
#include "key_panels.hpp"
#include "softmax_exponential.hpp"

namespace transxssm {

/// Queries that see keys together: some steps of some groups of heads that share their keys and values. Row i of a group is
/// that of step i / heads, so that the keys which a row sees grow with the row. And of each row, over the keys taken so
/// far: the maximum m of its scores, the sum l of their exponentials, and the output o weighted by them.
template<class Acc>
class stacked_queries {
 public:
  stacked_queries(index_t groups, index_t steps, index_t heads, index_t N, index_t P, index_t keys, workspace memory)
      : steps_(steps),
        N_(N),
        P_(P),
        width_(rounded_up(P, size)),
        q_(memory, groups * steps, heads * N),
        o_(memory, groups * steps, heads * width_),
        p_(memory, strip_rows, rounded_up(keys, panel_width<Acc>)),
        row_(memory, groups * steps, heads) {
    o_.setZero(), row_.setConstant({});
  }

  /// Head h of a group: `queries` (steps, N), their scores to be multiplied by `factor`.
  void load(index_t group, index_t h, auto const& queries, Acc const& factor) {
    auto q = q_.block(group * steps_, h * N_, steps_, N_);
    transxssm::load(queries, q);
    q *= factor;
  }

  /// Takes keys and values in for a group, of which row i sees those of seen[i].
  void take(index_t group, key_panels<Acc> const& keys, lent_rows<Acc> values, key_range const* seen,
            upcoming_block const& next) {
    index_t const rows_of_group = steps_ * row_.cols(), first = group * rows_of_group;
    index_t i = 0;
    auto strips = [&](auto rows) {
      for (; i + rows <= rows_of_group; i += rows) take_strip<rows>(first + i, keys, values, seen + i, next);
    };
    if constexpr (strip_rows > 6) strips(constant<strip_rows>());
    strips(constant<6>()), strips(constant<4>()), strips(constant<2>()), strips(constant<1>());
  }

  /// What head h of a group has come to.
  void store(index_t group, index_t h, auto const& Z) {
    auto o = o_.block(group * steps_, h * width_, steps_, P_);
    for (index_t t = 0; t < steps_; ++t) o.row(t) /= row_(group * steps_ + t, h).l;
    transxssm::store(o, Z);
  }

 private:
  template<int n>
  using constant = std::integral_constant<int, n>;
  static constexpr index_t size = packet_size<Acc>;
  static constexpr softmax_exponential<Acc> exponential{};

  /// Rows [i, i + rows): scores, exponentials and values while the scores are in the first cache.
  template<int rows>
  void take_strip(index_t i, key_panels<Acc> const& keys, lent_rows<Acc> values, key_range const* seen,
                  upcoming_block const& next) {
    index_t const first = seen[0].first, last = seen[rows - 1].last;  // seen by some row
    if (first >= last) return;
    for (index_t j = first / panel_width<Acc> * panel_width<Acc>; j < last; j += panel_width<Acc>)
      score<rows>(N_, q_.data() + i * N_, N_, keys.panel(j), &p_(0, j), p_.cols(), j, next);
    Acc keep[rows];
    for (index_t r = 0; r < rows; ++r) keep[r] = exponentials(&p_(r, 0), seen[r], row_.data()[i + r]);
    index_t column = 0;
    auto columns = [&](auto vectors) {
      for (; column + vectors * size <= width_; column += vectors * size)
        weigh<rows, vectors>(seen, p_.data(), p_.cols(), values.data + column, values.next, keep,
                             o_.data() + i * width_ + column, width_, column, next);
    };
    if constexpr (rows == 1) columns(constant<8>());  // as many sums at once as registers hold
    if constexpr (rows <= 2) columns(constant<4>());
    columns(constant<2>()), columns(constant<1>());
  }

  /// The scores p that are seen become their exponentials. Returns the factor of what was summed before.
  static Acc exponentials(Acc* p, key_range seen, online_softmax<Acc>& row) {
    if (seen.size() == 0) return Acc(1);
    index_t const from = seen.first / size * size, to = rounded_up(seen.last, size);  // whole vectors
    if constexpr (size > 1) {
      std::fill(p + from, p + seen.first, -std::numeric_limits<Acc>::infinity());
      std::fill(p + seen.last, p + to, -std::numeric_limits<Acc>::infinity());
    }
    auto top = simd::pload<packet<Acc>>(p + from);
    for (index_t j = from + size; j < to; j += size) top = simd::pmax(top, simd::pload<packet<Acc>>(p + j));
    Acc const keep = row.rescale(simd::predux_max(top), [](Acc const& x) { return exponential.of_one(x); });
    auto const m = simd::pset1<packet<Acc>>(row.m);
    auto sum = simd::pset1<packet<Acc>>(Acc(0));
    for (index_t j = from; j < to; j += size) {
      auto const e = exponential(simd::psub(simd::pload<packet<Acc>>(p + j), m));
      simd::pstore(p + j, e);
      sum = simd::padd(sum, e);
    }
    row.l += simd::predux(sum);
    return keep;
  }

  index_t steps_, N_, P_, width_;
  scratch<Acc> q_;                    // (groups, steps, heads, N)
  scratch<Acc> o_;                    // (groups, steps, heads, P)
  scratch<Acc> p_;                    // (strip, keys): the scores of a strip, and their exponentials
  scratch<online_softmax<Acc>> row_;  // (groups, steps, heads)
};

}  // namespace transxssm
