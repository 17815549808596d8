// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "cases.hpp"
#include "ssd_cases.hpp"

// Attention of every shape, and law 6 about it: quadratic == online(block) == step by step == cut anywhere and resumed.
namespace laws {

struct attention_shape {
  index_t batch = 1, T = 1, heads = 1, groups = 1, N = 1, P = 1;
  bool turned = true;  // with a rotation, a causal mask and 1 / sqrt(N); else a window and a scale
  index_t planes = 0, start = 0, window = 1;
  double factor = 1;
  pairing pairs = pairing::interleaved;
  layout how;
  std::uint64_t seed = 0;
};
inline std::ostream& operator<<(std::ostream& out, attention_shape const& s) {
  return out << "attention: seed " << s.seed << ", batch " << s.batch << ", T " << s.T << ", heads " << s.heads
             << ", groups " << s.groups << ", N " << s.N << ", P " << s.P
             << (s.turned ? ", turned, planes " : ", plain, planes ") << s.planes
             << (s.pairs == pairing::half_split ? " half-split" : " interleaved") << ", from position " << s.start
             << ", window " << s.window << ", scale " << s.factor << ", memory " << s.how.shuffled << s.how.gaps
             << s.how.backwards;
}

inline attention_shape random_attention_shape(std::uint64_t seed) {
  dice random(seed);
  attention_shape s;
  s.seed = seed;
  s.batch = random.one_of({1, 1, 2, 3});
  s.T = random.chance(0.03)  ? random.between(41, 200)
        : random.chance(0.2) ? random.between(0, 3)
                             : random.between(1, 40);
  s.heads = random.one_of({1, 1, 2, 3, 4, 6});
  s.groups = random.divisor(s.heads);
  s.N = random.between(1, 17);
  s.P = random.chance(0.03) ? 0 : random.between(1, 13);
  s.turned = random.chance(0.5);
  s.planes = s.turned ? (random.chance(0.5) ? s.N / 2 : random.between(0, s.N / 2)) : 0;
  s.start = random.chance(0.3) ? random.between(0, 1000) : 0;
  s.window = s.turned ? s.T + 1 : random.between(1, s.T + 2);
  s.factor = s.turned ? 1 / std::sqrt(double(s.N)) : random.one_of({0.03, 0.1, 0.3});
  s.pairs = random.one_of({pairing::interleaved, pairing::half_split});
  s.how = {random.chance(0.4), random.chance(0.4), random.chance(0.2)};
  return s;
}

template<class S>
struct attention_operands {
  using Acc = accumulator_t<S>;
  using judge = judge_t<S>;
  attention_shape shape;
  dice random;
  operand<S, 4> Q, K, V;
  rotary_table<Acc> R;
  std::vector<oracle::answer<judge>> exact;  // of every head of every sequence

  explicit attention_operands(attention_shape const& s)
      : shape(s),
        random(s.seed + 1),
        Q(random, {s.batch, s.T, s.heads, s.N}, s.how),
        K(random, {s.batch, s.T, s.groups, s.N}, s.how),
        V(random, {s.batch, s.T, s.groups, s.P}, s.how),
        R(table_of<Acc>(s.planes, s.start, s.T, s.pairs)) {
    auto normal = [&] { return random.normal(); };
    Q.fill(normal), K.fill(normal), V.fill(normal);
    for (index_t b = 0; b < s.batch; ++b)
      for (index_t i = 0; i < s.heads; ++i) judge_head(b, i);
  }

  /// Queries [t, t + n) over the keys [first, t + n).
  auto turned_part(index_t t, index_t n, index_t first) const {
    return attention(rotate(Q.steps(t, n), R.middle_rows(t, n)),
                     rotate(K.steps(first, t + n - first), R.middle_rows(first, t + n - first)));
  }
  auto plain_part(index_t t, index_t n, index_t first) const {
    return attention(Q.steps(t, n), K.steps(first, t + n - first), sliding_window(shape.window), scale(shape.factor));
  }

  void judge_head(index_t b, index_t i) {
    attention_shape const& s = shape;
    auto angle = [&](index_t t, index_t j) { return judge(s.start + t) * oracle::rate<judge>(j, 2 * s.planes); };
    auto turned = [&](operand<S, 4> const& x) {
      auto rows = exact_head<judge, S>(x.all, b, i, s.heads);
      oracle::rotate(rows, s.planes, s.pairs == pairing::half_split, angle);
      return rows;
    };
    judge const factor = s.turned ? 1 / std::sqrt(judge(s.N)) : judge(s.factor);
    exact.push_back(oracle::attention(turned(Q), turned(K), exact_head<judge, S>(V.all, b, i, s.heads), factor,
                                      [&](index_t at, index_t j) { return j <= at && at - j < s.window; }));
  }
};

template<class O, class A, class V>
void attend_in(any_form form, cpu place, view<O, 4> Z, A const& a, V const& v) {
  switch (form.kind) {
    case any_form::definition:
      with(Z, quadratic{}, place) = a * v;
      break;
    case any_form::blocks:
      with(Z, online{form.length}, place) = a * v;
      break;
    default:
      with(Z, place) = a * v;
  }
}

template<class S, class O>
double worst_output(attention_operands<S> const& o, view<O, 4> const& Z) {
  double worst = 0;
  for (index_t b = 0; b < o.shape.batch; ++b)
    for (index_t i = 0; i < o.shape.heads; ++i) {
      auto const& exact = o.exact[std::size_t(b * o.shape.heads + i)];
      double const e = error(Z, b, i, exact.Y, exact.Y_spread) / attention_bar<accumulator_t<S>>;
      if (!(e <= worst)) worst = e;
    }
  return worst;
}

/// All forms of one case. part(t, n, first) is the operator of queries [t, t + n) over keys [first, t + n).
template<class S, class Part>
void attention_forms_agree(attention_operands<S>& o, Part const& part) {
  using Acc = accumulator_t<S>;
  attention_shape const& s = o.shape;
  index_t const T = s.T;
  operand<Acc, 4> Z(o.random, {s.batch, T, s.heads, s.P}, s.how);
  INFO(s);
  auto check_output = [&] {
    CHECK(Z.written_exactly());
    CHECK(worst_output<S, Acc>(o, Z.all) <= 1);
    Z.erase();
  };
  auto filled_cache = [&] {
    kv_cache<Acc> cache(T + o.random.between(0, 2), s.N, s.P, s.groups, s.batch);
    for (index_t b = 0; b < s.batch; ++b) cache.position(b) = s.start;
    return cache;
  };

  for (auto kind : {any_form::definition, any_form::blocks, any_form::chosen}) {
    any_form const form{kind, o.random.between(1, T + 3)};
    cpu const place{.threads = o.random.chance(0.1) ? int(o.random.between(2, 3)) : 1};
    INFO(name(form));
    index_t const cut = o.random.between(0, T);  // the queries from there on have keys before them
    attend_in(form, place, Z.all.middle_rows(0, cut), part(0, cut, 0), o.V.steps(0, cut));
    attend_in(form, place, Z.all.middle_rows(cut, T - cut), part(cut, T - cut, 0), o.V.steps(0, T));
    check_output();
    auto cache = filled_cache();
    attend_in(form, place, Z.all, part(0, T, 0).from(cache), o.V.steps(0, T));
    check_output();
    CHECK(cache.length(s.batch - 1) == T);
    CHECK(cache.position(s.batch - 1) == s.start + T);
  }
  for (bool one_by_one : {true, false}) {  // decoding; or cut somewhere, each part in a form of its own
    INFO((one_by_one ? "step by step" : "cut and resumed"));
    auto cache = filled_cache();
    for (index_t t = 0, n = 0; t < T; t += n) {
      n = one_by_one ? 1 : o.random.between(1, T - t);
      attend_in(random_form(o.random, n), cpu{}, Z.all.middle_rows(t, n), part(t, n, t).from(cache), o.V.steps(t, n));
    }
    check_output();
  }
}

template<class S>
void attention_duality(attention_shape const& s) {
  attention_operands<S> o(s);
  if (s.turned)
    attention_forms_agree(o, [&](index_t t, index_t n, index_t first) { return o.turned_part(t, n, first); });
  else attention_forms_agree(o, [&](index_t t, index_t n, index_t first) { return o.plain_part(t, n, first); });
}

template<class S>
void attention_duality_of_random_shapes(std::uint64_t first_seed, std::uint64_t cases) {
  for (std::uint64_t seed = first_seed; seed < first_seed + cases; ++seed)
    attention_duality<S>(random_attention_shape(seed));
}

}  // namespace laws
