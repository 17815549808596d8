// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "support/row_definitions.hpp"

namespace operator_causal_conv1d {

using namespace transxssm;
using definition::as_view, definition::near;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

template<class S>
struct filter {
  matrix<S> weight;  // (D, K)
  vector<S> bias;    // (D)
  filter(index_t D, index_t K) : weight(random_rows<S>(D, K, 11)), bias(random_rows<S>(D, 1, 12)) {}

  definition::rows operator()(auto const& X) const {
    return definition::causal_conv1d(definition::exact(X), definition::exact(weight), definition::exact(bias));
  }
};

}  // namespace

TEST_CASE_TEMPLATE("y_t = bias + sum of weight_k x_{t-K+1+k}, with silu or without", S, float, double, long double) {
  for (index_t K : {1, 2, 3, 4, 7, 40})
    for (index_t T : {0, 1, 2, 3, 4, 5, 9, 70})
      for (index_t D : {1, 5, 8, 16, 19, 40}) {
        CAPTURE(K);
        CAPTURE(T);
        CAPTURE(D);
        filter<S> const f(D, K);
        auto const X = random_rows<S>(T, D, 1);
        auto const expected = f(X);
        matrix<S> const Y = causal_conv1d(X, f.weight, f.bias);
        near<S>(Y, expected);
        row_major<S> const rows = X, weight = f.weight, W = causal_conv1d(rows, weight, f.bias, silu{});
        near<S>(W, definition::silu(expected));
        CHECK(matrix<S>(causal_conv1d(rows, f.weight, f.bias)) == Y);  // (a long double has bytes that are not its own)
        matrix<S> const no = causal_conv1d(rows, f.weight, no_bias{}), zero = causal_conv1d(X, f.weight, vector<S>::Zero(D).eval());
        CHECK(no == zero);
      }
}

TEST_CASE("one feature by hand") {
  vector<double> x(4), b(1);
  x << 1, 2, 3, 4;
  b << 100;
  Eigen::RowVector3d w(0.5, -1, 10);  // of x_{t-2}, x_{t-1}, x_t
  matrix<double> const Y = causal_conv1d(x, w, b);
  CHECK((Y(0) == 110 && Y(1) == 119 && Y(2) == 128.5 && Y(3) == 138));
}

TEST_CASE_TEMPLATE("cut anywhere and resumed, or step by step: the same bits", S, float, double, Eigen::bfloat16) {
  using sums = accumulator_t<S>;
  for (index_t K : {1, 2, 4, 6})
    for (index_t D : {1, 21, 64}) {
      index_t const T = 23;
      filter<sums> const f(D, K);
      row_major<S> const X = random_rows<sums>(T, D, 1).template cast<S>();
      row_major<S> const whole = causal_conv1d(X, f.weight, f.bias, silu{});
      auto part = [&](index_t t, index_t n, conv_state<sums>& state) {
        row_major<S> Y = causal_conv1d(X.middleRows(t, n), f.weight, f.bias, silu{}).from(state);
        CHECK(same_bits(Y, whole.middleRows(t, n)));
      };
      for (index_t cut = 0; cut <= T; ++cut) {
        conv_state<sums> state(K, D);
        part(0, cut, state), part(cut, T - cut, state);
        CHECK(state.position() == T);
      }
      conv_state<sums> state(K, D);
      for (index_t t = 0; t < T; ++t) part(t, 1, state);
      conv_state<sums> pieces(K, D);
      for (index_t t = 0, n = 1; t < T; t += n, n = std::min<index_t>(n + 1, T - t)) part(t, n, pieces);
    }
}

TEST_CASE_TEMPLATE("16-bit rows: sums in float, one rounding; weights of 16 bits, too", S, Eigen::bfloat16, Eigen::half) {
  for (index_t T : {1, 7, 70})
    for (index_t D : {1, 8, 21}) {
      filter<float> f(D, 4);
      matrix<S> const X = random_rows<float>(T, D, 1).cast<S>(), weight = f.weight.cast<S>();
      vector<S> const bias = f.bias.cast<S>();
      f.weight = weight.template cast<float>(), f.bias = bias.template cast<float>();
      auto const expected = f(X.template cast<float>());
      row_major<S> const rows = X, Y = causal_conv1d(rows, weight, bias);
      double const half_ulp = std::ldexp(1.0, -std::numeric_limits<S>::digits);
      CHECK(definition::error(Y.template cast<float>(), expected) < 1.01 * half_ulp);
      CHECK(same_bits(matrix<S>(causal_conv1d(X, f.weight, f.bias)), Y));
      row_major<float> sums(T, D);
      with(as_view(sums)) = causal_conv1d(X, weight, bias);
      near<float>(sums, expected);
    }
}

TEST_CASE("a batch of heads, any strides, any number of threads; filters of each head, or shared") {
  index_t const batch = 2, T = 50, H = 3, D = 10, K = 4;
  batch_of<float> X(batch, T, H, D, 1), Y(batch, T, H, D, 2);
  filter<float> const own(H * D, K), shared(D, K);
  for (int threads : {1, 2, 5}) {
    with(Y.all, cpu{threads}) = causal_conv1d(X.all, own.weight, own.bias);
    batch_of<float> flat(batch, T, 1, H * D, 3);
    with(flat.all, cpu{threads}) = causal_conv1d(view<float, 4>(X.all.data, {batch, T, 1, H * D}), own.weight, own.bias);
    CHECK(flat.memory == Y.memory);
    std::vector<float> memory(std::size_t(2 * batch * T * H * D), 7);
    view<float, 4> backwards(memory.data() + (T - 1) * D * 2, {batch, T, H, D}, {T * H * D * 2, -D * 2, T * D * 2, 2});
    with(backwards, cpu{threads}) = causal_conv1d(X.all, shared.weight, shared.bias);
    for (index_t b = 0; b < batch; ++b)
      for (index_t h = 0; h < H; ++h) near<float>(copied(backwards, b, h, H), shared(copied(X.all, b, h, H)));
    for (std::size_t i = 1; i < memory.size(); i += 2) REQUIRE(memory[i] == 7);
  }
  for (index_t b = 0; b < batch; ++b)
    for (index_t h = 0; h < H; ++h) {
      filter<float> one(D, K);
      one.weight = own.weight.middleRows(h * D, D), one.bias = own.bias.segment(h * D, D);
      near<float>(copied(Y.all, b, h, H), one(copied(X.all, b, h, H)));
    }
}

TEST_CASE("pieces that threads share see the rows before them") {
  index_t const T = 1300, D = 700;
  auto const X = row_major<float>(random_rows<float>(T, D, 1));
  filter<float> const f(D, 4);
  row_major<float> const alone = causal_conv1d(X.topRows(300), f.weight, f.bias, silu{});
  for (int threads : {1, 2, 8}) {
    row_major<float> Y(T, D), Z(T, D);
    with(as_view(Y), cpu{threads}) = causal_conv1d(X, f.weight, f.bias, silu{});
    CHECK(same_bits(Y.topRows(300), alone));
    conv_state<float> state(4, D);
    with(as_view(Z).middle_rows(0, 33), cpu{threads}) = causal_conv1d(X.topRows(33), f.weight, f.bias, silu{}).from(state);
    with(as_view(Z).middle_rows(33, T - 33), cpu{threads}) = causal_conv1d(X.bottomRows(T - 33), f.weight, f.bias, silu{}).from(state);
    CHECK(same_bits(Y, Z));
  }
}

namespace {

/// Three heads of sequences of these lengths, packed or padded: each is what it is alone, and the rest is zero.
template<class Option>
void as_alone(Option const& where, index_t batch, index_t T, std::vector<index_t> const& lengths) {
  index_t const H = 3, D = 9, K = 4, sequences = std::ssize(lengths);
  batch_of<float> X(batch, T, H, D, 1), Y(batch, T, H, D, 2), Z(batch, T, H, D, 3);
  filter<float> const f(D, K);
  auto const at = where.borrowed();
  std::vector<bool> used(std::size_t(batch * T), false);
  for (index_t s = 0; s < sequences; ++s)
    for (index_t t = 0; t < lengths[std::size_t(s)]; ++t) used[std::size_t(at(s, T).batch * T + at(s, T).first + t)] = true;
  for (index_t i = 0; i < batch * T; ++i)
    if (!used[std::size_t(i)]) std::fill_n(X.memory.begin() + i * H * D, H * D, not_a_number);

  for (int threads : {1, 3}) {
    std::ranges::fill(Y.memory, not_a_number), std::ranges::fill(Z.memory, not_a_number);
    with(Y.all, cpu{threads}) = causal_conv1d(X.all, f.weight, f.bias, silu{}, where);
    conv_state<float> states(K, D, H, sequences), none(K, D, H, sequences);
    for (index_t s = 0; s < sequences; ++s) {
      states.position(s) = 5 + s;
      for (index_t k = 0; k < K - 1; ++k)
        for (index_t h = 0; h < H; ++h)
          for (index_t d = 0; d < D; ++d) states.rows()(s, k, h, d) = float(s + k + h + d);
    }
    auto const before = states.snapshot();
    with(Z.all, cpu{threads}) = causal_conv1d(X.all, f.weight, f.bias, where, silu{}).from(states);
    for (index_t s = 0; s < sequences; ++s)
      for (index_t h = 0; h < H; ++h) {
        auto [b, first, count] = at(s, T);
        matrix<float> const x = copied(X.all, b, h, H).middleRows(first, count);
        matrix<float> const y = causal_conv1d(x, f.weight, f.bias, silu{});
        CHECK(same_bits(copied(Y.all, b, h, H).middleRows(first, count), y));
        conv_state<float> state(K, D);
        before.rows().head(s, h, H).copy_to(state.rows().head(0, 0, 1));
        matrix<float> const z = causal_conv1d(x, f.weight, f.bias, silu{}).from(state);
        CHECK(same_bits(copied(Z.all, b, h, H).middleRows(first, count), z));
        CHECK(same_bits(copied(states.rows(), s, h, H), copied(state.rows(), 0, 0, 1)));
        CHECK(states.position(s) == before.position(s) + count);
      }
    for (index_t i = 0; i < batch * T * H * D; ++i)
      if (!used[std::size_t(i / (H * D))]) REQUIRE((Y.memory[std::size_t(i)] == 0 && Z.memory[std::size_t(i)] == 0));
  }
}

}  // namespace

TEST_CASE("packed sequences do not see each other; padding, full of NaN, is not read") {
  as_alone(packed({0, 5, 5, 6, 26, 28}), 1, 28, {5, 0, 1, 20, 2});
  for (auto where : {side::left, side::right}) as_alone(padded({5, 0, 1, 20, 2}, where), 5, 20, {5, 0, 1, 20, 2});
}

TEST_CASE("causal: what comes later is not seen, a NaN neither") {
  auto X = random_rows<float>(30, 12, 1);
  filter<float> const f(12, 4);
  matrix<float> const clean = causal_conv1d(X, f.weight, f.bias);
  X.row(10).setConstant(not_a_number);
  matrix<float> const Y = causal_conv1d(X, f.weight, f.bias);
  CHECK(same_bits(Y.topRows(10), clean.topRows(10)));
  CHECK(Y.middleRows(10, 4).array().isNaN().all());
  CHECK(same_bits(Y.bottomRows(16), clean.bottomRows(16)));
}

TEST_CASE("in the place of X, shifted, or over the weights: through a temporary") {
  index_t const T = 40, D = 13;
  auto const X = row_major<float>(random_rows<float>(T, D, 1));
  filter<float> const f(D, 4);
  row_major<float> const expected = causal_conv1d(X, f.weight, f.bias);
  row_major<float> Y = X, both(T + 2, D);
  with(as_view(Y), cpu{2}) = causal_conv1d(Y, f.weight, f.bias);
  CHECK(same_bits(Y, expected));
  both.topRows(T) = X;
  with(as_view(both).middle_rows(2, T)) = causal_conv1d(both.topRows(T), f.weight, f.bias);
  CHECK(same_bits(both.bottomRows(T), expected));
  Y = X;
  conv_state<float> state(4, D);
  with(as_view(Y)) = causal_conv1d(Y, f.weight, f.bias).from(state);  // and the state remembers X, not Y
  CHECK(same_bits(Y, expected));
  CHECK(same_bits(copied(state.rows(), 0, 0, 1), X.bottomRows(3)));
  matrix<float> square = random_rows<float>(4, 4, 2), before = square;
  with(as_view(square)) = causal_conv1d(X.topLeftCorner(4, 4), square, f.bias.head(4));
  CHECK(same_bits(square, matrix<float>(causal_conv1d(X.topLeftCorner(4, 4), before, f.bias.head(4)))));
}

TEST_CASE("operands that do not outlive the expression are kept by it") {
  filter<float> const f(5, 4);
  auto const X = random_rows<float>(9, 5, 1);
  auto const node = causal_conv1d(matrix<float>(X), matrix<float>(f.weight), vector<float>(f.bias), packed({0, 4, 9}));
  CHECK(same_bits(matrix<float>(node), matrix<float>(causal_conv1d(X, f.weight, f.bias, packed({0, 4, 9})))));
}

TEST_CASE("what does not fit is refused by name") {
  auto const X = random_rows<float>(7, 6, 1);
  filter<float> const f(6, 4), five(5, 4), none(6, 0);
  using wrong = std::invalid_argument;
  CHECK_THROWS_WITH_AS(causal_conv1d(X, five.weight, f.bias), "causal_conv1d(X, weight, bias): weight has 5 entries, expected 6", wrong);
  CHECK_THROWS_WITH_AS(causal_conv1d(X, none.weight, f.bias), "causal_conv1d(X, weight, bias): weight has 0 columns, expected at least 1", wrong);
  CHECK_THROWS_WITH_AS(causal_conv1d(X, f.weight, five.bias), "causal_conv1d(X, weight, bias): bias has 5 entries, expected 6", wrong);
  CHECK_THROWS_WITH_AS(causal_conv1d(X, f.weight, f.bias, packed({0, 6})), "causal_conv1d(X, weight, bias): packed has 6 rows, expected 7", wrong);
  CHECK_THROWS_AS(causal_conv1d(X, f.weight, f.bias, padded({8})), wrong);
  batch_of<float> heads(2, 7, 3, 6, 1);
  CHECK_THROWS_WITH_AS(causal_conv1d(heads.all, five.weight, f.bias),
                       "causal_conv1d(X, weight, bias): weight has 5 entries, expected 6 or 18", wrong);
  row_major<float> Y = row_major<float>::Constant(6, 6, 3);
  CHECK_THROWS_WITH_AS(with(as_view(Y)) = causal_conv1d(X, f.weight, f.bias),
                       "Y = causal_conv1d(X, weight, bias): Y has 6 rows, expected 7", wrong);
  CHECK(Y.isConstant(3, 0));
}

}  // namespace operator_causal_conv1d
