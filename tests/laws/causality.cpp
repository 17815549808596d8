// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <bit>
#include "attention_cases.hpp"
#include "linear_attention_cases.hpp"

namespace laws_causality {

// What comes later changes nothing that came before: not one bit of it, in any form.
using namespace laws;

namespace {

/// Are the first t rows of two results the same, bit by bit?
bool same_before(index_t t, view<float const, 4> const& a, view<float const, 4> const& b) {
  for (index_t k = 0; k < a.extents[0]; ++k)
    for (index_t i = 0; i < t; ++i)
      for (index_t h = 0; h < a.extents[2]; ++h)
        for (index_t p = 0; p < a.extents[3]; ++p)
          if (std::bit_cast<std::uint32_t>(a(k, i, h, p)) != std::bit_cast<std::uint32_t>(b(k, i, h, p))) return false;
  return true;
}

/// Other numbers in all rows from t on.
void change_from(index_t t, operand<float, 4>& x, dice& random, bool to_nan) {
  for (index_t k = 0; k < x.all.extents[0]; ++k)
    for (index_t i = t; i < x.all.extents[1]; ++i)
      for (index_t h = 0; h < x.all.extents[2]; ++h)
        for (index_t j = 0; j < x.all.extents[3]; ++j)
          x.all(k, i, h, j) = to_nan ? not_a_number : float(random.normal());
}

auto const all_forms = {any_form{any_form::definition}, any_form{any_form::blocks, 1},  any_form{any_form::blocks, 5},
                        any_form{any_form::blocks, 16}, any_form{any_form::blocks, 64}, any_form{any_form::steps},
                        any_form{any_form::tiles, 5}, any_form{any_form::chosen}};

}  // namespace

TEST_CASE("SSD is causal, bit by bit") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    ssd_shape s = random_ssd_shape(seed);
    s.T = 2 + index_t(seed) * 3, s.turned = true, s.planes = s.N / 2, s.seed = seed;
    ssd_operands<float> before(s, judged::never), after(s, judged::never);
    index_t const t = before.random.between(0, s.T - 1);
    bool const to_nan = before.random.chance(0.5), resets = before.random.chance(0.3);
    decays const later = before.random.one_of({decays::normal, decays::mixed, decays::strong, decays::some_resets});
    for (auto* x : {&after.C, &after.B, &after.X}) change_from(t, *x, before.random, to_nan);
    for (index_t b = 0; b < s.decay_batch; ++b)
      for (index_t i = t; i < s.T; ++i)
        for (index_t h = 0; h < s.decay_heads; ++h)
          after.log_a.all(b, i, h) =
              resets ? -std::numeric_limits<float>::infinity() : float(log_decay(before.random, later));
    operand<float, 4> Y(before.random, {s.batch, s.T, s.heads, s.P}), Z(before.random, {s.batch, s.T, s.heads, s.P});
    INFO(s);
    INFO("changed from step " << t << " on" << std::string(to_nan ? " to NaN" : "")
                              << std::string(resets ? ", with resets" : ""));
    for (any_form form : all_forms) {
      INFO(name(form));
      auto one = before.state(), other = before.state();
      evaluate_in(form, cpu{}, Y.all, before.turned_part(0, s.T).from(one), before.X.steps(0, s.T));
      evaluate_in(form, cpu{}, Z.all, after.turned_part(0, s.T).from(other), after.X.steps(0, s.T));
      CHECK(same_before(t, Y.all, Z.all));
    }
  }
}

TEST_CASE("Attention is causal, bit by bit") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    attention_shape s = random_attention_shape(seed);
    s.T = 2 + index_t(seed) * 3, s.planes = s.turned ? s.N / 2 : 0, s.window = s.turned ? s.T : 1 + s.T / 3,
    s.seed = seed;
    attention_operands<float> before(s), after(s);
    index_t const t = before.random.between(0, s.T - 1);
    bool const to_nan = before.random.chance(0.5);
    for (auto* x : {&after.Q, &after.K, &after.V}) change_from(t, *x, before.random, to_nan);
    operand<float, 4> Y(before.random, {s.batch, s.T, s.heads, s.P}), Z(before.random, {s.batch, s.T, s.heads, s.P});
    INFO(s);
    INFO("changed from step " << t << " on" << std::string(to_nan ? " to NaN" : ""));
    for (any_form form : all_forms) {
      INFO(name(form));
      if (s.turned) {
        attend_in(form, cpu{}, Y.all, before.turned_part(0, s.T, 0), before.V.steps(0, s.T));
        attend_in(form, cpu{}, Z.all, after.turned_part(0, s.T, 0), after.V.steps(0, s.T));
      } else {
        attend_in(form, cpu{}, Y.all, before.plain_part(0, s.T, 0), before.V.steps(0, s.T));
        attend_in(form, cpu{}, Z.all, after.plain_part(0, s.T, 0), after.V.steps(0, s.T));
      }
      CHECK(same_before(t, Y.all, Z.all));
    }
  }
}

TEST_CASE("Linear attention is causal, bit by bit") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    linear_shape s = random_linear_shape(seed);
    s.T = 2 + index_t(seed) * 3, s.map_last = true, s.seed = seed;
    linear_operands<float> before(s), after(s);
    index_t const t = before.random.between(0, s.T - 1);
    bool const to_nan = before.random.chance(0.5);
    for (auto* x : {&after.Q, &after.K, &after.V}) change_from(t, *x, before.random, to_nan);
    operand<float, 4> Y(before.random, {s.batch, s.T, s.heads, s.P}), Z(before.random, {s.batch, s.T, s.heads, s.P});
    INFO(s);
    INFO("changed from step " << t << " on" << std::string(to_nan ? " to NaN" : ""));
    for (any_form form : all_forms) {
      INFO(name(form));
      evaluate_in(form, cpu{}, Y.all, before.map_last(0, s.T), before.V.steps(0, s.T));
      evaluate_in(form, cpu{}, Z.all, after.map_last(0, s.T), after.V.steps(0, s.T));
      CHECK(same_before(t, Y.all, Z.all));
    }
  }
}

}  // namespace laws_causality
