// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "cases.hpp"

// Semiseparable operators of every shape, and law 6 about them: quadratic == chunked(q) == recurrent == step by step == cut
// anywhere and resumed. All of them are held to the exact result, and so to each other.
namespace laws {

/// Log-decays, one for each step.
enum class decays { normal, slow, slower, none, strong, stronger, mixed, some_resets, only_resets };

inline double log_decay(dice& random, decays kind) {
  double const x = std::abs(random.normal());
  switch (kind) {
    case decays::normal:
      return -x;
    case decays::slow:
      return -0.02 * x;
    case decays::slower:
      return -1e-6 * x;
    case decays::none:
      return 0;
    case decays::strong:
      return -10 * x;
    case decays::stronger:
      return -80 * x;
    case decays::mixed:
      return -x * random.one_of({1e-6, 1e-3, 0.1, 1.0, 10.0, 100.0, 1000.0});
    case decays::some_resets:
      return random.chance(0.2) ? -infinity : -x;
    default:
      return -infinity;
  }
}

struct ssd_shape {
  index_t batch = 1, T = 1, heads = 1, groups_C = 1, groups_B = 1, decay_heads = 1, decay_batch = 1, N = 1, P = 1;
  bool turned = true, skips = true;  // with a rotation; then also with a skip term
  index_t planes = 0, start = 0;
  pairing pairs = pairing::interleaved;
  decays kind = decays::normal;
  bool from_zero = true;
  layout how;
  std::uint64_t seed = 0;
};
inline std::ostream& operator<<(std::ostream& out, ssd_shape const& s) {
  return out << "SSD: seed " << s.seed << ", batch " << s.batch << ", T " << s.T << ", heads " << s.heads
             << ", groups of C " << s.groups_C << ", groups of B " << s.groups_B << ", decays " << s.decay_batch
             << " x " << s.decay_heads << ", N " << s.N << ", P " << s.P
             << (s.turned ? ", turned, planes " : ", plain, planes ") << s.planes
             << (s.pairs == pairing::half_split ? " half-split" : " interleaved") << ", from position " << s.start
             << ", decays of kind " << int(s.kind) << (s.from_zero ? ", from zero" : ", from a state") << ", memory "
             << s.how.shuffled << s.how.gaps << s.how.backwards;
}

inline ssd_shape random_ssd_shape(std::uint64_t seed) {
  dice random(seed);
  ssd_shape s;
  s.seed = seed;
  s.batch = random.one_of({1, 1, 2, 3});
  s.T = random.chance(0.03)  ? random.between(41, 200)
        : random.chance(0.2) ? random.between(0, 3)
                             : random.between(1, 40);
  s.heads = random.one_of({1, 1, 2, 3, 4, 6});
  s.groups_C = random.divisor(s.heads), s.groups_B = random.divisor(s.heads), s.decay_heads = random.divisor(s.heads);
  s.decay_batch = random.chance(0.2) ? 1 : s.batch;
  s.N = random.chance(0.03) ? 0 : random.between(1, 17);
  s.P = random.chance(0.03) ? 0 : random.between(1, 13);
  s.turned = random.chance(0.7);
  s.planes = s.turned ? (random.chance(0.5) ? s.N / 2 : random.between(0, s.N / 2)) : 0;
  s.start = random.chance(0.3) ? random.between(0, 1000) : 0;
  s.pairs = random.one_of({pairing::interleaved, pairing::half_split});
  s.kind = decays(random.between(0, int(decays::only_resets)));
  s.from_zero = random.chance(0.5);
  s.how = {random.chance(0.4), random.chance(0.4), random.chance(0.2)};
  return s;
}

/// A table for the first `planes` planes of heads of d features, or for none.
template<class S>
rotary_table<S> table_of(index_t planes, index_t start, index_t T, pairing pairs) {
  std::vector<index_t> at = positions_from(start, T);
  return rotary_table<S>(planes == 0 ? frequencies(std::span<double const>()) : frequencies(2 * planes),
                         std::span<index_t const>(at), pairs);
}

/// Where the exact result of a case comes from: nowhere, from the definition, or from the recurrence, which is faster.
enum class judged { never, by_definition, by_recurrence };

template<class S>
struct ssd_operands {
  using Acc = accumulator_t<S>;
  using judge = judge_t<S>;
  ssd_shape shape;
  dice random;
  operand<Acc, 3> log_a;
  operand<S, 4> C, B, X;
  operand<Acc, 1> D;
  operand<Acc, 4> h;
  rotary_table<Acc> R;
  std::vector<oracle::answer<judge>> exact;  // of every head of every sequence
  std::vector<double> bars;

  explicit ssd_operands(ssd_shape const& s, judged how = judged::by_definition)
      : shape(s),
        random(s.seed + 1),
        log_a(random, {s.decay_batch, s.T, s.decay_heads}, s.how),
        C(random, {s.batch, s.T, s.groups_C, s.N}, s.how),
        B(random, {s.batch, s.T, s.groups_B, s.N}, s.how),
        X(random, {s.batch, s.T, s.heads, s.P}, s.how),
        D(random, {s.heads}, s.how),
        h(random, {s.batch, s.N, s.heads, s.P}, s.how),
        R(table_of<Acc>(s.planes, s.start, s.T, s.pairs)) {
    log_a.fill([&] { return log_decay(random, s.kind); });
    auto normal = [&] { return random.normal(); };
    C.fill(normal), B.fill(normal), X.fill(normal);
    D.fill([&] { return s.turned && s.skips ? random.normal() : 0; });
    h.fill([&] { return s.from_zero ? 0 : random.normal(); });
    if (how == judged::never) return;
    for (index_t b = 0; b < s.batch; ++b)
      for (index_t i = 0; i < s.heads; ++i) judge_head(b, i, how);
  }
  index_t T() const { return shape.T; }

  /// Steps [t, t + n), with all there is: rotations and a skip term; or without both.
  auto turned_part(index_t t, index_t n) const {
    auto const Rs = R.middle_rows(t, n);
    return semiseparable(log_a.steps(t, n), rotate(C.steps(t, n), Rs), rotate(B.steps(t, n), Rs),
                         skip(view<Acc const, 1>(D.all)));
  }
  auto plain_part(index_t t, index_t n) const { return semiseparable(log_a.steps(t, n), C.steps(t, n), B.steps(t, n)); }

  /// Rows of one head as the oracle reads them, turned by their angles at positions from `start` on.
  auto turned_rows(operand<S, 4> const& x, index_t b, index_t i, index_t start) const {
    auto rows = exact_head<judge, S>(x.all, b, i, shape.heads);
    std::vector<judge> rates;
    for (index_t j = 0; j < shape.planes; ++j) rates.push_back(oracle::rate<judge>(j, 2 * shape.planes));
    auto angle = [&](index_t t, index_t j) { return judge(start + t) * rates[std::size_t(j)]; };
    oracle::rotate(rows, shape.planes, shape.pairs == pairing::half_split, angle);
    return rows;
  }

  void judge_head(index_t b, index_t i, judged how) {
    auto const decay = exact_head<judge, Acc>(log_a.all, b, i, shape.heads);
    auto const turned_C = turned_rows(C, b, i, shape.start), turned_B = turned_rows(B, b, i, shape.start);
    auto const values = exact_head<judge, S>(X.all, b, i, shape.heads),
               before = exact_head<judge, Acc>(h.all, b, i, shape.heads);
    bars.push_back(ssd_bar<Acc>(decay));
    if (how == judged::by_definition) {
      exact.push_back(oracle::ssd(decay, turned_C, turned_B, values, judge(D.all(i)), before));
    } else {
      oracle::answer<judge> out{values, before};
      oracle::ssd_steps(decay, turned_C, turned_B, values, before,
                        [&](index_t t, std::vector<judge> const& y, oracle::rows<judge> const& last) {
                          for (index_t p = 0; p < shape.P; ++p)
                            out.Y(t, p) = y[std::size_t(p)] + judge(D.all(i)) * values(t, p);
                          if (t + 1 == shape.T) out.h = last;
                        });
      exact.push_back(std::move(out));
    }
  }

  ssm_state<Acc> state() const {
    ssm_state<Acc> copy(shape.N, shape.P, shape.heads, shape.batch);
    view<Acc const, 4>(h).copy_to(copy.h());
    for (index_t b = 0; b < shape.batch; ++b) copy.position(b) = shape.start;
    return copy;
  }
};

/// with(Y, form, place) = M * X, the form chosen now.
template<class O, class M, class X>
void evaluate_in(any_form form, cpu place, view<O, 4> Y, M const& m, X const& x) {
  switch (form.kind) {
    case any_form::definition:
      with(Y, quadratic{}, place) = m * x;
      break;
    case any_form::blocks:
      with(Y, place, chunked{form.length}) = m * x;
      break;
    case any_form::tiles:
      with(Y, place, tiled{form.length}) = m * x;
      break;
    case any_form::steps:
      with(Y, recurrent{}, place) = m * x;
      break;
    default:
      with(Y, place) = m * x;
  }
}

/// Largest error over all heads, in units of its bar.
template<class S, class O>
double worst_output(ssd_operands<S> const& o, view<O, 4> const& Y) {
  double worst = 0;
  for (index_t b = 0; b < o.shape.batch; ++b)
    for (index_t i = 0; i < o.shape.heads; ++i) {
      std::size_t const k = std::size_t(b * o.shape.heads + i);
      double const e = error(Y, b, i, o.exact[k].Y, o.exact[k].Y_spread) / o.bars[k];
      if (!(e <= worst)) worst = e;
    }
  return worst;
}
template<class S, class O>
double worst_state(ssd_operands<S> const& o, view<O, 4> const& h) {
  double worst = 0;
  for (index_t b = 0; b < o.shape.batch; ++b)
    for (index_t i = 0; i < o.shape.heads; ++i) {
      std::size_t const k = std::size_t(b * o.shape.heads + i);
      double const e = error(h, b, i, o.exact[k].h, o.exact[k].h_spread) / o.bars[k];
      if (!(e <= worst)) worst = e;
    }
  return worst;
}

/// All forms of one case. part(t, n) is the operator on steps [t, t + n).
template<class S, class Part>
void ssd_forms_agree(ssd_operands<S>& o, Part const& part) {
  using Acc = accumulator_t<S>;
  ssd_shape const& s = o.shape;
  index_t const T = s.T;
  operand<Acc, 4> Y(o.random, {s.batch, T, s.heads, s.P}, s.how);
  auto const X = o.X.steps(0, T);
  INFO(s);
  auto check_output = [&] {
    CHECK(Y.written_exactly());
    CHECK(worst_output<S, Acc>(o, Y.all) <= 1);
    Y.erase();
  };

  for (auto kind : {any_form::definition, any_form::blocks, any_form::tiles, any_form::steps, any_form::chosen}) {
    any_form const form{kind, o.random.between(1, T + 3)};
    cpu const place{.threads = o.random.chance(0.1) ? int(o.random.between(2, 3)) : 1};
    INFO(name(form));
    if (s.from_zero) {
      evaluate_in(form, place, Y.all, part(0, T), X);
      check_output();
    }
    auto state = o.state();
    evaluate_in(form, place, Y.all, part(0, T).from(state), X);
    check_output();
    CHECK(worst_state<S, Acc>(o, state.h()) <= 1);
    CHECK(state.position(s.batch - 1) == s.start + T);
  }
  for (bool one_by_one : {true, false}) {  // decoding; or cut somewhere, each part in a form of its own
    INFO((one_by_one ? "step by step" : "cut and resumed"));
    auto state = o.state();
    for (index_t t = 0, n = 0; t < T; t += n) {
      n = one_by_one ? 1 : o.random.between(1, T - t);
      any_form const form = one_by_one ? any_form{any_form::steps} : random_form(o.random, n);
      evaluate_in(form, cpu{}, Y.all.middle_rows(t, n), part(t, n).from(state), o.X.steps(t, n));
    }
    check_output();
    CHECK(worst_state<S, Acc>(o, state.h()) <= 1);
  }
}

template<class S>
void ssd_duality(ssd_shape const& s) {
  ssd_operands<S> o(s);
  if (s.turned) ssd_forms_agree(o, [&](index_t t, index_t n) { return o.turned_part(t, n); });
  else ssd_forms_agree(o, [&](index_t t, index_t n) { return o.plain_part(t, n); });
}

template<class S>
void ssd_duality_of_random_shapes(std::uint64_t first_seed, std::uint64_t cases) {
  for (std::uint64_t seed = first_seed; seed < first_seed + cases; ++seed) ssd_duality<S>(random_ssd_shape(seed));
}

}  // namespace laws
