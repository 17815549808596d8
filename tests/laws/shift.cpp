// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "attention_cases.hpp"

namespace laws_shift {

// Unified RoPE: only distances count. Adding p to all positions changes nothing, once the state has been turned by R_p.
using namespace laws;

namespace {

/// The same operands at positions that are p later.
template<class S, class Operands>
rotary_table<S> later(Operands const& o, index_t p) {
  return table_of<S>(o.shape.planes, o.shape.start + p, o.shape.T, o.shape.pairs);
}

template<class S>
void ssd_is_covariant(ssd_shape s, std::initializer_list<index_t> distances) {
  ssd_operands<S> o(s);
  operand<S, 4> Y(o.random, {s.batch, s.T, s.heads, s.P});
  INFO(s);
  auto part = [&](rotary_view<S> const& R, index_t t, index_t n) {
    return semiseparable(o.log_a.steps(t, n), rotate(o.C.steps(t, n), R), rotate(o.B.steps(t, n), R),
                         skip(view<S const, 1>(o.D.all)));
  };
  frequencies const theta = s.planes == 0 ? frequencies(std::span<double const>()) : frequencies(2 * s.planes);
  for (index_t p : distances)
    for (auto kind : {any_form::definition, any_form::blocks, any_form::steps}) {
      any_form const form{kind, 7};
      INFO("moved by " << p << ", " << name(form));
      auto const moved = later<S>(o, p);
      index_t const cut = s.T / 2;
      // A state that came before, moved: and all of the sequence is later.
      auto state = o.state();
      relocate(state, p, theta, s.pairs);
      CHECK(state.position() == s.start + p);
      evaluate_in(form, cpu{}, Y.all, part(moved.middle_rows(0, s.T), 0, s.T).from(state), o.X.steps(0, s.T));
      CHECK(worst_output<S, S>(o, Y.all) <= 1);
      relocate(state, -p, theta, s.pairs);
      CHECK(worst_state<S, S>(o, state.h()) <= 1);
      // The first half where it was, the second half later, and the state moved in between.
      auto halfway = o.state();
      evaluate_in(form, cpu{}, Y.all.middle_rows(0, cut), part(o.R.middle_rows(0, cut), 0, cut).from(halfway),
                  o.X.steps(0, cut));
      relocate(halfway, p, theta, s.pairs);
      CHECK(halfway.position(s.batch - 1) == s.start + cut + p);
      evaluate_in(form, cpu{}, Y.all.middle_rows(cut, s.T - cut),
                  part(moved.middle_rows(cut, s.T - cut), cut, s.T - cut).from(halfway), o.X.steps(cut, s.T - cut));
      CHECK(worst_output<S, S>(o, Y.all) <= 1);
    }
}

template<class S>
void attention_is_covariant(attention_shape const& s, std::initializer_list<index_t> distances) {
  attention_operands<S> o(s);
  operand<S, 4> Z(o.random, {s.batch, s.T, s.heads, s.P});
  INFO(s);
  frequencies const theta = s.planes == 0 ? frequencies(std::span<double const>()) : frequencies(2 * s.planes);
  for (index_t p : distances)
    for (auto kind : {any_form::definition, any_form::blocks}) {
      any_form const form{kind, 7};
      INFO("moved by " << p << ", " << name(form));
      auto const moved = later<S>(o, p);
      index_t const cut = s.T / 2, rest = s.T - cut;
      attend_in(form, cpu{}, Z.all, attention(rotate(o.Q.steps(0, s.T), moved), rotate(o.K.steps(0, s.T), moved)),
                o.V.steps(0, s.T));
      CHECK(worst_output<S, S>(o, Z.all) <= 1);
      kv_cache<S> cache(s.T, s.N, s.P, s.groups, s.batch);
      for (index_t b = 0; b < s.batch; ++b) cache.position(b) = s.start;
      attend_in(form, cpu{}, Z.all.middle_rows(0, cut), o.turned_part(0, cut, 0).from(cache), o.V.steps(0, cut));
      relocate(cache, p, theta, s.pairs);
      auto const R = moved.middle_rows(cut, rest);
      attend_in(form, cpu{}, Z.all.middle_rows(cut, rest),
                attention(rotate(o.Q.steps(cut, rest), R), rotate(o.K.steps(cut, rest), R)).from(cache),
                o.V.steps(cut, rest));
      CHECK(worst_output<S, S>(o, Z.all) <= 1);
    }
}

}  // namespace

TEST_CASE("SSD, its state relocated, does not depend on where positions begin: float, up to 2^30") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    ssd_shape s = random_ssd_shape(seed);
    s.turned = true, s.planes = s.N / 2, s.how = {};
    ssd_is_covariant<float>(s, {0, 1, -1, 12345, index_t(1) << 20, index_t(1) << 30});
  }
}
TEST_CASE("SSD, its state relocated, does not depend on where positions begin: double") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    ssd_shape s = random_ssd_shape(seed);
    s.turned = true, s.planes = s.N / 3, s.how = {};
    ssd_is_covariant<double>(s, {1, 12345, index_t(1) << 30});
  }
}
TEST_CASE("Attention does not depend on where positions begin, and its cache can be relocated: float, up to 2^30") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    attention_shape s = random_attention_shape(seed);
    s.turned = true, s.planes = s.N / 2, s.window = s.T + 1, s.factor = 1 / std::sqrt(double(s.N)), s.how = {};
    attention_is_covariant<float>(s, {0, 1, -1, 12345, index_t(1) << 20, index_t(1) << 30});
  }
}

TEST_CASE("A document's state, computed once at position 0, is placed behind another document") {
  // [one, two] in one go, from the state of one alone and the state of two alone: h = a_two R_p h_one + ... is linear, so
  // the state after both is the decayed state of the first plus the relocated state of the second.
  ssd_shape s;
  s.T = 90, s.N = 8, s.P = 3, s.planes = 4, s.seed = 3, s.skips = false, s.kind = decays::slow;
  ssd_operands<double> o(s);
  index_t const cut = 50;
  ssd_operands<double> first(s, judged::never);
  auto const at_zero = table_of<double>(s.planes, 0, s.T - cut, s.pairs);
  auto part = [&](rotary_view<double> const& R, index_t t, index_t n) {
    return semiseparable(o.log_a.steps(t, n), rotate(o.C.steps(t, n), R), rotate(o.B.steps(t, n), R));
  };
  operand<double, 4> Y(o.random, {1, s.T, 1, 3});
  ssm_state<double> one(s.N, s.P), two(s.N, s.P);
  with(Y.all.middle_rows(0, cut)) = part(o.R.middle_rows(0, cut), 0, cut).from(one) * o.X.steps(0, cut);
  with(Y.all.middle_rows(cut, s.T - cut)) =
      part(at_zero.middle_rows(0, s.T - cut), cut, s.T - cut).from(two) * o.X.steps(cut, s.T - cut);
  relocate(two, cut, frequencies(2 * s.planes));
  double decay = 0;
  for (index_t t = cut; t < s.T; ++t) decay += o.log_a.all(0, t, 0);
  for (index_t k = 0; k < s.N; ++k)
    for (index_t p = 0; p < s.P; ++p) two.h()(0, k, 0, p) += std::exp(decay) * one.h()(0, k, 0, p);
  CHECK(worst_state<double, double>(o, two.h()) <= 1);
}

}  // namespace laws_shift
