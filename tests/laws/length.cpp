// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "attention_cases.hpp"

namespace laws_length {

// What 65536 steps do to the numbers, at every strength of decay; and decoding, which is as many steps one by one.
using namespace laws;

namespace {

struct strength {
  double mean;
  bool constant;
};
std::ostream& operator<<(std::ostream& out, strength s) {
  return out << (s.constant ? "constant" : "random") << " log-decay of mean " << s.mean;
}

std::vector<strength> const strengths{{0, true},     {-1e-6, true},  {-1e-6, false}, {-1e-4, true},    {-1e-4, false},
                                      {-0.02, true}, {-0.02, false}, {-1, true},     {-1, false},      {-10, true},
                                      {-10, false},  {-80, true},    {-80, false},   {-infinity, true}};

/// T steps of one head, at that strength, from a state.
template<class S>
ssd_operands<S> steps_of(index_t T, strength decay, std::uint64_t seed) {
  ssd_shape s;
  s.T = T, s.N = 4, s.P = 2, s.planes = 2, s.from_zero = false, s.seed = seed;
  ssd_operands<S> o(s, judged::never);
  o.log_a.fill([&] { return decay.constant ? decay.mean : -std::abs(decay.mean * o.random.normal()) * 1.2533; });
  o.judge_head(0, 0, judged::by_recurrence);
  return o;
}

template<class S>
index_t denormals(view<S, 4> const& x) {
  index_t count = 0;
  for (index_t t = 0; t < x.extents[1]; ++t)
    for (index_t j = 0; j < x.extents[3]; ++j) count += std::fpclassify(x(0, t, 0, j)) == FP_SUBNORMAL;
  return count;
}

template<class S>
void long_sequences_meet_the_bar() {
  index_t const T = 65536;
  for (std::size_t k = 0; k < strengths.size(); ++k) {
    auto o = steps_of<S>(T, strengths[k], k);
    operand<S, 4> Y(o.random, {1, T, 1, 2});
    CAPTURE(strengths[k]);
    for (any_form form : {any_form{any_form::blocks, 1}, any_form{any_form::blocks, 64},
                          any_form{any_form::blocks, 333}, any_form{any_form::steps}, any_form{any_form::tiles, 32}, any_form{any_form::chosen}}) {
      INFO(name(form));
      auto state = o.state();
      evaluate_in(form, cpu{}, Y.all, o.turned_part(0, T).from(state), o.X.steps(0, T));
      CHECK(Y.written_exactly());  // no NaN, no infinity
      CHECK(worst_output<S, S>(o, Y.all) <= 1);
      CHECK(worst_state<S, S>(o, state.h()) <= 1);
      CHECK(denormals(state.h()) == 0);
    }
  }
}

}  // namespace

TEST_CASE("65536 steps in float, of every strength of decay") { long_sequences_meet_the_bar<float>(); }
TEST_CASE("65536 steps in double, of every strength of decay") { long_sequences_meet_the_bar<double>(); }

TEST_CASE("A constant decay of e^-1e-6, applied 65536 times in float, does not drift") {
  // Applied as a factor it would: float rounds that to 1 - 1.01e-6.
  index_t const T = 65536;
  double drift = 0;  // in units of the bar
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    auto o = steps_of<float>(T, {-1e-6, true}, seed);
    CAPTURE(seed);
    operand<float, 4> Y(o.random, {1, T, 1, 2});
    for (any_form form : {any_form{any_form::steps}, any_form{any_form::blocks, 1}, any_form{any_form::blocks, 64}, any_form{any_form::tiles, 32}}) {
      INFO(name(form));
      auto state = o.state();
      evaluate_in(form, cpu{}, Y.all, o.turned_part(0, T).from(state), o.X.steps(0, T));
      CHECK(worst_output<float, float>(o, Y.all) <= 1);
      CHECK(worst_state<float, float>(o, state.h()) <= 1);
    }
    auto const B = o.turned_rows(o.B, 0, 0, 0), X = exact_head<double, float>(o.X.all, 0, 0, 1);
    float const factor = std::exp(-1e-6f);
    float naive = o.h.all(0, 0, 0, 0);
    for (index_t t = 0; t < T; ++t) naive = factor * naive + float(B(t, 0)) * float(X(t, 0));
    drift = std::max(drift, std::abs(double(naive) / o.exact[0].h(0, 0) - 1) / o.bars[0]);
  }
  CHECK(drift > 10);  // or else this test would not notice it
}

TEST_CASE("A state that only decays becomes zero, and does not stay a denormal number") {
  // It would: the least denormal number, times 0.9, is rounded to itself; and every step after that is slow.
  for (float strength : {-0.1f, -0.5f, -1.f, -10.f, -50.f, -79.f, -81.f, -100.f})
    for (index_t T : {1, 2, 8, 9, 88, 170, 180, 200, 900, 1100}) {
      std::vector<float> const decays(static_cast<std::size_t>(T), strength);
      view<float const, 3> const log_a(decays.data(), {1, T, 1});
      float const one = 1, zero = 0;
      view<float const, 4> const ones(&one, {1, T, 1, 1}, {0, 0, 0, 0}), zeros(&zero, {1, T, 1, 1}, {0, 0, 0, 0});
      std::vector<float> memory(static_cast<std::size_t>(T));
      view<float, 4> const Y(memory.data(), {1, T, 1, 1});
      CAPTURE(strength);
      CAPTURE(T);
      for (any_form form : {any_form{any_form::steps}, any_form{any_form::blocks, 8}, any_form{any_form::blocks, 64},
                            any_form{any_form::tiles, 32}, any_form{any_form::definition}}) {
        INFO(name(form));
        ssm_state<float> state(1, 1);
        state.h()(0, 0, 0, 0) = 1;
        evaluate_in(form, cpu{}, Y, semiseparable(log_a, ones, ones).from(state), zeros);
        double const exact = std::exp(double(strength) * double(T)), h = state.h()(0, 0, 0, 0);
        CHECK(std::fpclassify(state.h()(0, 0, 0, 0)) != FP_SUBNORMAL);
        CHECK(std::abs(h - exact) <= 1e-5 * exact + 1e-34);
      }
    }
}

namespace {

/// 4096 single steps, and the prefill, each against the exact result.
template<class S>
void decoding_is_prefilling(strength decay) {
  index_t const T = 4096;
  auto o = steps_of<S>(T, decay, 7);
  operand<S, 4> Y(o.random, {1, T, 1, 2}), Z(o.random, {1, T, 1, 2});
  CAPTURE(decay);
  auto prefill = o.state(), decode = o.state();
  with(Y.all) = o.turned_part(0, T).from(prefill) * o.X.steps(0, T);
  for (index_t t = 0; t < T; ++t) with(Z.all.middle_rows(t, 1)) = o.turned_part(t, 1).from(decode) * o.X.steps(t, 1);
  CHECK(worst_output<S, S>(o, Y.all) <= 1);
  CHECK(worst_output<S, S>(o, Z.all) <= 1);
  CHECK(worst_state<S, S>(o, prefill.h()) <= 1);
  CHECK(worst_state<S, S>(o, decode.h()) <= 1);
}

}  // namespace

TEST_CASE("4096 steps of SSD, decoded one by one, are the prefill") {
  for (strength decay : {strength{0, true}, strength{-1e-4, true}, strength{-0.02, false}, strength{-1, false}}) {
    decoding_is_prefilling<float>(decay);
    decoding_is_prefilling<double>(decay);
  }
}

TEST_CASE("4096 steps of attention, decoded one by one, are the prefill") {
  attention_shape s;
  s.T = 4096, s.N = 8, s.P = 4, s.planes = 4, s.window = s.T, s.seed = 11;
  attention_operands<float> o(s);
  operand<float, 4> Z(o.random, {1, s.T, 1, s.P});
  with(Z.all) = o.turned_part(0, s.T, 0) * o.V.steps(0, s.T);
  CHECK(worst_output<float, float>(o, Z.all) <= 1);
  Z.erase();
  kv_cache<float> cache(s.T, s.N, s.P);
  for (index_t t = 0; t < s.T; ++t)
    with(Z.all.middle_rows(t, 1)) = o.turned_part(t, 1, t).from(cache) * o.V.steps(t, 1);
  CHECK(worst_output<float, float>(o, Z.all) <= 1);
}

}  // namespace laws_length
