// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "row_gradients.hpp"

namespace gradient_swiglu {

using namespace row_gradients;

namespace {

template<class S>
auto loss_of(operands<S> const& o, view<S, 4> dY) {
  return [&o, dY]<class U>(std::span<U const> all) {
    auto const gate = o.in(all, 0), up = o.in(all, 1);
    index_t const H = dY.heads();
    return product_with<U>(dY, [&](index_t b, index_t t, index_t h, index_t j) -> U {
      U const x = gate(b, t, h, j, H);
      using std::exp;
      return x / (U(1) + exp(-x)) * up(b, t, h, j, H);
    });
  };
}

}  // namespace

TEST_CASE_TEMPLATE("dgate and dup are the gradients of sum dY silu(gate) up", S, double, float, Eigen::bfloat16, Eigen::half) {
  for (auto [B, T, H, D] : {std::array<index_t, 4>{1, 0, 1, 4}, {1, 1, 1, 1}, {1, 3, 1, 5}, {2, 5, 3, 7}, {2, 9, 2, 16}, {1, 3, 1, 37}}) {
    CAPTURE(T);
    operands<S> o;
    o.add({B, T, H, D}, 3), o.add({B, T, H, D});
    batch_of<float> const dY_exact(B, T, H, D, 5);
    std::vector<S> memory(dY_exact.memory.begin(), dY_exact.memory.end());
    view<S, 4> const dY(memory.data(), {B, T, H, D});
    with(swiglu_gradient<accumulator_t<S>>{o.d(0), o.d(1)}, cpu{2}) = adjoint(swiglu(o[0], o[1]), dY);
    o.check(loss_of(o, dY));
    o.forget();
    with(swiglu_gradient<accumulator_t<S>>{.up = o.d(1)}) = adjoint(swiglu(o[0], o[1]), dY);  // one of them
    o.check(loss_of(o, dY));
  }
}

TEST_CASE("Eigen's matrices, one head; the two halves of one row") {
  index_t const T = 6, D = 5;
  row_major<double> const both = random_rows<double>(T, 2 * D, 1);
  matrix<double> const gate = both.leftCols(D), up = both.rightCols(D), dY = random_rows<double>(T, D, 2);
  row_major<double> halves(T, 2 * D), one(T, D), other(T, D);
  view<double, 2> const all(halves.data(), {T, 2 * D}), d(one.data(), {T, D}), e(other.data(), {T, D});
  with(swiglu_gradient<double>{d, e}) = adjoint(swiglu(gate, up), dY);
  with(swiglu_gradient<double>{all.middle_cols(0, D), all.middle_cols(D, D)}) =
      adjoint(swiglu(both.leftCols(D), both.rightCols(D)), dY);
  CHECK(same_bits(halves.leftCols(D), one));
  CHECK(same_bits(halves.rightCols(D), other));
}

TEST_CASE_TEMPLATE("any strides and any number of threads: the same bits", S, double, float) {
  std::array<index_t, 4> const e{2, 300, 3, 61};
  operands<S> o;
  o.add(e), o.add(e);
  batch_of<S> dY(e[0], e[1], e[2], e[3], 5);
  auto run = [&](int threads) {
    o.forget();
    with(swiglu_gradient<S>{o.d(0), o.d(1)}, cpu{threads}) = adjoint(swiglu(o[0], o[1]), dY.all);
    return o.gradients();
  };
  auto const alone = run(1);
  for (int threads : {2, 3}) CHECK(same_bytes(run(threads), alone));
  std::vector<S> spread(dY.memory.size() * 2), g(spread), u(spread);
  auto other = [&](view<S, 4> const& x, std::vector<S>& memory) {
    view<S, 4> const y = scattered(memory.data(), e);
    x.copy_to(y);
    return y;
  };
  auto const scattered_dY = other(dY.all, spread), gate = other(o[0], g), up = other(o[1], u);
  o.forget();
  with(swiglu_gradient<S>{o.d_scattered(0), o.d_scattered(1)}) = adjoint(swiglu(gate, up), scattered_dY);
  for (int i : {0, 1}) {
    auto expected = alone[std::size_t(i)];
    same_scattered(view<S, 4>(expected.data(), {e[0], e[1], e[2], e[3]}), o.gradients()[std::size_t(i)], o.d_scattered(i));
  }
}

TEST_CASE_TEMPLATE("no gate overflows", S, float, double) {
  S const infinite = std::numeric_limits<S>::infinity(), most = std::numeric_limits<S>::max();
  row_major<S> gate(1, 9), ones = row_major<S>::Ones(1, 9), dgate(1, 9), dup(1, 9);
  gate << 0, most, -most, infinite, -infinite, S(1e4), S(-1e4), std::numeric_limits<S>::quiet_NaN(), S(-100);
  view<S, 2> const g(dgate.data(), {1, 9}), u(dup.data(), {1, 9});
  with(swiglu_gradient<S>{g, u}) = adjoint(swiglu(gate, ones), ones);
  row_major<S> const value = swiglu(gate, ones);
  for (index_t j = 0; j < 9; ++j) {
    CAPTURE(j);
    if (j == 7) CHECK((std::isnan(dgate(j)) && std::isnan(dup(j))));
    else CHECK((dup(j) == value(j) || dup(j) == doctest::Approx(double(value(j)))));
    if (gate(j) > 1) CHECK(dgate(j) == 1);
    if (gate(j) < -1 && gate(j) < S(least_log_decay<S>())) CHECK(dgate(j) == 0);
  }
  CHECK(dgate(0) == S(0.5));
}

TEST_CASE("what does not fit is refused by name, and nothing is written") {
  operands<float> o;
  o.add({2, 4, 3, 5}), o.add({2, 4, 3, 5}), o.add({2, 4, 3, 4}), o.add({1, 4, 3, 5});
  batch_of<float> dY(2, 4, 3, 5, 5), longer(2, 5, 3, 5, 5);
  using wrong = std::invalid_argument;
  auto const node = swiglu(o[0], o[1]);
  CHECK_THROWS_WITH_AS((with(swiglu_gradient<float>{o.d(0), o.d(2)}) = adjoint(node, dY.all)),
                       "with(gradient) = adjoint(expression, dY): the gradient of up has 4 columns, expected 5", wrong);
  CHECK_THROWS_WITH_AS((with(swiglu_gradient<float>{o.d(3)}) = adjoint(node, dY.all)),
                       "with(gradient) = adjoint(expression, dY): the gradient of gate has 1 sequences, expected 2", wrong);
  CHECK_THROWS_WITH_AS((with(swiglu_gradient<float>{o.d(0), o.d(1)}) = adjoint(node, longer.all)),
                       "adjoint(expression, dY): dY has 5 rows, expected 4", wrong);
  CHECK_THROWS_WITH_AS((with(swiglu_gradient<float>{o.d(0), o.d(0)}) = adjoint(node, dY.all)),
                       "with(gradient) = adjoint(expression, dY): the gradient of up overlaps another array", wrong);
  auto const before = dY.memory;
  CHECK_THROWS_AS((with(swiglu_gradient<float>{o.d(0), dY.all}) = adjoint(node, dY.all)), wrong);
  CHECK_THROWS_AS((with(swiglu_gradient<float>{o[0], o.d(1)}) = adjoint(node, dY.all)), wrong);
  CHECK(o.nothing_written());
  CHECK(dY.memory == before);
}

}  // namespace gradient_swiglu
