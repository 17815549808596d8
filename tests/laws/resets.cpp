// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "ssd_cases.hpp"

namespace laws_resets {

// log_a = -inf forgets everything before, and that includes a NaN: 0 * NaN would not.
using namespace laws;

namespace {

/// Evaluates a case whose step `reset` resets, with NaN wherever `spoil` puts it before that, and compares what follows
/// with the exact result of a sequence that begins there.
template<class Spoil>
void survives(char const* what, index_t T, index_t reset, any_form form, bool one_by_one, Spoil const& spoil) {
  ssd_shape s;
  s.T = T, s.heads = s.decay_heads = 2, s.groups_C = s.groups_B = 1, s.N = 5, s.P = 3, s.planes = 2,
  s.from_zero = false;
  s.seed = std::uint64_t(T * 1000 + reset);
  ssd_operands<float> o(s, judged::never);
  for (index_t h = 0; h < 2; ++h) o.log_a.all(0, reset, h) = -std::numeric_limits<float>::infinity();
  // The exact result is made before anything is spoilt: what comes before the reset has no part in it.
  for (index_t i = 0; i < 2; ++i) o.judge_head(0, i, judged::by_definition);
  auto state = o.state();
  spoil(o, state);

  INFO(what << ": T " << T << ", reset at step " << reset << ", " << (one_by_one ? "step by step" : name(form)));
  operand<float, 4> Y(o.random, {1, T, 2, 3});
  if (one_by_one)
    for (index_t t = 0; t < T; ++t)
      evaluate_in(form, cpu{}, Y.all.middle_rows(t, 1), o.turned_part(t, 1).from(state), o.X.steps(t, 1));
  else evaluate_in(form, cpu{}, Y.all, o.turned_part(0, T).from(state), o.X.steps(0, T));
  double off = 0, size = 0;
  for (index_t i = 0; i < 2; ++i)
    for (index_t t = reset; t < T; ++t)
      for (index_t p = 0; p < 3; ++p) {
        double const exact = o.exact[std::size_t(i)].Y(t, p), d = double(Y.all(0, t, i, p)) - exact;
        off += d * d, size += exact * exact;
      }
  CHECK(std::sqrt(off / size) <= o.bars[0]);
  CHECK(worst_state<float, float>(o, state.h()) <= 1);
}

}  // namespace

TEST_CASE("A NaN before a reset does not survive it: in the state, in B, in C, in X, in every form") {
  for (index_t T : {1, 2, 7, 16, 40, 130})
    for (index_t reset : {index_t(0), index_t(1), T / 3, T / 2, T - 1}) {
      if (reset >= T) continue;
      for (any_form form : {any_form{any_form::definition}, any_form{any_form::blocks, 1},
                            any_form{any_form::blocks, 4}, any_form{any_form::blocks, 16},
                            any_form{any_form::blocks, 64}, any_form{any_form::steps}, any_form{any_form::tiles, 5}, any_form{any_form::chosen}})
        for (bool one_by_one : {false, true}) {
          survives("a NaN in the state", T, reset, form, one_by_one,
                   [](auto&, auto& state) { state.h()(0, 2, 1, 1) = not_a_number; });
          survives("an infinite state", T, reset, form, one_by_one,
                   [](auto&, auto& state) { state.h()(0, 0, 0, 0) = std::numeric_limits<float>::infinity(); });
          if (reset == 0) continue;
          survives("a NaN in the first B", T, reset, form, one_by_one,
                   [](auto& o, auto&) { o.B.all(0, 0, 0, 1) = not_a_number; });
          survives("a NaN in the last B", T, reset, form, one_by_one,
                   [=](auto& o, auto&) { o.B.all(0, reset - 1, 0, 1) = not_a_number; });
          survives("a NaN in the last C", T, reset, form, one_by_one,
                   [=](auto& o, auto&) { o.C.all(0, reset - 1, 0, 0) = not_a_number; });
          survives("a NaN in the last X", T, reset, form, one_by_one,
                   [=](auto& o, auto&) { o.X.all(0, reset - 1, 1, 2) = not_a_number; });
        }
    }
}

TEST_CASE("A sequence of resets: every step is C_t . B_t X_t alone") {
  ssd_shape s;
  s.T = 70, s.N = 4, s.P = 3, s.kind = decays::only_resets, s.from_zero = false, s.turned = false;
  ssd_duality<float>(s);
  ssd_duality<double>(s);
}

}  // namespace laws_resets
