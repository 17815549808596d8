// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "ssd_cases.hpp"

// Linear attention of every shape, in both orders of map and rotation, with each normaliser, and law 6 about it.
namespace laws {

struct linear_shape {
  index_t batch = 1, T = 1, heads = 1, groups = 1, N = 1, P = 1;
  bool map_last = true;  // rotated, then mapped, as printed; or mapped, then rotated
  normaliser divides = normaliser::as_printed;
  index_t planes = 0, start = 0;
  pairing pairs = pairing::interleaved;
  layout how;
  std::uint64_t seed = 0;
};
inline std::ostream& operator<<(std::ostream& out, linear_shape const& s) {
  return out << "linear attention: seed " << s.seed << ", batch " << s.batch << ", T " << s.T << ", heads " << s.heads
             << ", groups " << s.groups << ", N " << s.N << ", P " << s.P
             << (s.map_last ? ", map last" : ", rotation last") << ", normaliser " << int(s.divides) << ", planes "
             << s.planes << (s.pairs == pairing::half_split ? " half-split" : " interleaved") << ", from position "
             << s.start << ", memory " << s.how.shuffled << s.how.gaps << s.how.backwards;
}

inline linear_shape random_linear_shape(std::uint64_t seed) {
  dice random(seed);
  linear_shape s;
  s.seed = seed;
  s.batch = random.one_of({1, 1, 2, 3});
  s.T = random.chance(0.03)  ? random.between(41, 200)
        : random.chance(0.2) ? random.between(0, 3)
                             : random.between(1, 40);
  s.heads = random.one_of({1, 1, 2, 3, 4, 6});
  s.groups = random.divisor(s.heads);
  s.N = random.between(1, 17);
  s.P = random.chance(0.03) ? 0 : random.between(1, 13);
  s.map_last = random.chance(0.5);
  s.planes = random.chance(0.5) ? s.N / 2 : random.between(0, s.N / 2);
  s.start = random.chance(0.3) ? random.between(0, 1000) : 0;
  s.pairs = random.one_of({pairing::interleaved, pairing::half_split});
  // Scores that are rotated last may sum up to nearly nothing, and are not divided by that.
  s.divides = s.map_last || s.planes == 0 ? random.one_of({normaliser::as_printed, normaliser::none})
                                          : random.one_of({normaliser::unrotated, normaliser::none});
  s.how = {random.chance(0.4), random.chance(0.4), random.chance(0.2)};
  return s;
}

template<class S>
struct linear_operands {
  using Acc = accumulator_t<S>;
  using judge = judge_t<S>;
  linear_shape shape;
  dice random;
  operand<S, 4> Q, K, V;
  rotary_table<Acc> R;
  std::vector<oracle::answer<judge>> exact;  // of every head of every sequence

  explicit linear_operands(linear_shape const& s)
      : shape(s),
        random(s.seed + 1),
        Q(random, {s.batch, s.T, s.heads, s.N}, s.how),
        K(random, {s.batch, s.T, s.groups, s.N}, s.how),
        V(random, {s.batch, s.T, s.heads, s.P}, s.how),
        R(table_of<Acc>(s.planes, s.start, s.T, s.pairs)) {
    auto normal = [&] { return random.normal(); };
    Q.fill(normal), K.fill(normal), V.fill(normal);
    for (index_t b = 0; b < s.batch; ++b)
      for (index_t i = 0; i < s.heads; ++i) judge_head(b, i);
  }
  index_t columns() const { return shape.P + (shape.divides != normaliser::none); }  // of the state

  auto map_last(index_t t, index_t n) const {
    auto const Rs = R.middle_rows(t, n);
    return linear_attention(feature_map(rotate(Q.steps(t, n), Rs), elu_plus_one{}),
                            feature_map(rotate(K.steps(t, n), Rs), elu_plus_one{}), shape.divides);
  }
  auto rotation_last(index_t t, index_t n) const {
    auto const Rs = R.middle_rows(t, n);
    return linear_attention(rotate(feature_map(Q.steps(t, n), elu_plus_one{}), Rs),
                            rotate(feature_map(K.steps(t, n), elu_plus_one{}), Rs), shape.divides);
  }

  void judge_head(index_t b, index_t i) {
    linear_shape const& s = shape;
    auto angle = [&](index_t t, index_t j) { return judge(s.start + t) * oracle::rate<judge>(j, 2 * s.planes); };
    auto map = [](auto& rows) {
      for (auto& x : rows.x) x = x > 0 ? x + 1 : std::exp(x);
    };
    auto features = [&](operand<S, 4> const& x, bool turned) {
      auto rows = exact_head<judge, S>(x.all, b, i, s.heads);
      if (!s.map_last) map(rows);
      if (turned) oracle::rotate(rows, s.planes, s.pairs == pairing::half_split, angle);
      if (s.map_last) map(rows);
      return rows;
    };
    bool const by_its_own = s.divides == normaliser::as_printed;
    oracle::rows<judge> Q_sum, K_sum;
    if (s.divides != normaliser::none) Q_sum = features(Q, by_its_own), K_sum = features(K, by_its_own);
    exact.push_back(oracle::linear_attention(features(Q, true), features(K, true),
                                             exact_head<judge, S>(V.all, b, i, s.heads), Q_sum, K_sum));
  }
};

/// All forms of one case. part(t, n) is the operator on steps [t, t + n).
template<class S, class Part>
void linear_forms_agree(linear_operands<S>& o, Part const& part) {
  using Acc = accumulator_t<S>;
  using judge = judge_t<S>;
  linear_shape const& s = o.shape;
  index_t const T = s.T;
  double const bar = ssd_bar<Acc>(std::vector<judge>(std::size_t(T), judge(0)));
  operand<Acc, 4> Z(o.random, {s.batch, T, s.heads, s.P}, s.how);
  INFO(s);
  auto worst = [&](view<Acc, 4> const& got, bool of_state) {
    double most = 0;
    for (index_t b = 0; b < s.batch; ++b)
      for (index_t i = 0; i < s.heads; ++i) {
        auto exact = o.exact[std::size_t(b * s.heads + i)];
        if (of_state && s.divides == normaliser::none) {  // without the last column
          oracle::rows<judge> h(s.N, s.P);
          for (index_t k = 0; k < s.N; ++k)
            for (index_t p = 0; p < s.P; ++p) h(k, p) = exact.h(k, p);
          exact.h = h;
        }
        double const e =
            (of_state ? error(got, b, i, exact.h, judge(0)) : error(got, b, i, exact.Y, exact.Y_spread)) / bar;
        if (!(e <= most)) most = e;
      }
    return most;
  };
  auto check_output = [&] {
    CHECK(Z.written_exactly());
    CHECK(worst(Z.all, false) <= 1);
    Z.erase();
  };
  auto empty_state = [&] {
    ssm_state<Acc> state(s.N, o.columns(), s.heads, s.batch);
    for (index_t b = 0; b < s.batch; ++b) state.position(b) = s.start;
    return state;
  };

  for (auto kind : {any_form::definition, any_form::blocks, any_form::steps, any_form::chosen}) {
    any_form const form{kind, o.random.between(1, T + 3)};
    cpu const place{.threads = o.random.chance(0.1) ? int(o.random.between(2, 3)) : 1};
    INFO(name(form));
    evaluate_in(form, place, Z.all, part(0, T), o.V.steps(0, T));
    check_output();
    auto state = empty_state();
    evaluate_in(form, place, Z.all, part(0, T).from(state), o.V.steps(0, T));
    check_output();
    CHECK(worst(state.h(), true) <= 4);  // sums of few terms, which may cancel
    CHECK(state.position(s.batch - 1) == s.start + T);
  }
  auto state = empty_state();
  for (index_t t = 0, n = 0; t < T; t += n) {  // cut somewhere, each part in a form of its own
    n = o.random.between(1, T - t);
    evaluate_in(random_form(o.random, n), cpu{}, Z.all.middle_rows(t, n), part(t, n).from(state), o.V.steps(t, n));
  }
  check_output();
}

template<class S>
void linear_attention_duality(linear_shape const& s) {
  linear_operands<S> o(s);
  if (s.map_last) linear_forms_agree(o, [&](index_t t, index_t n) { return o.map_last(t, n); });
  else linear_forms_agree(o, [&](index_t t, index_t n) { return o.rotation_last(t, n); });
}

template<class S>
void linear_attention_duality_of_random_shapes(std::uint64_t first_seed, std::uint64_t cases) {
  for (std::uint64_t seed = first_seed; seed < first_seed + cases; ++seed)
    linear_attention_duality<S>(random_linear_shape(seed));
}

}  // namespace laws
