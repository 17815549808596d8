// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "pull_back.hpp"

namespace transxssm {

/// The gradient of rows as each of H heads sees them, some at a time. What no other head shares is pulled back at once;
/// else it is kept, (batch, T, H, features), until pull_back() adds the heads up. Rows that are never taken are zero, if
/// they are cleared.
template<class Acc, class X>
class gradient_in_pieces {
 public:
  gradient_in_pieces(workspace memory, X const& x, rows_gradient<Acc> const& to, index_t batch, index_t heads,
                     bool clear)
      : x_(x),
        to_(to),
        heads_(heads),
        at_once_((own(to.rows, batch) || own(to.factor, batch)) && !to.angles.data && may_be_own(to.rows, batch) &&
                 may_be_own(to.factor, batch)),
        memory_(memory, at_once_ || !is_wanted() ? 0 : batch * x.rows(), heads * x.cols()),
        kept_(memory_.data(), {batch, x.rows(), heads, x.cols()}) {
    if (!clear) return;
    memory_.setZero();
    if (!at_once_) return;
    for (index_t b = 0; b < batch; ++b)
      for (index_t h = 0; h < heads; ++h) {
        if (to.rows.data) mapped(to.rows.head(b, h, heads)).setZero();
        if (auto factor = to.factor.head(b, h, heads); to.factor.data)
          for (index_t t = 0; t < x.rows(); ++t) factor(t) = Acc(0);
      }
  }
  bool is_wanted() const { return to_.rows.data || to_.angles.data || to_.factor.data; }

  /// d (n, features) is that of the rows `at`. It is worked on.
  void take(some_rows at, auto&& d, workspace memory) const {
    if (at_once_) pull_back_rows(x_, at, d, to_, memory);
    else if (is_wanted()) mapped(at.of(kept_)) = d;
  }
  void pull_back(cpu place, workspace memory) const {
    if (!at_once_) transxssm::pull_back(place, memory, x_, kept_, to_);
  }

 private:
  bool own(auto const& to, index_t batch) const { return to.data && to.batch() == batch && to.heads() == heads_; }
  bool may_be_own(auto const& to, index_t batch) const { return !to.data || own(to, batch); }

  X x_;
  rows_gradient<Acc> to_;
  index_t heads_;
  bool at_once_;
  scratch<Acc> memory_;
  view<Acc, 4> kept_;
};

}  // namespace transxssm
