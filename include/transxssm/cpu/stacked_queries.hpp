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
  stacked_queries(index_t groups, index_t steps, index_t heads, index_t N, index_t P, index_t keys, bool in_order,
                  workspace memory)
      : steps_(steps),
        N_(N),
        P_(P),
        width_(rounded_up(P, size)),
        q_(memory, groups * steps, heads * N),
        o_(memory, groups * steps, heads * width_),
        p_(memory, in_order ? groups * steps * heads : strip_rows, rounded_up(keys, panel_width<Acc>)),
        sum_(memory, in_order ? groups * steps : 0, heads * width_),
        keep_(memory, in_order ? groups * steps * heads : 0, 1),
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
    index_t const first = group * steps_ * row_.cols();
    in_strips(group, [&](auto rows, index_t i) { take_strip<rows>(i, keys, values, seen + (i - first), next); });
  }

  // The same in steps, for one query of each head, which all see the same keys of a block: so keys and values of all groups
  // can be taken in the order in which they lie in memory.

  /// Scores keys [j, j + panel_width) of a block: panel 0 of `keys`.
  void score_panel(index_t group, key_panels<Acc> const& keys, index_t j, upcoming_block const& next) {
    in_strips(group, [&](auto rows, index_t i) {
      score<rows>(N_, q_.data() + i * N_, N_, keys.panel(0), &p_(i, j), p_.cols(), 0, next);
    });
  }
  /// All scores of the block are there.
  void exponentiate(key_range seen) {
    for (index_t i = 0; i < row_.size(); ++i) keep_(i, 0) = exponentials(&p_(i, 0), seen, row_.data()[i]);
    sum_.setZero();
  }
  /// Adds the values of some keys, of which those of keys.first come first.
  void weigh_some(index_t group, lent_rows<Acc> values, key_range keys, upcoming_block const& next) {
    in_strips(group, [&](auto rows, index_t i) {
      in_columns<rows, Acc>(width_, [&](auto vectors, index_t column) {
        weigh_on<rows, vectors>({0, keys.size()}, &p_(i, keys.first), p_.cols(), values.data + column, values.next,
                                sum_.data() + i * width_ + column, width_, column, next);
      });
    });
  }
  /// All values of the block are there.
  void finish() {
    Eigen::Map<tile<Acc>> o(o_.data(), row_.size(), width_), sum(sum_.data(), row_.size(), width_);
    for (index_t i = 0; i < row_.size(); ++i)
      for (index_t p = 0; p < width_; p += size)
        simd::pstore(&o(i, p), simd::pmadd(simd::pset1<packet<Acc>>(keep_(i, 0)), simd::pload<packet<Acc>>(&o(i, p)),
                                           simd::pload<packet<Acc>>(&sum(i, p))));
  }

  /// What head h of a group has come to.
  void store(index_t group, index_t h, auto const& Z) {
    auto o = o_.block(group * steps_, h * width_, steps_, P_);
    for (index_t t = 0; t < steps_; ++t) o.row(t) /= row_(group * steps_ + t, h).l;
    transxssm::store(o, Z);
  }

 private:
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
    in_columns<rows, Acc>(width_, [&](auto vectors, index_t column) {
      weigh<rows, vectors>(seen, p_.data(), p_.cols(), values.data + column, values.next, keep,
                           o_.data() + i * width_ + column, width_, column, next);
    });
  }

  /// f(rows, i) for the rows of a group, some at once from row i on.
  void in_strips(index_t group, auto const& f) {
    index_t const rows = steps_ * row_.cols();
    transxssm::in_strips(group * rows, (group + 1) * rows, f);
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
  scratch<Acc> sum_, keep_;           // what a block adds to o, and what it leaves of it
  scratch<online_softmax<Acc>> row_;  // (groups, steps, heads)
};

}  // namespace transxssm
