// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "attention_cases.hpp"
#include "linear_attention_cases.hpp"

namespace laws_determinism {

// The same inputs give the same bits: in every run, at any number of threads, and after a roll-back.
using namespace laws;

namespace {

auto const all_forms = {any_form{any_form::definition}, any_form{any_form::blocks, 7}, any_form{any_form::blocks, 64},
                        any_form{any_form::steps}, any_form{any_form::tiles, 5}, any_form{any_form::chosen}};
auto const places = {cpu{1}, cpu{2}, cpu{3}, cpu{8}, cpu{1}};

ssd_shape const ssd_case{.batch = 2,
                         .T = 150,
                         .heads = 5,
                         .groups_C = 5,
                         .groups_B = 1,
                         .decay_heads = 5,
                         .decay_batch = 2,
                         .N = 13,
                         .P = 11,
                         .planes = 6,
                         .from_zero = false,
                         .how = {},
                         .seed = 5};

}  // namespace

TEST_CASE("SSD gives the same bits at any number of threads") {
  ssd_operands<float> o(ssd_case, judged::never);
  operand<float, 4> Y(o.random, {2, 150, 5, 11});
  for (any_form form : all_forms) {
    INFO(name(form));
    std::vector<float> first_Y, first_h;
    for (cpu place : places) {
      CAPTURE(place.threads);
      auto state = o.state();
      evaluate_in(form, place, Y.all, o.turned_part(0, o.T()).from(state), o.X.steps(0, o.T()));
      if (first_Y.empty()) first_Y = Y.memory(), first_h = rows_of(state.h());
      CHECK(same_bits(Y.memory(), first_Y));
      CHECK(same_bits(rows_of(state.h()), first_h));
      Y.erase();
    }
  }
}

TEST_CASE("One head gives the same bits when threads share its columns") {
  for (index_t P : {1, 31, 70}) {
    ssd_shape s = ssd_case;
    s.batch = s.heads = s.groups_C = s.groups_B = s.decay_heads = s.decay_batch = 1, s.P = P;
    ssd_operands<float> o(s, judged::never);
    operand<float, 4> Y(o.random, {1, 150, 1, P});
    for (any_form form : all_forms) {
      INFO(name(form), ", P ", P);
      std::vector<float> first_Y, first_h;
      for (cpu place : places) {
        CAPTURE(place.threads);
        auto state = o.state();
        evaluate_in(form, place, Y.all.middle_rows(0, 149), o.turned_part(0, 149).from(state), o.X.steps(0, 149));
        evaluate_in(form, place, Y.all.middle_rows(149, 1), o.turned_part(149, 1).from(state), o.X.steps(149, 1));
        if (first_Y.empty()) first_Y = Y.memory(), first_h = rows_of(state.h());
        CHECK(same_bits(Y.memory(), first_Y));
        CHECK(same_bits(rows_of(state.h()), first_h));
        Y.erase();
      }
    }
  }
}

TEST_CASE("Attention gives the same bits at any number of threads") {
  attention_shape s;
  s.batch = 2, s.T = 150, s.heads = 6, s.groups = 3, s.N = 13, s.P = 11, s.planes = 6, s.window = 151, s.seed = 5;
  attention_operands<float> o(s);
  operand<float, 4> Z(o.random, {s.batch, s.T, s.heads, s.P});
  for (any_form form : all_forms) {
    INFO(name(form));
    std::vector<float> first;
    for (cpu place : places) {
      CAPTURE(place.threads);
      kv_cache<float> cache(s.T, s.N, s.P, s.groups, s.batch);
      attend_in(form, place, Z.all.middle_rows(0, 100), o.turned_part(0, 100, 0).from(cache), o.V.steps(0, 100));
      attend_in(form, place, Z.all.middle_rows(100, 50), o.turned_part(100, 50, 100).from(cache), o.V.steps(100, 50));
      if (first.empty()) first = Z.memory();
      CHECK(same_bits(Z.memory(), first));
      Z.erase();
    }
  }
}

TEST_CASE("Linear attention and rotations give the same bits at any number of threads") {
  linear_shape s;
  s.batch = 2, s.T = 150, s.heads = 6, s.groups = 3, s.N = 13, s.P = 13, s.planes = 6, s.seed = 5;
  linear_operands<float> o(s);
  operand<float, 4> Z(o.random, {s.batch, s.T, s.heads, s.P});
  for (any_form form : all_forms) {
    INFO(name(form));
    std::vector<float> first;
    for (cpu place : places) {
      CAPTURE(place.threads);
      evaluate_in(form, place, Z.all, o.map_last(0, s.T), o.V.steps(0, s.T));
      if (first.empty()) first = Z.memory();
      CHECK(same_bits(Z.memory(), first));
      Z.erase();
    }
  }
  std::vector<float> first;
  for (cpu place : places) {
    with(Z.all, place) = rotate(o.V.steps(0, s.T), o.R.middle_rows(0, s.T));
    if (first.empty()) first = Z.memory();
    CHECK(same_bits(Z.memory(), first));
  }
}

TEST_CASE("A state that is rolled back continues with the same bits") {
  ssd_operands<float> o(ssd_case, judged::never);
  operand<float, 4> once(o.random, {2, 60, 5, 11}), again(o.random, {2, 60, 5, 11});
  for (any_form form : all_forms) {
    INFO(name(form));
    auto state = o.state();
    evaluate_in(form, cpu{}, once.all.middle_rows(0, 40), o.turned_part(0, 40).from(state), o.X.steps(0, 40));
    auto const there = state.snapshot();
    auto const h = rows_of(state.h());
    evaluate_in(form, cpu{}, once.all, o.turned_part(40, 60).from(state), o.X.steps(40, 60));
    auto const last = rows_of(state.h());
    CHECK(state.position(1) == 100);
    CHECK_FALSE(same_bits(h, last));

    state.restore(there);
    CHECK(same_bits(rows_of(state.h()), h));
    CHECK(state.position(1) == 40);
    evaluate_in(form, cpu{}, again.all, o.turned_part(40, 60).from(state), o.X.steps(40, 60));
    CHECK(same_bits(again.memory(), once.memory()));
    CHECK(same_bits(rows_of(state.h()), last));

    // By way of bytes, too.
    auto restored = ssm_state_from_bytes<float>(to_bytes(there));
    CHECK(same_bits(rows_of(restored.h()), h));
    again.erase();
    evaluate_in(form, cpu{}, again.all, o.turned_part(40, 60).from(restored), o.X.steps(40, 60));
    CHECK(same_bits(again.memory(), once.memory()));
  }
}

TEST_CASE("A cache that is rolled back continues with the same bits") {
  attention_shape s;
  s.batch = 2, s.T = 100, s.heads = 6, s.groups = 3, s.N = 13, s.P = 11, s.planes = 6, s.window = 101, s.seed = 6;
  attention_operands<float> o(s);
  operand<float, 4> once(o.random, {2, 60, 6, 11}), again(o.random, {2, 60, 6, 11});
  auto part = [&](any_form form, kv_cache<float>& cache, index_t t, index_t n, operand<float, 4>& Z) {
    attend_in(form, cpu{}, Z.all.middle_rows(0, n), o.turned_part(t, n, t).from(cache), o.V.steps(t, n));
  };
  for (any_form form : all_forms) {
    INFO(name(form));
    kv_cache<float> cache(100, s.N, s.P, s.groups, s.batch);
    part(form, cache, 0, 40, once);
    auto restored = kv_cache_from_bytes<float>(to_bytes(cache), 100);
    part(form, cache, 40, 60, once);
    cache.roll_back(60);
    CHECK(cache.length(1) == 40);
    CHECK(cache.position(1) == 40);
    part(form, cache, 40, 60, again);
    CHECK(same_bits(again.memory(), once.memory()));
    again.erase();
    part(form, restored, 40, 60, again);
    CHECK(same_bits(again.memory(), once.memory()));
    // One draft of ten steps that is thrown away: what follows is as if it had not been.
    cache.roll_back(60);
    part(form, cache, 40, 10, again);
    cache.roll_back(10);
    again.erase();
    part(form, cache, 40, 60, again);
    CHECK(same_bits(again.memory(), once.memory()));
  }
}

}  // namespace laws_determinism
