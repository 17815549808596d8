// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <transxssm/layer/linear.hpp>
#include <transxssm/math/random_numbers.hpp>

namespace layer_linear {

using namespace transxssm;

namespace {

template<class S>
linear<S> made(index_t outputs, index_t inputs) {
  linear<S> l(outputs, inputs);
  random_numbers random(1);
  for (S& w : l.numbers) w = S(accumulator_t<S>(random.normal()));
  return l;
}

/// The largest error of Y = X W^T, against sums in long double, over what rounding allows: eps times the sum of magnitudes.
template<class S>
double error(linear<S> const& l, index_t T, cpu place, tile<accumulator_t<S>>& y) {
  using Acc = accumulator_t<S>;
  tile<Acc> wide = tile<Acc>::Random(T, l.inputs + 3);  // X is some columns of wider rows, and so is Y
  y = tile<Acc>::Constant(T, l.outputs + 2, Acc(-7));
  view<Acc const, 2> const x(wide.data(), {T, l.inputs}, {l.inputs + 3, 1});
  l(policy{place, workspace{}}, x, view<Acc, 2>(y.data(), {T, l.outputs}, {l.outputs + 2, 1}));
  double worst = 0;
  for (index_t t = 0; t < T; ++t)
    for (index_t o = 0; o < l.outputs; ++o) {
      long double sum = 0, magnitude = 0;
      for (index_t i = 0; i < l.inputs; ++i) {
        long double const term =
            static_cast<long double>(x(t, i)) * static_cast<long double>(static_cast<Acc>(l.weight()(o, i)));
        sum += term, magnitude += std::abs(term);
      }
      long double const e =
          std::abs(static_cast<long double>(y(t, o)) - sum) / (std::numeric_limits<Acc>::epsilon() * (magnitude + 1));
      worst = std::max(worst, double(e));
    }
  CHECK((y.rightCols(2).array() == Acc(-7)).all());
  return worst;
}

}  // namespace

TEST_CASE_TEMPLATE("a product with rows of any number, of weights of any scalar", S, float, double, Eigen::bfloat16,
                   Eigen::half) {
  tile<accumulator_t<S>> y;
  for (index_t T : {0, 1, 2, 4, 5, 33})
    for (index_t outputs : {1, 255, 300})
      for (index_t inputs : {1, 40}) {
        auto const l = made<S>(outputs, inputs);
        CHECK(error(l, T, cpu{}, y) < 3);
      }
}

TEST_CASE("threads change no bit") {
  for (index_t T : {1, 3, 50}) {
    auto const l = made<float>(700, 129);
    tile<float> const x = tile<float>::Random(T, 129);
    tile<float> one(T, 700), three(T, 700);
    view<float const, 2> const rows(x.data(), {T, 129});
    l(policy{cpu{1}, workspace{}}, rows, view<float, 2>(one.data(), {T, 700}));
    l(policy{cpu{3}, workspace{}}, rows, view<float, 2>(three.data(), {T, 700}));
    CHECK(one == three);
  }
}

TEST_CASE("extents that do not fit are refused") {
  auto const l = made<float>(3, 4);
  tile<float> x(2, 5), y(2, 3);
  view<float, 2> const to(y.data(), {2, 3});
  CHECK_THROWS_WITH_AS(l(policy{cpu{}, workspace{}}, view<float const, 2>(x.data(), {2, 5}), to),
                       "linear(X): X has 5 columns, expected 4", std::invalid_argument);
  CHECK_THROWS_AS(l(policy{cpu{}, workspace{}}, view<float const, 2>(x.data(), {1, 4}), to), std::invalid_argument);
  CHECK_THROWS_AS(linear<float>(-1, 4), std::invalid_argument);
}

}  // namespace layer_linear
