// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "row_expression.hpp"

namespace transxssm {

struct gate_option {};

/// Rows that are normalised as they are.
struct no_gate : gate_option {
  no_gate borrowed() const { return *this; }
  TRANSXSSM_HOST_DEVICE no_gate head(index_t, index_t, index_t) const { return *this; }
  TRANSXSSM_HOST_DEVICE no_gate middle_rows(index_t, index_t) const { return *this; }
  void visit(auto&&) const {}
};

/// Each x times silu(z), before the norm: Mamba-2's gated norm.     z   (T, D), or (batch, T, head, D), as X
template<class Z>
struct gated : gate_option {
  Z z;

  template<class U>
  requires(!std::same_as<bare<U>, gated>)
  explicit gated(U&& rows) : z(held(std::forward<U>(rows))) {}

  auto borrowed() const { return transxssm::gated(view_of<2>(z)); }
  TRANSXSSM_HOST_DEVICE auto head(index_t b, index_t h, index_t heads) const {
    return transxssm::gated(z.head(b, h, heads));
  }
  TRANSXSSM_HOST_DEVICE auto middle_rows(index_t t, index_t n) const { return transxssm::gated(z.middle_rows(t, n)); }
  void visit(auto&& f) const { z.visit(f); }
};
template<class U>
gated(U&&) -> gated<held_t<U>>;

struct groups_option {};

/// The mean square of each of `groups` groups of neighbouring features, instead of one of all D: mamba_ssm's group_size is
/// D / groups.
struct grouped : groups_option {
  index_t groups;
  explicit grouped(index_t of_features) : groups(of_features) {}
  grouped borrowed() const { return *this; }
};

/// The rows of X, each divided by its root mean square. Nothing is computed.
template<class X, class W, class Gate = no_gate>
struct rms_normed {
  using Scalar = scalar_of<X>;
  static constexpr int axes = held_t<X const&>::axes;
  static constexpr char const* equation = "Y = rms_norm(X, weight, eps)";
  static constexpr bool row_by_row = true;
  X x;       // (T, D), or (batch, T, head, D)
  W weight;  // (D), or (head D)
  double eps;
  Gate gate;
  grouped groups;

  index_t batch() const { return view_of<2>(x).batch(); }
  index_t rows() const { return view_of<2>(x).rows(); }
  index_t heads() const { return view_of<2>(x).heads(); }
  index_t cols() const { return view_of<2>(x).cols(); }

  auto borrowed() const { return of(view_of<2>(x), view_of<1>(weight), gate.borrowed()); }
  TRANSXSSM_HOST_DEVICE auto head(index_t b, index_t h, index_t heads) const {
    return of(x.head(b, h, heads), features_of_head(weight, cols(), h), gate.head(b, h, heads));
  }
  auto middle_rows(index_t t, index_t n) const { return of(x.middle_rows(t, n), weight, gate.middle_rows(t, n)); }
  void visit(auto&& f) const { x.visit(f), weight.visit(f), gate.visit(f); }

  /// Y = rms_norm(X, weight, eps), out of place. For a view, with(Y) = ..., which may also be in place.
  template<matrix_expression Y>
  operator Y() const {
    return formed<Y>(*this);
  }

 private:
  template<class V, class U, class G>
  TRANSXSSM_HOST_DEVICE rms_normed<V, U, G> of(V v, U u, G g) const {
    return {std::move(v), std::move(u), eps, std::move(g), groups};
  }
};

/// y_d = x_d weight_d / sqrt(mean(x^2) + eps), row by row (Zhang and Sennrich 2019, with eps as in Llama).
///
///     rms_norm(X, weight, 1e-5)                              Llama, Mamba-2, the paper's layers
///     rms_norm(Y, weight, 1e-5, gated(Z), grouped(G))        Mamba-2's gated norm: y silu(z) is what is normalised
///     rotate(rms_norm(Q, weight, eps), R)                    normalised queries, rotated
///
///     X        (T, D), or (batch, T, head, D): a matrix, a view, or rows made from one
///     weight   (D), shared by all heads, or (head D); of the scalar of X, or of that of its sums
///     options, in any order: gated(Z), with Z as X; grouped(G), where G divides D
/// Sums are kept in the accumulating scalar, in which x^2 must not overflow. A NaN or an infinity stays in its row (and
/// group). 4 D T flops (gated: and D T exponentials); every number is read once from memory, and written once.
/// Throws std::invalid_argument for extents that do not fit.
template<class X, class W, class... Options>
auto rms_norm(X&& x, W&& weight, double eps, Options&&... options) {
  constexpr bool rows_per_step = one_row_per_step<X>, vector = one_number_per_feature<W>;
  static_assert(rows_per_step, "rms_norm(X, weight, eps): X must be a matrix (T, D), or a view (batch, T, head, D)");
  static_assert(vector, "rms_norm(X, weight, eps): weight must be a vector (D), or a view (D)");
  constexpr bool known = (option_of<Options, gate_option, groups_option> && ...);
  static_assert(known, "rms_norm(X, weight, eps, options...): the options are gated(Z) and grouped(G)");
  constexpr bool one_of_each = at_most_one<gate_option, Options...> && at_most_one<groups_option, Options...>;
  static_assert(one_of_each, "rms_norm(X, weight, eps, options...): at most one gated, and one grouped");
  if constexpr (rows_per_step && vector && known) {
    constexpr bool matching = scalar_or_accumulator<X, W>;
    static_assert(matching,
                  "rms_norm(X, weight, eps): weight must have the scalar type of X, or float beside 16-bit rows");
    auto gate = option<gate_option>(no_gate{}, std::forward<Options>(options)...);
    auto groups = option<groups_option>(grouped(1), std::forward<Options>(options)...);
    rms_normed<held_t<X>, held_t<W, 1>, decltype(gate)> node{held(std::forward<X>(x)), held<1>(std::forward<W>(weight)),
                                                             eps, std::move(gate), groups};
    constexpr auto where = "rms_norm(X, weight, eps)";
    expect_features(where, "weight", view_of<1>(node.weight), node.cols(), node.heads());
    if (index_t g = groups.groups; g < 1 || node.cols() % g != 0)
      refuse(where, "grouped", g, "groups", "a divisor of " + std::to_string(node.cols()));
    if constexpr (requires { node.gate.z; }) {
      constexpr bool same = same_scalar<X, decltype(node.gate.z)>;
      static_assert(same, "rms_norm(X, weight, eps, gated(Z)): Z must have the scalar type of X (same_scalar)");
      auto z = view_of<2>(node.gate.z);
      expect(where, "Z", z.rows(), "rows", node.rows());
      expect(where, "Z", z.cols(), "columns", node.cols());
      expect(where, "Z", z.heads(), "heads", node.heads());
      expect(where, "Z", z.batch(), "sequences", node.batch());
    }
    return node;
  }
}

}  // namespace transxssm
