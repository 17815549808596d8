// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "pull_back.hpp"

namespace transxssm {

/// The gradient of rows as each head sees them: (batch, T, H, features), where it is wanted, or in memory of its own if
/// heads share the rows.
template<class Acc>
class gradient_of_heads {
 public:
  gradient_of_heads(workspace memory, auto const& x, rows_gradient<Acc> const& to, index_t batch, index_t heads,
                    bool clear)
      : wanted_(to.rows.data || to.angles.data || to.factor.data),
        own_(is_own_gradient(x, to.rows, batch, heads)),
        memory_(memory, !wanted_ || own_ ? 0 : batch * x.rows(), heads * x.cols()),
        all_(own_ ? view<Acc, 4>(to.rows) : view<Acc, 4>(memory_.data(), {batch, x.rows(), heads, x.cols()})) {
    if (!clear || !wanted_) return;
    for (index_t b = 0; b < batch; ++b)
      for (index_t h = 0; h < heads; ++h) mapped(all_.head(b, h, heads)).setZero();
  }
  view<Acc, 4> all() const { return all_; }
  view<Acc, 2> of(some_rows at) const { return wanted_ ? at.of(all_) : view<Acc, 2>(); }

 private:
  bool wanted_, own_;
  scratch<Acc> memory_;
  view<Acc, 4> all_;
};

}  // namespace transxssm
