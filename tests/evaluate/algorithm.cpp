// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "support/definition.hpp"

namespace evaluate_algorithm {

using namespace transxssm;

// The floor: a user's own form, in the user's own namespace, is one overload.
namespace mine {

/// Column by column, from the dense operator.
struct by_columns {
  using is_form = void;
  int* called;
};

template<class Acc, class A, one_head C, one_head B, class O, class H>
void evaluate_into(by_columns how, cpu, accumulate<Acc>, workspace, semiseparable_operator<A, C, B> const& M,
                   view<float const, 2> X, view<O, 2> Y, view<H, 2>) {
  ++*how.called;
  matrix<float> const G = dense(M);
  for (index_t p = 0; p < X.cols(); ++p)
    for (index_t t = 0; t < X.rows(); ++t) {
      Acc sum(0);
      for (index_t s = 0; s <= t; ++s) sum += Acc(G(t, s)) * Acc(X(s, p));
      Y(t, p) = O(sum);
    }
}

/// A place of the user's, for whole batches: it writes a constant.
struct abacus {
  using is_place = void;
  static constexpr bool host = true;
  float beads = 0;
};
template<class Acc, class M>
void evaluate_into(recurrent, abacus place, accumulate<Acc>, workspace, M const&, view<float const, 4>,
                   view<float, 4> Y, view<float, 4>) {
  for (index_t b = 0; b < Y.batch(); ++b)
    for (index_t t = 0; t < Y.rows(); ++t)
      for (index_t h = 0; h < Y.heads(); ++h)
        for (index_t p = 0; p < Y.cols(); ++p) Y(b, t, h, p) = place.beads;
}

}  // namespace mine

namespace {

using rows = view<float const, 2>;
using M = semiseparable_operator<view<float const, 1>, rows, rows>;
using A = attention_operator<rows, rows>;
static_assert(can_evaluate<M, mine::by_columns> && !can_evaluate<A, mine::by_columns>);
static_assert(can_evaluate<M, mine::by_columns, cpu, accumulate<double>> && !can_evaluate<M, mine::by_columns, cuda>);
static_assert(can_evaluate<M, recurrent, mine::abacus> && !can_evaluate<M, chunked, mine::abacus>);

}  // namespace

TEST_CASE("a user's form stands wherever a form stands") {
  one_head_of<float> o(20, 4, 3);
  auto R = rotary_table<float>(frequencies(4), 20);
  auto M = semiseparable(o.log_a, rotate(o.C, R), rotate(o.B, R));
  matrix<float> const Y = with(quadratic{}, M * o.X);
  int called = 0;
  CHECK(definition::error(with(mine::by_columns{&called}, M * o.X).eval(), definition::exact(Y)) <
        definition::bar<float>);
  CHECK(called == 1);
  CHECK(definition::error(matrix<float>(o.X + with(cpu{2}, mine::by_columns{&called}, accumulate<double>{}, M * o.X)),
                          definition::exact(o.X) + definition::exact(Y)) < definition::bar<float>);
  CHECK(called == 2);

  SUBCASE("the heads of a batch are looped over for it") {
    batch_of<float> X(2, 20, 3, 5, 1), Z(2, 20, 3, 5, 2), W(2, 20, 3, 5, 3);
    called = 0;
    with(Z.all, mine::by_columns{&called}) = M * X.all;
    CHECK(called == 6);
    with(W.all) = M * X.all;
    for (index_t b = 0; b < 2; ++b)
      for (index_t h = 0; h < 3; ++h)
        CHECK(definition::error(copied(Z.all, b, h, 3), definition::exact(copied(W.all, b, h, 3))) <
              definition::bar<float>);
  }
}

TEST_CASE("a user's place takes a batch as a whole") {
  one_head_of<float> o(20, 4, 3);
  batch_of<float> X(2, 20, 3, 5, 1), Z(2, 20, 3, 5, 2);
  with(Z.all, recurrent{}, mine::abacus{7}) = semiseparable(o.log_a, o.C, o.B) * X.all;
  CHECK(std::all_of(Z.memory.begin(), Z.memory.end(), [](float z) { return z == 7; }));
}

}  // namespace evaluate_algorithm
