// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <stdexcept>
#include <string>
#include "../core/view.hpp"
#include "plane_rotation.hpp"

namespace transxssm {

/// A rotary table that somebody else owns, on the host or on a device.
///
/// With four axes, (batch, time, 1, plane): one for all heads, and a batch of 1 is one for all sequences. With two,
/// (time, plane): what one head sees of it.
template<class S, int Axes = 4>
struct rotary_view {
  using Scalar = S;
  view<S const, Axes> cosines, sines;
  view<index_t const, Axes - 1> positions;  // whose angles these are; no data if that is unknown
  pairing pairs = pairing::interleaved;
  double attention_scaling = 1;  // see frequencies

  index_t batch() const { return cosines.batch(); }
  index_t rows() const { return cosines.rows(); }
  index_t heads() const { return cosines.heads(); }
  index_t planes() const { return cosines.cols(); }

  TRANSXSSM_HOST_DEVICE plane_rotation<S> operator()(index_t t, index_t j) const requires(Axes == 2)
  {
    return {cosines(t, j), sines(t, j)};
  }

  /// The position of step t of sequence b. The table has to be on the host, and to know.
  index_t position(index_t b, index_t t) const {
    expect_within("position", t, 1);
    if (positions.data == nullptr) throw std::invalid_argument("rotary_view.position: this view carries no positions");
    if (b < 0 || (b >= batch() && batch() != 1))
      throw std::out_of_range("rotary_view.position: sequence " + std::to_string(b) + " of " + std::to_string(batch()));
    return positions.head(b, 0, 1)(t);
  }

  /// Steps [t, t + n). Throws std::out_of_range if there are not so many.
  rotary_view middle_rows(index_t t, index_t n) const {
    expect_within("middle_rows", t, n);
    rotary_view part = *this;
    part.cosines = cosines.middle_rows(t, n), part.sines = sines.middle_rows(t, n);
    if (positions.data) part.positions = positions.middle_rows(t, n);
    return part;
  }

  /// Every k-th plane. One table serves a state of 128 and heads of 64, as theta^(64)_i = theta^(128)_{2i}:
  ///     rotate(Q, R.strided(2))
  /// Throws std::invalid_argument if the planes cannot be divided by k.
  rotary_view strided(index_t k) const {
    if (k < 1 || planes() % k != 0)
      throw std::invalid_argument("rotary_view.strided: every plane " + std::to_string(k) + " of " +
                                  std::to_string(planes()) + ", expected a positive divisor");
    rotary_view part = *this;
    for (auto* table : {&part.cosines, &part.sines}) table->extents[Axes - 1] /= k, table->strides[Axes - 1] *= k;
    return part;
  }

  rotary_view borrowed() const { return *this; }
  TRANSXSSM_HOST_DEVICE rotary_view<S, 2> head(index_t b, index_t h, index_t heads) const {
    return {cosines.head(b, h, heads), sines.head(b, h, heads), positions.head(b, h, heads), pairs, attention_scaling};
  }
  void visit(auto&& f) const { f(cosines), f(sines); }

 private:
  void expect_within(char const* what, index_t t, index_t n) const {
    if (t < 0 || n < 0 || t > rows() - n)
      throw std::out_of_range(std::string("rotary_view.") + what + ": " + std::to_string(n) + " rows from row " +
                              std::to_string(t) + " on, of " + std::to_string(rows()));
  }
};

}  // namespace transxssm
