// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "run.hpp"

namespace transxssm {

/// Linear attention by two semiseparable operators: the numerator's states are the first P columns of `states`, the
/// denominator's the last one. `states` is (sequence, N, head, P + 1), or nothing.
template<class Acc, class How, class A, class X, class O, class H>
void run_linear_attention(How how, accumulate<Acc>, A const& a, X const& v, view<O, 4> z, view<H, 4> states) {
  clear_padding(z, a.where);
  index_t heads = z.heads(), P = v.cols();
  for_each_index(how, how, a.sequences(z.batch()) * heads, [&](index_t i, workspace memory) {
    index_t s = i / heads, h = i % heads;
    auto [b, first, count] = a.where(s, a.rows());
    auto one = a.head(b, h, heads).middle_rows(first, count);
    auto apply = [&](auto const& m, auto const& x, view<Acc, 2> y, index_t column) {
      view<H, 2> state = states.data ? states.head(s, h, heads).middle_cols(column, y.cols()) : view<H, 2>();
      evaluate_into(how, how, how, memory, m.borrowed(), x, y, state);
    };
    auto out = z.head(b, h, heads).middle_rows(first, count);
    std::pmr::vector<Acc> sums(std::size_t(count * (P + 1)), Acc(0), memory.memory);
    view<Acc, 2> numerator(sums.data(), {count, P}), denominator(sums.data() + count * P, {count, 1});
    apply(one.numerator(), v.head(b, h, heads).middle_rows(first, count), numerator, 0);
    if (a.divides != normaliser::none) {
      static scalar_of<A> const ones(1);
      view<scalar_of<A> const, 2> column(&ones, {count, 1}, {0, 0});
      if (a.divides == normaliser::unrotated) apply(one.denominator(), column, denominator, P);
      else apply(one.numerator(), column, denominator, P);
    }
    for (index_t t = 0; t < count; ++t)
      for (index_t p = 0; p < P; ++p)
        out(t, p) = O(a.divides == normaliser::none ? numerator(t, p) : Acc(numerator(t, p) / denominator(t, 0)));
  });
}

template<class How, class Q, class K, class W, class X, class Y>
void run(How how, linear_attention_operator<Q, K, W> const& A, X const& v, Y z) {
  run_linear_attention(how, how, A, v, z, view<accumulator_t<scalar_of<Q>>, 4>());
}
template<class How, class Q, class K, class W, class S, class X, class Y>
void run(How how, resumed<linear_attention_operator<Q, K, W>, ssm_state<S>> const& A_from, X const& v, Y z) {
  run_linear_attention(how, how, A_from.m, v, z, A_from.state->h());
  advance(*A_from.state, A_from.m);
}

}  // namespace transxssm
