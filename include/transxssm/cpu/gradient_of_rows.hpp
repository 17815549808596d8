// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "pull_back.hpp"

namespace transxssm {

/// The gradient of x's rows as each of `heads` heads sees them, while it is being computed: in its place already, if it is
/// wanted and nothing is shared; else in memory of its own; and nothing, if no gradient of x is wanted.
template<class Acc>
class gradient_of_rows {
 public:
  gradient_of_rows(workspace memory, auto const& x, rows_gradient<Acc> const& to, index_t batch, index_t heads)
      : gradient_of_rows(memory, x, to, batch, heads, to.rows.data || to.angles.data || to.factor.data,
                         is_own_gradient(x, to.rows, batch, heads)) {}

  bool wanted() const { return all_.data; }
  /// All of it: (batch, T, head, features).
  view<Acc, 4> all() const { return all_; }
  /// Of one head, some rows; or nothing.
  view<Acc, 2> of(index_t b, index_t h, index_t t, index_t n) const {
    return wanted() ? all_.head(b, h, all_.heads()).middle_rows(t, n) : view<Acc, 2>();
  }
  /// Rows of no sequence have no part in the result.
  void clear() const {
    for (index_t b = 0; wanted() && b < all_.batch(); ++b)
      for (index_t h = 0; h < all_.heads(); ++h) mapped(all_.head(b, h, all_.heads())).setZero();
  }

 private:
  gradient_of_rows(workspace memory, auto const& x, rows_gradient<Acc> const& to, index_t batch, index_t heads,
                   bool wanted, bool in_place)
      : own_(memory, wanted && !in_place ? batch * x.rows() * heads : 0, x.cols()) {
    if (in_place) all_ = to.rows;
    else if (own_.size() > 0) all_ = {own_.data(), {batch, x.rows(), heads, x.cols()}};
  }
  scratch<Acc> own_;
  view<Acc, 4> all_;
};

}  // namespace transxssm
