// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include "../core/closure.hpp"
#include "plane_rotation.hpp"

namespace transxssm {

/// cos(phi) and sin(phi), by the standard library or the scalar's own functions: dual numbers, intervals, 100 digits.
template<class S>
TRANSXSSM_HOST_DEVICE plane_rotation<S> rotation_by(S const& phi) {
  using std::cos, std::sin;
  return {cos(phi), sin(phi)};
}

/// Angles that the caller computed, a row per step: a running sum of data-dependent rates, for instance (Mamba-3). They
/// are radians, and know no positions.
template<class A>
struct angles {
  using Scalar = scalar_of<A>;
  static constexpr double attention_scaling = 1;
  A phi;  // (T, N/2) or (batch, T, head, N/2)
  pairing pairs;

  index_t batch() const { return view_of<2>(phi).batch(); }
  index_t rows() const { return view_of<2>(phi).rows(); }
  index_t heads() const { return view_of<2>(phi).heads(); }
  index_t planes() const { return view_of<2>(phi).cols(); }
  TRANSXSSM_HOST_DEVICE plane_rotation<accumulator_t<Scalar>> operator()(index_t t, index_t j) const {
    return rotation_by(accumulator_t<Scalar>(phi(t, j)));
  }

  auto borrowed() const { return angles<decltype(view_of<2>(phi))>{view_of<2>(phi), pairs}; }
  auto middle_rows(index_t t, index_t n) const {
    return angles<decltype(view_of<2>(phi).middle_rows(t, n))>{view_of<2>(phi).middle_rows(t, n), pairs};
  }
  TRANSXSSM_HOST_DEVICE auto head(index_t b, index_t h, index_t heads) const {
    return angles<decltype(phi.head(b, h, heads))>{phi.head(b, h, heads), pairs};
  }
  void visit(auto&& f) const { phi.visit(f); }
};

}  // namespace transxssm
