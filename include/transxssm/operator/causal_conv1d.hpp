// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../math/silu.hpp"
#include "conv_state.hpp"
#include "resumed.hpp"
#include "row_expression.hpp"
#include "sequences.hpp"

namespace transxssm {

/// Nothing is added: causal_conv1d(X, weight, no_bias{}).
struct no_bias {
  no_bias borrowed() const { return *this; }
  TRANSXSSM_HOST_DEVICE index_t rows() const { return 0; }
  TRANSXSSM_HOST_DEVICE no_bias middle_rows(index_t, index_t) const { return *this; }
  void visit(auto&&) const {}
};

/// Each feature's own filter over the last K steps, not yet evaluated: what causal_conv1d(X, weight, bias) returns. It is no
/// operand of anything else, which would want some of its rows, and not those before them.
template<class X, class W, class B, class Activation = no_activation, class Sequences = whole>
struct convolved {
  using Scalar = scalar_of<X>;
  static constexpr char const* equation = "Y = causal_conv1d(X, weight, bias)";
  static constexpr bool row_by_row = false;
  X x;       // (past + T, D), or (batch, T, head, D)
  W weight;  // (D, K), or (head D, K)
  B bias;    // (D), or (head D)
  Activation activation;
  Sequences where;
  index_t past = 0;  // rows of x before the first step: seen, and no result is theirs

  index_t batch() const { return view_of<2>(x).batch(); }
  index_t rows() const { return view_of<2>(x).rows() - past; }
  index_t heads() const { return view_of<2>(x).heads(); }
  index_t cols() const { return view_of<2>(x).cols(); }
  index_t width() const { return view_of<2>(weight).cols(); }  // K
  index_t sequences(index_t batch) const { return where.count(batch); }

  /// The same filter, with the rows in `state` before its own; it leaves its own last rows there.
  auto from(conv_state<accumulator_t<Scalar>>& state) const& { return resumed(borrowed(), state); }
  auto from(conv_state<accumulator_t<Scalar>>& state) && { return resumed(std::move(*this), state); }
  convolved from(auto&& state) const = delete;  // from(state) takes a conv_state of what sums of X are kept in, and moves it

  auto borrowed() const { return of(view_of<2>(x), view_of<2>(weight), bias_view(), where.borrowed(), past); }
  /// One head of an entry of the batch; a sequence in it, rows [first, first + count); and its steps [t, t + n), which see
  /// those before them.
  TRANSXSSM_HOST_DEVICE auto head(index_t b, index_t h, index_t heads) const {
    return of(x.head(b, h, heads), features_of_head(weight, cols(), h), features_of_head(bias, cols(), h), whole{}, past);
  }
  auto middle_rows(index_t first, index_t count) const { return of(x.middle_rows(past + first, count), weight, bias, where, 0); }
  auto steps(index_t t, index_t n) const {
    index_t seen = std::min(past + t, width() - 1);
    return of(x.middle_rows(past + t - seen, seen + n), weight, bias, where, seen);
  }
  void visit(auto&& f) const { x.visit(f), weight.visit(f), bias.visit(f); }

  /// Y = causal_conv1d(X, weight, bias), out of place. For a view, with(Y) = causal_conv1d(X, weight, bias).
  template<matrix_expression Y>
  operator Y() const { return formed<Y>(*this); }

 private:
  auto bias_view() const {
    if constexpr (std::same_as<B, no_bias>) return bias;
    else return view_of<1>(bias);
  }
  template<class V, class U, class C, class Z>
  TRANSXSSM_HOST_DEVICE convolved<V, U, C, Activation, Z> of(V v, U u, C c, Z z, index_t before) const {
    return {std::move(v), std::move(u), std::move(c), activation, std::move(z), before};
  }
};

/// y_t = f(bias + weight_0 x_{t-K+1} + ... + weight_{K-1} x_t), feature by feature, where x is 0 before the first step: the
/// depthwise convolution before Mamba-2's SSD, with K = 4 and f = silu there.
///
///     X        (T, D), or (batch, T, head, D)
///     weight   (D, K), shared by all heads, or (head D, K); column-major, or a view with side-by-side features, is fastest
///     bias     (D), or (head D), or no_bias{}; weight and bias are of the scalar of X, or of that of its sums
///     options, in any order: silu{}; packed or padded, each sequence on its own
///
///     Y = causal_conv1d(X, weight, bias, silu{}).from(state);      // continues where the state stands, and moves it
///
/// Sums are taken in the order of the equation, so that cutting the steps anywhere, and continuing from a state, gives the
/// same bits. 2 K D T flops; every number is read once from memory, and written once. The result may overlap X: it then
/// goes through a temporary. Throws std::invalid_argument for extents that do not fit, K = 0 included.
template<class X, class W, class B, class... Options>
auto causal_conv1d(X&& x, W&& weight, B&& bias, Options&&... options) {
  constexpr bool biased = !std::same_as<bare<B>, no_bias>;
  constexpr bool rows_per_step = one_row_per_step<X>;
  constexpr bool matrix = one_row_per_feature<W>, vector = !biased || one_number_per_feature<B>;
  static_assert(rows_per_step, "causal_conv1d(X, weight, bias): X must be a matrix (T, D), or a view (batch, T, head, D)");
  static_assert(matrix, "causal_conv1d(X, weight, bias): weight must be a matrix (D, K), or a view (D, K)");
  static_assert(vector, "causal_conv1d(X, weight, bias): bias must be a vector (D), a view (D), or no_bias{}");
  constexpr bool known = (option_of<Options, activation_option, sequences_option> && ...);
  static_assert(known, "causal_conv1d(X, weight, bias, options...): the options are silu{}, packed(...) and padded(...)");
  constexpr bool one_of_each = at_most_one<activation_option, Options...> && at_most_one<sequences_option, Options...>;
  static_assert(one_of_each, "causal_conv1d(X, weight, bias, options...): at most one silu, and one of packed and padded");
  if constexpr (rows_per_step && matrix && vector && known) {
    constexpr bool matching = scalar_or_accumulator<X, W> && (!biased || scalar_or_accumulator<X, std::conditional_t<biased, B, X>>);
    static_assert(matching, "causal_conv1d(X, weight, bias): weight and bias must have the scalar type of X, or float beside 16-bit rows");
    auto activation = option<activation_option>(no_activation{}, std::forward<Options>(options)...);
    auto where = option<sequences_option>(whole{}, std::forward<Options>(options)...);
    convolved<held_t<X>, held_t<W>, held_t<B, 1>, decltype(activation), decltype(where)> node{
        held(std::forward<X>(x)), held(std::forward<W>(weight)), held<1>(std::forward<B>(bias)), activation, std::move(where)};
    constexpr auto here = "causal_conv1d(X, weight, bias)";
    auto e = node.borrowed();
    expect_features(here, "weight", e.weight, e.cols(), e.heads());
    if (e.width() < 1) refuse(here, "weight", 0, "columns", "at least 1");
    if constexpr (biased) expect_features(here, "bias", e.bias, e.cols(), e.heads());
    e.where.expect_rows(here, e.batch(), e.rows());
    return node;
  }
}

}  // namespace transxssm
