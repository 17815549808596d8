// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../operator/gradient.hpp"
#include "load.hpp"

namespace transxssm {

/// The gradient of rows that take part in two products: that by the second one, in memory of its own, until it is added
/// to that by the first. It has a place for what is wanted of the first, without the angles if they take no part.
template<class Acc>
class second_gradient {
 public:
  second_gradient(workspace memory, rows_gradient<Acc> const& first, bool of_angles)
      : first_(first),
        rows_(memory, size(first.rows), 1),
        angles_(memory, of_angles ? size(first.angles) : 0, 1),
        factor_(memory, size(first.factor), 1) {
    if (first.rows.data) second_.rows = view<Acc, 4>(rows_.data(), first.rows.extents);
    if (first.angles.data && of_angles) second_.angles = view<Acc, 4>(angles_.data(), first.angles.extents);
    if (first.factor.data) second_.factor = view<Acc, 3>(factor_.data(), first.factor.extents);
  }
  rows_gradient<Acc> const& operator*() const { return second_; }

  void add() const {
    add(second_.rows, first_.rows), add(second_.angles, first_.angles), add(second_.factor, first_.factor);
  }

 private:
  static index_t size(auto const& x) { return x.data ? x.batch() * x.rows() * x.heads() * x.cols() : 0; }
  template<int Axes>
  static void add(wanted<Acc, Axes> const& second, wanted<Acc, Axes> const& sum) {
    for (index_t b = 0; second.data && b < sum.batch(); ++b)
      for (index_t h = 0; h < sum.heads(); ++h) {
        auto const from = second.head(b, h, sum.heads()), to = sum.head(b, h, sum.heads());
        if constexpr (Axes == 4) mapped(to) += mapped(from);
        else
          for (index_t t = 0; t < to.rows(); ++t) to(t) += from(t);
      }
  }

  rows_gradient<Acc> first_, second_;
  scratch<Acc> rows_, angles_, factor_;
};

}  // namespace transxssm
