// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "attention_cases.hpp"

namespace laws_one_order {

// The online softmax takes a row's sums in one order, whatever lies beside it: the same bits, however a sequence is cut,
// and however many heads share a key.
using namespace laws;

namespace {

/// Z in one piece, in random pieces, and step by step: the last two by way of a cache.
template<class S>
void same_in_pieces(attention_shape const& s, index_t block) {
  using Acc = accumulator_t<S>;
  attention_operands<S> o(s);
  operand<Acc, 4> whole(o.random, {s.batch, s.T, s.heads, s.P}), Z(o.random, {s.batch, s.T, s.heads, s.P});
  INFO(s << ", block " << block);
  auto evaluate = [&](auto const& part) {
    with(whole.all, online{block}) = part(0, s.T, 0) * o.V.steps(0, s.T);
    CHECK(worst_output<S, Acc>(o, whole.all) <= 1);
    for (index_t most : {s.T, index_t(20), index_t(1)}) {
      CAPTURE(most);
      kv_cache<Acc> cache(s.T, s.N, s.P, s.groups, s.batch);
      for (index_t b = 0; b < s.batch; ++b) cache.position(b) = s.start;
      for (index_t t = 0, n = 0; t < s.T; t += n) {
        n = o.random.between(1, std::min(most, s.T - t));
        with(Z.all.middle_rows(t, n), online{block}, cpu{int(o.random.between(1, 3))}) =
            part(t, n, t).from(cache) * o.V.steps(t, n);
      }
      CHECK(same_bits(rows_of(Z.all), rows_of(whole.all)));
      Z.erase();
    }
  };
  if (s.turned) evaluate([&](index_t t, index_t n, index_t first) { return o.turned_part(t, n, first); });
  else evaluate([&](index_t t, index_t n, index_t first) { return o.plain_part(t, n, first); });
}

}  // namespace

TEST_CASE("Attention: in one piece, in pieces or step by step, the same bits") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    attention_shape s = random_attention_shape(seed);
    s.T = 1 + index_t(seed) * 3, s.planes = s.turned ? s.N / 2 : 0, s.seed = seed;
    s.window = s.turned ? s.T + 1 : 1 + s.T / 3;
    for (index_t block : {1, 7, 16, 64}) same_in_pieces<float>(s, block);
    if (seed % 4 == 0) same_in_pieces<double>(s, 32), same_in_pieces<Eigen::bfloat16>(s, 32);
  }
}

TEST_CASE("Attention of many heads to a key, of one or of many groups, is each head alone, bit by bit") {
  for (auto [heads, groups_K, groups_V] :
       {std::array<index_t, 3>{12, 1, 1}, {12, 4, 4}, {12, 2, 3}, {30, 1, 2}, {8, 8, 1}})
    for (index_t window : {1000, 37})
      for (index_t T : {1, 70}) {
        index_t const batch = 2, S = T + 90, N = 24, P = 20;
        dice random(std::uint64_t(heads + T));
        operand<float, 4> Q(random, {batch, T, heads, N}), K(random, {batch, S, groups_K, N}),
            V(random, {batch, S, groups_V, P}), Z(random, {batch, T, heads, P}), alone(random, {1, T, 1, P});
        for (auto* x : {&Q, &K, &V}) x->fill([&] { return random.normal(); });
        INFO("heads " << heads << ", groups " << groups_K << " and " << groups_V << ", window " << window << ", T "
                      << T);
        with(Z.all, online{32}, cpu{2}) =
            attention(Q.steps(0, T), K.steps(0, S), sliding_window(window)) * V.steps(0, S);
        for (index_t b = 0; b < batch; ++b)
          for (index_t h = 0; h < heads; ++h) {
            auto one = [&](view<float const, 4> const& x) { return x.head(b, h, heads); };
            auto const A = attention(one(Q), one(K), sliding_window(window));
            with(alone.all.head(0, 0, 1), online{32}) = A * one(V);
            auto const exact =
                oracle::attention(exact_head<double>(Q.all, b, h, heads), exact_head<double>(K.all, b, h, heads),
                                  exact_head<double>(V.all, b, h, heads), 1 / std::sqrt(double(N)),
                                  [=](index_t i, index_t j) { return j <= i && i - j < window; });
            CHECK(error(alone.all, 0, 0, exact.Y, exact.Y_spread) <= attention_bar<float>);
            bool same = true;
            for (index_t t = 0; t < T; ++t)
              for (index_t p = 0; p < P; ++p) same = same && Z.all(b, t, h, p) == alone.all(0, t, 0, p);
            CHECK(same);
          }
      }
}

}  // namespace laws_one_order
