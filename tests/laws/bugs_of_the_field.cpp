// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <cstdlib>
#include <memory>
#include "attention_cases.hpp"

namespace laws_bugs_of_the_field {

// Faults that other implementations had, by the number of their reports; and what they would have done here.
using namespace laws;

namespace {

auto const all_forms = {any_form{any_form::definition}, any_form{any_form::blocks, 1},   any_form{any_form::blocks, 8},
                        any_form{any_form::blocks, 64}, any_form{any_form::blocks, 256}, any_form{any_form::steps},
                        any_form{any_form::tiles, 5}, any_form{any_form::chosen}};

ssd_shape shape(index_t batch, index_t T, index_t heads, index_t groups, index_t N, index_t P) {
  ssd_shape s;
  s.batch = s.decay_batch = batch, s.T = T, s.heads = s.decay_heads = heads, s.groups_C = s.groups_B = groups, s.N = N,
  s.P = P;
  s.planes = N / 2, s.from_zero = false, s.seed = std::uint64_t(T + heads);
  return s;
}

/// Operands whose exact result is made after `prepare` has had its way with them.
template<class S, class Prepare>
std::unique_ptr<ssd_operands<S>> prepared(ssd_shape const& s, Prepare const& prepare) {
  auto o = std::make_unique<ssd_operands<S>>(s, judged::never);
  prepare(*o);
  for (index_t b = 0; b < s.batch; ++b)
    for (index_t h = 0; h < s.heads; ++h) o->judge_head(b, h, judged::by_recurrence);
  return o;
}

/// Every form, on the whole and cut at `cut`, meets the bar and leaves nothing out.
template<class S>
void every_form_is_exact(ssd_operands<S>& o, index_t cut = 0) {
  using Acc = accumulator_t<S>;
  ssd_shape const& s = o.shape;
  operand<Acc, 4> Y(o.random, {s.batch, s.T, s.heads, s.P});
  INFO(s);
  for (any_form form : all_forms) {
    INFO(name(form) << ", cut at " << cut);
    auto state = o.state();
    evaluate_in(form, cpu{}, Y.all.middle_rows(0, cut), o.turned_part(0, cut).from(state), o.X.steps(0, cut));
    evaluate_in(form, cpu{}, Y.all.middle_rows(cut, s.T - cut), o.turned_part(cut, s.T - cut).from(state),
                o.X.steps(cut, s.T - cut));
    CHECK(Y.written_exactly());
    CHECK(worst_output<S, Acc>(o, Y.all) <= 1);
    CHECK(worst_state<S, Acc>(o, state.h()) <= 1);
    Y.erase();
  }
}

}  // namespace

TEST_CASE(
    "Exponents inside a chunk are never positive: no NaN from e^(+1280) above the diagonal (mamba #352-354, #713)") {
  for (double strength : {-1., -5., -20., -80., -1000.}) {
    auto o = prepared<float>(shape(1, 300, 2, 1, 6, 4), [=](auto& x) { x.log_a.fill([=] { return strength; }); });
    every_form_is_exact(*o);
  }
  // One step that forgets almost everything, in the middle of a chunk of steps that forget nothing.
  auto o = prepared<float>(shape(1, 300, 2, 1, 6, 4), [](auto& x) {
    x.log_a.fill([] { return -1e-5; });
    for (index_t h = 0; h < 2; ++h) x.log_a.all(0, 100, h) = -1000, x.log_a.all(0, 200, h) = -87;
  });
  every_form_is_exact(*o);
}

TEST_CASE("The state between chunks is summed along time, not along heads or sequences (HF #35154, #47246, #47475)") {
  // Each head of each sequence decays in its own way, and only the first step of one of them has anything in it.
  index_t const batch = 3, T = 100, heads = 4;
  for (index_t b = 0; b < batch; ++b)
    for (index_t h = 0; h < heads; ++h) {
      ssd_shape s = shape(batch, T, heads, 1, 4, 2);
      s.skips = false;
      auto o = prepared<float>(s, [=](auto& x) {
        x.log_a.fill([&] { return -0.01 * double(x.random.between(1, 5)); });
        x.X.fill([] { return 0; }), x.h.fill([] { return 0; });
        x.X.all(b, 0, h, 0) = 1;
      });
      operand<float, 4> Y(o->random, {batch, T, heads, 2});
      INFO("the only input is in sequence " << b << ", head " << h);
      for (any_form form : all_forms) {
        INFO(name(form));
        evaluate_in(form, cpu{}, Y.all, o->turned_part(0, T), o->X.steps(0, T));
        CHECK(worst_output<float, float>(*o, Y.all) <= 1);
        for (index_t c = 0; c < batch; ++c)
          for (index_t i = 0; i < heads; ++i)
            for (index_t t = 0; t < T; ++t)
              for (index_t p = 0; p < 2; ++p)
                if (c != b || i != h || p != 0) REQUIRE(Y.all(c, t, i, p) == 0);
      }
    }
}

TEST_CASE(
    "Groups are interleaved, not tiled (HF #37533), and not ignored when there are more than one (llama.cpp #15625)") {
  // Heads 0 1 2 read group 0, and 3 4 5 group 1: group 1 is zero, so heads 3 4 5 are, and they only.
  index_t const T = 20;
  ssd_shape s = shape(1, T, 6, 2, 4, 3);
  s.skips = false;
  ssd_operands<float> o(s, judged::never);
  for (index_t t = 0; t < T; ++t)
    for (index_t k = 0; k < 4; ++k) o.B.all(0, t, 1, k) = 0;
  o.h.fill([] { return 0; });
  operand<float, 4> Y(o.random, {1, T, 6, 3});
  for (any_form form : all_forms) {
    INFO(name(form));
    evaluate_in(form, cpu{}, Y.all, o.turned_part(0, T), o.X.steps(0, T));
    for (index_t h = 0; h < 6; ++h)
      for (index_t t = 0; t < T; ++t) CHECK((Y.all(0, t, h, 0) == 0) == (h >= 3));
  }
  for (index_t groups : {1, 2, 3, 6}) {
    auto exact = prepared<float>(shape(2, 33, 6, groups, 5, 4), [](auto&) {});
    every_form_is_exact(*exact);
  }
}

TEST_CASE("Queries share keys in consecutive groups, too: grouped attention is interleaved") {
  attention_shape s;
  s.T = 12, s.heads = 6, s.groups = 2, s.N = 4, s.P = 1, s.planes = 2, s.window = 12;
  attention_operands<float> o(s);
  for (index_t t = 0; t < 12; ++t) o.V.all(0, t, 0, 0) = 10, o.V.all(0, t, 1, 0) = 20;
  operand<float, 4> Z(o.random, {1, 12, 6, 1});
  for (any_form form : {any_form{any_form::definition}, any_form{any_form::blocks, 5}, any_form{any_form::tiles, 5}, any_form{any_form::chosen}}) {
    INFO(name(form));
    attend_in(form, cpu{}, Z.all, o.turned_part(0, 12, 0), o.V.steps(0, 12));
    for (index_t h = 0; h < 6; ++h)
      for (index_t t = 0; t < 12; ++t) CHECK(Z.all(0, t, h, 0) == doctest::Approx(h < 3 ? 10 : 20));
  }
}

TEST_CASE("Several tokens at once continue a sequence, they do not begin it anew (HF #46032)") {
  for (index_t cut : {1, 2, 5, 39}) {
    auto o = prepared<float>(shape(2, 40, 2, 1, 6, 4), [](auto&) {});
    every_form_is_exact(*o, cut);
  }
}

TEST_CASE(
    "Padding on the right does not decay the state (HF #48256), nor does a batch of one skip its mask (HF #46773)") {
  for (auto where : {side::left, side::right})
    for (index_t batch : {1, 3}) {
      CAPTURE(int(where));
      CAPTURE(batch);
      // Each sequence has 4 of 10 rows; all operands are numbers, of which those in the padding would change the result.
      ssd_shape s = shape(batch, 4, 2, 1, 6, 3);
      ssd_operands<float> o(s, judged::by_recurrence);
      index_t const first = where == side::left ? 6 : 0;
      operand<float, 3> log_a(o.random, {batch, 10, 2});
      operand<float, 4> C(o.random, {batch, 10, 1, 6}), B(o.random, {batch, 10, 1, 6}), X(o.random, {batch, 10, 2, 3}),
          Y(o.random, {batch, 10, 2, 3});
      log_a.fill([] { return -0.7; }), C.fill([] { return 1; }), B.fill([] { return 1; }), X.fill([] { return 1; });
      o.log_a.steps(0, 4).copy_to(log_a.all.middle_rows(first, 4)),
          o.C.steps(0, 4).copy_to(C.all.middle_rows(first, 4));
      o.B.steps(0, 4).copy_to(B.all.middle_rows(first, 4)), o.X.steps(0, 4).copy_to(X.all.middle_rows(first, 4));
      padded const prompts(std::vector<index_t>(std::size_t(batch), 4), where);
      rotary_table<float> const R(frequencies(6), batch, prompts.positions(10));
      auto const M = semiseparable(log_a.steps(0, 10), rotate(C.steps(0, 10), R), rotate(B.steps(0, 10), R),
                                   skip(view<float const, 1>(o.D.all)), prompts);
      for (any_form form : all_forms) {
        INFO(name(form));
        auto state = o.state();
        evaluate_in(form, cpu{}, Y.all, M.from(state), X.steps(0, 10));
        CHECK(worst_output<float, float>(o, Y.all.middle_rows(first, 4)) <= 1);
        CHECK(worst_state<float, float>(o, state.h()) <= 1);
        CHECK(state.position(batch - 1) == 4);
        for (index_t b = 0; b < batch; ++b)
          CHECK(rows_of(Y.all, b, where == side::left ? 0 : 4, 6) == std::vector<float>(36, 0));
      }
    }
}

TEST_CASE("An initial state decays, from the first step on and through every chunk (vLLM #21783, #23279)") {
  // Nothing but the state: Y_t = e^{log_a_0 + ... + log_a_t} C_t h.
  index_t const T = 100;
  std::vector<float> decays(100, -0.05f);
  decays[3] = -0.7f;
  float const one = 1, zero = 0;
  view<float const, 3> const log_a(decays.data(), {1, T, 1});
  view<float const, 4> const ones(&one, {1, T, 1, 1}, {0, 0, 0, 0}), zeros(&zero, {1, T, 1, 1}, {0, 0, 0, 0});
  std::vector<float> memory(100);
  view<float, 4> const Y(memory.data(), {1, T, 1, 1});
  for (any_form form : all_forms) {
    INFO(name(form));
    ssm_state<float> state(1, 1);
    state.h()(0, 0, 0, 0) = 3;
    evaluate_in(form, cpu{}, Y, semiseparable(log_a, ones, ones).from(state), zeros);
    double sum = 0;
    for (index_t t = 0; t < T; ++t) {
      sum += double(decays[std::size_t(t)]);
      CHECK(double(Y(0, t, 0, 0)) == doctest::Approx(3 * std::exp(sum)).epsilon(3e-6));
    }
    CHECK(double(state.h()(0, 0, 0, 0)) == doctest::Approx(3 * std::exp(sum)).epsilon(3e-6));
  }
}

TEST_CASE("The state of 16-bit operands is kept in float (vLLM #13466, #39032)") {
  // Kept in bfloat16, a state would be 4e-3 off after one step, and much more after 2000.
  index_t const T = 2000;
  ssd_shape s = shape(1, T, 1, 1, 4, 2);
  s.kind = decays::slow;
  ssd_operands<Eigen::bfloat16> o(s, judged::by_recurrence);
  operand<float, 4> Y(o.random, {1, T, 1, 2});
  auto state = o.state();
  static_assert(std::is_same_v<decltype(state), ssm_state<float>>);
  for (index_t t = 0; t < T; ++t)
    with(Y.all.middle_rows(t, 1), recurrent{}) = o.turned_part(t, 1).from(state) * o.X.steps(t, 1);
  CHECK(worst_output<Eigen::bfloat16, float>(o, Y.all) <= 1);
  CHECK(worst_state<Eigen::bfloat16, float>(o, state.h()) <= 1);
}

TEST_CASE("512 thousand tokens, and elements beyond 2^31, are counted right (mamba #686)") {
  // Two rows 2^31 + 1 elements apart. The memory in between is never touched, and an operating system provides only what is.
  index_t const apart = (index_t(1) << 31) + 1;
  using half = Eigen::bfloat16;
  std::unique_ptr<void, void (*)(void*)> const memory(std::calloc(std::size_t(apart + 3), sizeof(half)),
                                                      [](void* p) { std::free(p); });
  if (memory) {
    view<half, 4> const X(static_cast<half*>(memory.get()), {1, 2, 1, 3}, {0, apart, 3, 1});
    for (index_t t = 0; t < 2; ++t)
      for (index_t p = 0; p < 3; ++p) X(0, t, 0, p) = half(float(t + p));
    float const zero = 0;
    half const one(1.f);
    view<float const, 3> const log_a(&zero, {1, 2, 1}, {0, 0, 0});
    view<half const, 4> const ones(&one, {1, 2, 1, 1}, {0, 0, 0, 0});
    std::vector<float> sums(6);
    view<float, 4> const Y(sums.data(), {1, 2, 1, 3});
    for (any_form form : all_forms) {
      evaluate_in(form, cpu{}, Y, semiseparable(log_a, ones, ones), X.borrowed());
      CHECK(Y(0, 1, 0, 2) == 2 + 3);
    }
  }
  // And as many steps: no index, no sum of log-decays overflows.
  index_t const many = (index_t(1) << 19) + 3;
  ssd_shape s = shape(1, many, 1, 1, 2, 1);
  s.kind = decays::slow, s.skips = false;
  ssd_operands<float> o(s, judged::by_recurrence);
  operand<float, 4> Z(o.random, {1, many, 1, 1});
  for (any_form form : {any_form{any_form::blocks, 64}, any_form{any_form::steps}}) {
    INFO(name(form));
    auto state = o.state();
    evaluate_in(form, cpu{}, Z.all, o.turned_part(0, many).from(state), o.X.steps(0, many));
    CHECK(worst_output<float, float>(o, Z.all) <= 1);
    CHECK(worst_state<float, float>(o, state.h()) <= 1);
  }
}

TEST_CASE("bfloat16 rows are rotated right at long positions, because tables and sums are float (HF #29285)") {
  for (index_t start : {0, 1000, 131071, 1 << 20, 1 << 30}) {
    CAPTURE(start);
    index_t const T = 8, N = 16;
    dice random(9);
    operand<Eigen::bfloat16, 4> X(random, {1, T, 1, N});
    operand<float, 4> turned(random, {1, T, 1, N});
    X.fill([&] { return random.normal(); });
    std::vector<index_t> const at = positions_from(start, T);
    rotary_table<float> const R(frequencies(N), at);
    with(turned.all) = rotate(X.steps(0, T), R);
    auto exact = exact_head<long double, Eigen::bfloat16>(X.all, 0, 0, 1);
    oracle::rotate(exact, N / 2, false,
                   [&](index_t t, index_t j) { return (long double)(start + t) * oracle::rate<long double>(j, N); });
    CHECK(error<float, long double>(turned.all, 0, 0, exact, 0) <= 2 * std::numeric_limits<float>::epsilon());
  }
}

TEST_CASE("softplus keeps what lies below -17, and does not overflow above 88; nor does dt, folded") {
  for (double x : {-100., -87., -50., -20., -17., -16., -5., -0.1, 0., 0.1, 5., 17., 50., 88., 100., 1000.}) {
    CAPTURE(x);
    double const exact = x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
    CHECK(std::abs(double(softplus(float(x))) - exact) <= 4e-7 * exact + 1e-37);
    if (exact < 1e30) CHECK(std::abs(softplus(x) - exact) <= 1e-15 * exact);
    Eigen::VectorXf const raw = Eigen::VectorXf::Constant(3, float(x) - 0.5f);
    auto const [dt, log_a] = fold_dt(raw, -2.f, 0.5f);
    float const biased = raw(0) + 0.5f;
    double const folded =
        biased > 0 ? double(biased) + std::log1p(std::exp(-double(biased))) : std::log1p(std::exp(double(biased)));
    CHECK(std::abs(double(dt(2)) - folded) <= 4e-7 * folded + 1e-37);
    CHECK(std::abs(double(log_a(2)) + 2 * folded) <= 1e-6 * folded + 1e-37);
  }
}

}  // namespace laws_bugs_of_the_field
