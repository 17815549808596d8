// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include "../core/closure.hpp"

namespace transxssm {

/// The rows of X, each entry mapped by f. Nothing is computed.
template<class X, class F>
struct featured {
  using Scalar = scalar_of<X>;
  static constexpr int axes = held_t<X const&>::axes;
  X x;  // (T, N), or (batch, T, head, N)
  F f;

  index_t batch() const { return view_of<2>(x).batch(); }
  index_t rows() const { return view_of<2>(x).rows(); }
  index_t heads() const { return view_of<2>(x).heads(); }
  index_t cols() const { return view_of<2>(x).cols(); }

  auto borrowed() const { return featured<decltype(view_of<2>(x)), F>{view_of<2>(x), f}; }
  TRANSXSSM_HOST_DEVICE auto head(index_t b, index_t h, index_t heads) const {
    return featured<decltype(x.head(b, h, heads)), F>{x.head(b, h, heads), f};
  }
  auto middle_rows(index_t t, index_t n) const {
    return featured<decltype(x.middle_rows(t, n)), F>{x.middle_rows(t, n), f};
  }
  auto middle_cols(index_t p, index_t n) const {
    return featured<decltype(x.middle_cols(p, n)), F>{x.middle_cols(p, n), f};
  }
  void visit(auto&& g) const { x.visit(g); }
};

/// The feature map of linear attention, entry by entry: f(x) for every x of X. Its adjoint needs f.derivative(x).
template<class X, class F>
auto feature_map(X&& x, F f) {
  return featured<held_t<X>, F>{held(std::forward<X>(x)), std::move(f)};
}

/// elu(x) + 1: the feature map of Katharopoulos et al. (2020), positive everywhere.
struct elu_plus_one {
  template<class S>
  TRANSXSSM_HOST_DEVICE S operator()(S x) const {
    using std::exp;
    return x > S(0) ? S(x + S(1)) : S(exp(x));
  }
  template<class S>
  TRANSXSSM_HOST_DEVICE S derivative(S x) const {
    using std::exp;
    return x > S(0) ? S(1) : S(exp(x));
  }
};

}  // namespace transxssm
