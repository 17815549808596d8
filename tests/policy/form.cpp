// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "support/definition.hpp"

namespace policy_form {

using namespace transxssm;

// Which form exists for which operator, at which place: a table that cannot lie.
namespace {

using numbers_of_T = view<float const, 1>;
using rows = view<float const, 2>;
using turned = rotated<rows, rotary_view<float>>;
using turned_by_angles = rotated<rows, angles<rows>>;
using M = semiseparable_operator<numbers_of_T, turned, turned>;
using M_packed = semiseparable_operator<numbers_of_T, rows, turned_by_angles, skip<float>, packed_view>;
using A = attention_operator<turned, turned>;
using A_window = attention_operator<rows, turned, sliding_window, scale, padded_view>;
using Ln = linear_attention_operator<featured<turned, elu_plus_one>, featured<turned, elu_plus_one>>;
using M_from = resumed<M, ssm_state<float>>;
using A_from = resumed<A, kv_cache<float>>;

template<class Operator, class... Parts>
constexpr bool forms(bool by_definition, bool in_chunks, bool in_steps, bool by_keys) {
  return can_evaluate<Operator, Parts...> == (by_definition || in_chunks || in_steps || by_keys) &&
         can_evaluate<Operator, Parts..., automatic> == (by_definition || in_chunks || in_steps || by_keys) &&
         can_evaluate<Operator, quadratic, Parts...> == by_definition &&
         can_evaluate<Operator, Parts..., chunked> == in_chunks &&
         can_evaluate<Operator, recurrent, Parts...> == in_steps && can_evaluate<Operator, Parts..., tiled> == in_steps &&
         can_evaluate<Operator, Parts..., online> == by_keys;
}
static_assert(forms<M>(true, true, true, false) && forms<M_packed>(true, true, true, false) &&
              forms<M_from>(true, true, true, false));
static_assert(forms<A>(true, false, false, true) && forms<A_window>(true, false, false, true) &&
              forms<A_from>(true, false, false, true));
static_assert(forms<Ln>(true, true, true, false));
static_assert(forms<M, cpu, accumulate<double>, workspace, compatible_growth>(true, true, true, false));
static_assert(forms<M, cuda>(false, false, false, false) && forms<A, cuda>(false, false, false, false));

// A node over views goes to a device by value.
static_assert(std::is_trivially_copyable_v<M> && std::is_trivially_copyable_v<M_packed> &&
              std::is_trivially_copyable_v<A_window>);
static_assert(std::is_trivially_copyable_v<M_from> && std::is_trivially_copyable_v<Ln>);

}  // namespace

TEST_CASE("a policy, parts in any order, or one after the other: the same bits") {
  one_head_of<float> o(50, 4, 3);
  auto M = semiseparable(o.log_a, o.C, o.B);
  matrix<float> const Y = with(chunked{16}, M * o.X);
  auto fast = policy{cpu{2}, chunked{16}};
  CHECK(same_bits(with(fast, M * o.X).eval(), Y));
  CHECK(same_bits(with(policy{chunked{16}, accumulate<float>{}, cpu{}}, M * o.X).eval(), Y));
  CHECK(same_bits(with(chunked{16}, cpu{.threads = 2}, M * o.X).eval(), Y));
  CHECK(same_bits(with(cpu{2}, with(workspace{}, chunked{16}, M * o.X)).eval(), Y));
  CHECK(same_bits(with(fast, workspace{}, M * o.X).eval(), Y));
  CHECK(same_bits(with(workspace{}, fast, accumulate<float>{}, M * o.X).eval(), Y));
  CHECK(same_bits(with(policy{fast, workspace{}}, M * o.X).eval(), Y));
  view<float const, 2> x(o.X.data(), {50, 3}, {1, 50});
  matrix<float> Z(50, 3);
  view<float, 2> z(Z.data(), {50, 3}, {1, 50});
  with(z, fast) = M * x;
  CHECK(same_bits(Z, Y));
  with(z, workspace{}, fast) = M * o.X;
  CHECK(same_bits(Z, Y));
  with(z, cpu{3}) = with(chunked{16}, M * x);
  CHECK(same_bits(Z, Y));
  CHECK(same_bits(with(cpu{2}, with(fast.length == 16 ? chunked{16} : chunked{1}, M * o.X)).eval(), Y));
}

TEST_CASE("the sizes of a form are values, and odd ones are mended") {
  one_head_of<float> o(20, 4, 3);
  auto M = semiseparable(o.log_a, o.C, o.B);
  auto A = attention(o.C, o.B);
  matrix<float> const Y = with(chunked{1}, M * o.X), Z = with(online{1}, A * o.X);
  for (index_t size : {0, -5}) {
    CHECK(same_bits(with(chunked{size}, M * o.X).eval(), Y));
    CHECK(same_bits(with(online{size}, A * o.X).eval(), Z));
  }
  index_t const huge = std::numeric_limits<index_t>::max();
  CHECK(definition::error(with(chunked{huge}, M * o.X).eval(), definition::exact(Y)) < definition::bar<float>);
  CHECK(definition::error(with(online{huge}, A * o.X).eval(), definition::exact(Z)) < definition::bar<float>);
}

}  // namespace policy_form
