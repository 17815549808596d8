// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "featured.hpp"
#include "rotated.hpp"
#include "semiseparable.hpp"

namespace transxssm {

/// What each row of linear attention is divided by.
enum class normaliser {
  as_printed,  // the sum of its scores: the denominator of Eq. 7
  unrotated,   // the sum of its scores without the rotation: positive, where the feature map is
  none,        // nothing
};

/// x, without the rotation of rotate(x, R).
auto unrotated(auto const& x) { return x; }
template<class X, class R>
auto unrotated(rotated<X, R> const& x) { return x.x; }

/// The linear attention of Eq. 7, not yet evaluated.
///
/// It is the sentence of semiseparable without decay: its numerator and its denominator are two such operators, on V
/// and on a column of ones.
template<class Q, class K, class Sequences = whole>
struct linear_attention_operator {
  using Scalar = scalar_of<Q>;
  using is_sequence_operator = void;
  Q q;  // (T, N), mapped
  K k;  // (T, N), mapped
  normaliser divides;
  Sequences where;

  index_t rows() const { return view_of<2>(q).rows(); }
  index_t cols() const { return rows(); }
  index_t sequences(index_t batch) const { return where.count(batch); }

  /// Of views only: an operator over something that it owned would dangle.
  auto numerator() const { return semiseparable(no_decay(), q, k, where); }
  auto denominator() const { return semiseparable(no_decay(), unrotated(q), unrotated(k), where); }

  /// The same operator, continuing from `state`, (N, P + 1): its last column is the normaliser's. (N, P) without one.
  auto from(ssm_state<accumulator_t<Scalar>>& state) const& { return resumed(borrowed(), state); }
  auto from(ssm_state<accumulator_t<Scalar>>& state) && { return resumed(std::move(*this), state); }
  linear_attention_operator from(auto&& state) const = delete;  // A.from(state) takes an ssm_state of what A's sums are kept in

  auto stateless() const { return borrowed(); }
  auto borrowed() const { return of(view_of<2>(q), view_of<2>(k), divides, where.borrowed()); }
  auto head(index_t i, index_t h, index_t heads) const { return of(q.head(i, h, heads), k.head(i, h, heads), divides, whole{}); }
  auto middle_rows(index_t t, index_t n) const { return of(q.middle_rows(t, n), k.middle_rows(t, n), divides, where); }
  void visit(auto&& f) const { q.visit(f), k.visit(f); }
  void expect_shared_by(index_t batch, index_t heads) const {
    expect_shared("A * V", "Q", q, batch, heads);
    expect_shared("A * V", "K", k, batch, heads);
    where.expect_rows("A * V", batch, rows());
  }

 private:
  template<class V, class W, class Z>
  static linear_attention_operator<V, W, Z> of(V v, W w, normaliser n, Z z) { return {std::move(v), std::move(w), n, std::move(z)}; }
  auto no_decay() const {
    static accumulator_t<Scalar> const zero(0);
    return view<accumulator_t<Scalar> const, 1>(&zero, {rows()}, {0});
  }
};

/// Z_i = sum_{j <= i} <q_i, k_j> v_j / sum_{j <= i} <q_i, k_j>, where Q and K are features (Eq. 7).
///
///     linear_attention(feature_map(rotate(Q, R), phi), feature_map(rotate(K, R), phi))     as printed
///     linear_attention(rotate(feature_map(Q, phi), R), rotate(feature_map(K, phi), R), normaliser::unrotated)
///
/// The map acts after the rotation as printed, and then the result is not a function of distances: moved by 5 positions
/// it differs by 6e-2. With the rotation last it is. Its scores may then cancel, so that dividing by their sum is
/// delicate, and normaliser::unrotated the better choice.
///
/// Nothing is computed, and no algorithm is chosen: see quadratic, chunked, recurrent.
///     Q, K   (T, N), or (batch, T, head, N), K in groups      matrices, views, feature_map(...), rotate(...)
///     options: a normaliser; packed or padded
/// Throws std::invalid_argument for extents that do not fit.
template<class Q, class K, class... Options>
auto linear_attention(Q&& q, K&& k, Options&&... options) {
  constexpr bool known = ((std::same_as<bare<Options>, normaliser> || std::derived_from<bare<Options>, sequences_option>) && ...);
  static_assert(known, "linear_attention(Q, K, options...): the options are a normaliser, packed(...) and padded(...)");
  constexpr bool one_of_each = (std::same_as<bare<Options>, normaliser> + ... + 0) <= 1 &&
                               (std::derived_from<bare<Options>, sequences_option> + ... + 0) <= 1;
  static_assert(one_of_each, "linear_attention(Q, K, options...): at most one normaliser, and one of packed and padded");
  constexpr bool rows_per_step = one_row_per_step<Q> && one_row_per_step<K>;
  static_assert(rows_per_step, "linear_attention(Q, K): Q and K must be matrices (T, N), or views (batch, T, head, N)");
  if constexpr (rows_per_step) {
    constexpr bool same = same_scalar<Q, K>;
    static_assert(same, "linear_attention(Q, K): Q and K must have the same scalar type (same_scalar)");
    auto rows_q = held(std::forward<Q>(q));
    auto rows_k = held(std::forward<K>(k));
    normaliser divides = normaliser::as_printed;
    [[maybe_unused]] auto take = [&](auto const& o) {
      if constexpr (std::same_as<bare<decltype(o)>, normaliser>) divides = o;
    };
    (take(options), ...);
    auto where = option<sequences_option>(whole{}, std::forward<Options>(options)...);
    linear_attention_operator<decltype(rows_q), decltype(rows_k), decltype(where)> A{std::move(rows_q), std::move(rows_k), divides, std::move(where)};
    expect("linear_attention(Q, K)", "K", view_of<2>(A.k).rows(), "rows", A.rows());
    expect("linear_attention(Q, K)", "K", view_of<2>(A.k).cols(), "columns", view_of<2>(A.q).cols());
    return A;
  }
}

}  // namespace transxssm
