// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include "../operator/sequences.hpp"
#include "scratch.hpp"

namespace transxssm {

/// The steps of all sequences of a batch, one sequence after the other, in pieces of about as many. There are as many pieces
/// as the shape says, 64 at most, whatever the number of threads: so sums over the steps, a partial sum for each piece, have
/// the same bits at any.
template<class Sequences>
class step_pieces {
 public:
  step_pieces(Sequences where, index_t batch, index_t T, index_t numbers_per_step)
      : where_(where), batch_(batch), T_(T) {
    constexpr index_t numbers = 1 << 16, most = 64;
    for (index_t s = 0; s < where_.count(batch); ++s) steps_ += where_(s, T).count;
    size_ = std::clamp<index_t>(steps_ * numbers_per_step / numbers, 1, std::clamp<index_t>(steps_, 1, most));
  }
  index_t size() const { return size_; }

  /// f(rows, t, n) for a piece: steps [t, t + n) of the sequence that lies in these rows, at most `at_once` of them.
  void visit(index_t piece, index_t at_once, auto const& f) const {
    index_t const first = steps_ * piece / size_, last = steps_ * (piece + 1) / size_;
    for (index_t s = 0, begin = 0; s < where_.count(batch_) && begin < last; ++s) {
      sequence_rows const rows = where_(s, T_);
      index_t const end = std::min(last - begin, rows.count);
      for (index_t t = std::max<index_t>(first - begin, 0), n; t < end; t += n)
        f(rows, t, n = std::min(at_once, end - t));
      begin += rows.count;
    }
  }

 private:
  Sequences where_;
  index_t batch_, T_, steps_ = 0, size_;
};

/// Steps of one head before those of the next: all, if it is alone, or a few, since its rows lie between theirs.
inline index_t steps_together(index_t heads, index_t T) { return heads == 1 ? std::max<index_t>(T, 1) : 8; }

/// The sum of all rows (pieces, features), in their order, becomes the first.
template<class Acc>
void add_pieces(scratch<Acc>& sums) {
  for (index_t i = 1; i < sums.rows(); ++i) sums.row(0) += sums.row(i);
}

}  // namespace transxssm
