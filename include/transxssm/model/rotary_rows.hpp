// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../cpu/scratch.hpp"
#include "config.hpp"

namespace transxssm {

/// The table that all layers of a model share, for positions 0 to T - 1.
template<class S>
rotary_table<S> table_of(model_config const& c, index_t T) {
  index_t const d = c.rotary_features();
  auto const theta = d > 0 ? c.rotary.rates(d) : frequencies(std::span<double const>());
  return rotary_table<S>(theta, T, c.rotary.pairs, c.rotary.precision);
}

/// The rows of a rotary table for some positions. Those of one sequence follow each other and stay where they are; those of
/// several are copied, side by side.
template<class S>
class rotary_rows {
 public:
  rotary_rows(workspace memory, rotary_table<S> const& table, std::vector<index_t> const& positions)
      : copied_(follow_each_other(positions) ? 0 : index_t(positions.size())),
        cosines_(memory, copied_, table.planes()),
        sines_(memory, copied_, table.planes()),
        all_(table.middle_rows(copied_ || positions.empty() ? 0 : positions[0],
                               copied_ ? 0 : index_t(positions.size()))) {
    if (copied_ == 0) return;
    rotary_view<S, 2> const from = table.head(0, 0, 1);
    for (index_t t = 0; t < copied_; ++t)
      for (index_t j = 0; j < table.planes(); ++j) {
        auto const [cos, sin] = from(positions[std::size_t(t)], j);
        cosines_(t, j) = cos, sines_(t, j) = sin;
      }
    all_.cosines = {cosines_.data(), {1, copied_, 1, table.planes()}};
    all_.sines = {sines_.data(), {1, copied_, 1, table.planes()}};
    all_.positions = {positions.data(), {1, copied_, 1}};
  }

  /// For a layer that turns so many features of those that the table is for: every k-th plane, or none.
  rotary_view<S> planes_for(index_t features) const {
    if (features > 0) return all_.strided(2 * all_.planes() / features);
    rotary_view<S> none = all_;
    none.cosines.extents[3] = none.sines.extents[3] = 0;
    return none;
  }

 private:
  static bool follow_each_other(std::vector<index_t> const& positions) {
    for (std::size_t i = 1; i < positions.size(); ++i)
      if (positions[i] != positions[i - 1] + 1) return false;
    return true;
  }
  index_t copied_;
  scratch<S> cosines_, sines_;
  rotary_view<S> all_;
};

}  // namespace transxssm
