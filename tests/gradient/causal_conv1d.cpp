// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "row_gradients.hpp"

namespace gradient_causal_conv1d {

using namespace row_gradients;

namespace {

/// Operands: X, weight (.., D, K), bias. `at` says where the sequences lie.
template<class S>
auto loss_of(operands<S> const& o, view<S, 4> dY, index_t K, index_t own, bool has_bias, bool with_silu, auto at, index_t sequences) {
  return [=, &o]<class U>(std::span<U const> all) {
    using std::exp;
    auto const X = o.in(all, 0), weight = o.in(all, 1), bias = o.in(all, 2);
    index_t const H = dY.heads(), D = dY.cols();
    U sum = U(0);
    for (index_t s = 0; s < sequences; ++s) {
      auto const [b, first, count] = at(s, dY.rows());
      for (index_t t = 0; t < count; ++t)
        for (index_t h = 0; h < H; ++h)
          for (index_t j = 0; j < D; ++j) {
            U y = has_bias ? bias(own * h * D + j) : U(0);
            for (index_t k = 0; k < K; ++k)
              if (index_t const i = t - K + 1 + k; i >= 0) y += weight((own * h * D + j) * K + k) * X(b, first + i, h, j, H);
            if (with_silu) y = y / (U(1) + exp(-y));
            sum += U(double(dY(b, first + t, h, j))) * y;
          }
    }
    return sum;
  };
}

struct shape {
  std::array<index_t, 4> X;
  index_t K;
  bool own;
};

template<class S>
view<S, 2> matrix_of(view<S, 1> const& x, index_t K) { return {x.data, {x.extents[0] / K, K}}; }

template<class S, class Where>
void check(shape const& is, Where const& where, index_t sequences) {
  using Acc = accumulator_t<S>;
  auto const [e, K, own] = is;
  auto const [B, T, H, D] = e;
  CAPTURE(T);
  CAPTURE(K);
  CAPTURE(D);
  index_t const features = own ? H * D : D;
  operands<S> o;
  o.add(e), o.add({1, 1, 1, features * K}), o.add({1, 1, 1, features});
  batch_of<double> const exact_dY(B, T, H, D, 5);
  std::vector<S> memory(exact_dY.memory.begin(), exact_dY.memory.end());
  view<S, 4> const dY(memory.data(), {B, T, H, D});
  auto const weight = matrix_of(o.flat(1), K);
  auto const dweight = matrix_of(o.d_flat(1), K);
  auto const at = where.borrowed();
  with(causal_conv1d_gradient<Acc>{o.d(0), dweight, o.d_flat(2)}, cpu{2}) =
      adjoint(causal_conv1d(o[0], weight, o.flat(2), where, silu{}), dY);
  o.check(loss_of(o, dY, K, own, true, true, at, sequences));
  auto const together = o.gradients();
  o.forget();
  with(causal_conv1d_gradient<Acc>{.weight = dweight}) = adjoint(causal_conv1d(o[0], weight, o.flat(2), where, silu{}), dY);
  CHECK(same_bytes(o.gradients()[1], together[1]));
  o.forget();
  with(causal_conv1d_gradient<Acc>{o.d(0), dweight, o.d_flat(2)}) = adjoint(causal_conv1d(o[0], weight, o.flat(2), where), dY);
  o.check(loss_of(o, dY, K, own, true, false, at, sequences));
  o.forget();
  with(causal_conv1d_gradient<Acc>{o.d(0), dweight}) = adjoint(causal_conv1d(o[0], weight, no_bias{}, where, silu{}), dY);
  o.check(loss_of(o, dY, K, own, false, true, at, sequences));
}

}  // namespace

TEST_CASE_TEMPLATE("dX, dweight and dbias, with silu and without", S, double, float, Eigen::bfloat16) {
  for (shape const& is : {shape{{1, 0, 1, 3}, 4, false}, {{1, 1, 1, 1}, 1, false}, {{1, 1, 1, 5}, 4, false}, {{1, 7, 1, 3}, 3, false},
                          {{1, 3, 1, 2}, 6, false}, {{2, 5, 3, 3}, 4, true}, {{2, 4, 2, 5}, 2, false}, {{1, 38, 1, 3}, 4, false},
                          {{1, 3, 1, 17}, 5, false}})
    check<S>(is, whole{}, is.X[0]);
}

TEST_CASE_TEMPLATE("packed sequences do not see each other, and padding gets exactly 0", S, double) {
  check<S>({{1, 14, 2, 3}, 4, true}, packed({0, 5, 5, 6, 14}), 4);
  check<S>({{1, 14, 1, 5}, 3, false}, packed({0, 1, 2, 14}), 3);
  for (auto side : {side::left, side::right}) {
    check<S>({{3, 5, 2, 3}, 4, false}, padded({5, 0, 2}, side), 3);
    index_t const B = 3, T = 5, D = 9;  // and NaN in padding is not read
    batch_of<S> X(B, T, 1, D, 1), dY(B, T, 1, D, 2), dX(B, T, 1, D, 3);
    padded const where({5, 0, 2}, side);
    auto is_padding = [&](index_t b, index_t t) {
      auto [batch, first, count] = where.borrowed()(b, T);
      return t < first || t >= first + count;
    };
    for (index_t b = 0; b < B; ++b)
      for (index_t t = 0; t < T; ++t)
        for (index_t j = 0; j < D && is_padding(b, t); ++j) X.all(b, t, 0, j) = dY.all(b, t, 0, j) = S(not_written);
    vector<S> const weight = random_rows<S>(D * 4, 1, 4), bias = random_rows<S>(D, 1, 5);
    vector<S> dweight(D * 4), dbias(D);
    view<S const, 2> const filter(weight.data(), {D, 4});
    with(causal_conv1d_gradient<S>{dX.all, view<S, 2>(dweight.data(), {D, 4}), view<S, 1>(dbias.data(), {D})}) =
        adjoint(causal_conv1d(X.all, filter, bias, where, silu{}), dY.all);
    CHECK((dweight.allFinite() && dbias.allFinite()));
    for (index_t b = 0; b < B; ++b)
      for (index_t t = 0; t < T; ++t)
        for (index_t j = 0; j < D; ++j) REQUIRE((is_padding(b, t) ? dX.all(b, t, 0, j) == 0 : std::isfinite(dX.all(b, t, 0, j))));
  }
}

TEST_CASE_TEMPLATE("many steps, in pieces: the same bits at any number of threads, in any strides", S, double, float) {
  std::array<index_t, 4> const e{2, 700, 3, 67};
  index_t const H = e[2], D = e[3], K = 4, features = H * D;
  operands<S> o;
  o.add(e), o.add({1, 1, 1, features * K}), o.add({1, 1, 1, features});
  batch_of<S> dY(e[0], e[1], H, D, 5);
  auto const weight = matrix_of(o.flat(1), K), dweight = matrix_of(o.d_flat(1), K);
  auto run = [&](int threads) {
    o.forget();
    with(causal_conv1d_gradient<S>{o.d(0), dweight, o.d_flat(2)}, cpu{threads}) =
        adjoint(causal_conv1d(o[0], weight, o.flat(2), silu{}), dY.all);
    return o.gradients();
  };
  auto const alone = run(1);
  for (int threads : {2, 3}) CHECK(same_bytes(run(threads), alone));

  // as it reads, in double: with d_t = dy_t silu'(..)
  std::vector<double> dX(std::size_t(e[0] * e[1] * features)), dw(std::size_t(features * K)), db(static_cast<std::size_t>(features));
  for (index_t b = 0; b < e[0]; ++b)
    for (index_t h = 0; h < H; ++h)
      for (index_t j = 0; j < D; ++j)
        for (index_t t = 0; t < e[1]; ++t) {
          index_t const f = h * D + j;
          double y = double(o.flat(2)(f));
          for (index_t k = std::max<index_t>(0, K - 1 - t); k < K; ++k) y += double(weight(f, k)) * double(o[0](b, t - K + 1 + k, h, j));
          double const s = 1 / (1 + std::exp(-y)), d = double(dY.all(b, t, h, j)) * (s + y * s * (1 - s));
          db[std::size_t(f)] += d;
          for (index_t k = std::max<index_t>(0, K - 1 - t); k < K; ++k) {
            index_t const i = t - K + 1 + k;
            dw[std::size_t(f * K + k)] += d * double(o[0](b, i, h, j));
            dX[std::size_t(((b * e[1] + i) * H + h) * D + j)] += d * double(weight(f, k));
          }
        }
  auto near = [&](std::size_t i, std::vector<double> const& expected) {
    std::vector<double> const got(alone[i].begin(), alone[i].begin() + std::ssize(expected));
    CHECK(verify::relative_error(got, expected) < (std::same_as<S, double> ? 1e-14 : 1e-6));
  };
  near(0, dX), near(1, dw), near(2, db);

  std::vector<S> x(o.gradients()[0].size()), d(x), w(std::size_t(features * K));
  auto const sx = scattered(x.data(), e), sd = scattered(d.data(), e);
  o[0].copy_to(sx), dY.all.copy_to(sd);
  view<S, 2> const columns(w.data() + features * (K - 1), {features, K}, {1, -features});  // taps in reversed order
  weight.copy_to(columns);
  o.forget();
  std::vector<S> dw_memory(w.size());
  view<S, 2> const dcolumns(dw_memory.data() + features * (K - 1), {features, K}, {1, -features});
  with(causal_conv1d_gradient<S>{o.d_scattered(0), dcolumns, o.d_flat(2)}) = adjoint(causal_conv1d(sx, columns, o.flat(2), silu{}), sd);
  auto expected = alone[0], expected_w = alone[1];
  same_scattered(view<S, 4>(expected.data(), {e[0], e[1], H, D}), o.gradients()[0], o.d_scattered(0));
  CHECK(same_bits(copied(dcolumns, 0, 0, 1), copied(view<S, 2>(expected_w.data(), {features, K}), 0, 0, 1)));
  CHECK(same_bytes(o.gradients()[2], alone[2]));
}

TEST_CASE("what does not fit is refused by name, and nothing is written") {
  operands<float> o;
  o.add({2, 4, 3, 5}), o.add({1, 1, 1, 20}), o.add({1, 1, 1, 5}), o.add({2, 5, 3, 5});
  batch_of<float> dY(2, 4, 3, 5, 5);
  using wrong = std::invalid_argument;
  auto const weight = matrix_of(o.flat(1), 4), dweight = matrix_of(o.d_flat(1), 4), wide = matrix_of(o.d_flat(1), 5);
  auto const node = causal_conv1d(o[0], weight, o.flat(2), silu{});
  CHECK_THROWS_WITH_AS((with(causal_conv1d_gradient<float>{o.d(0), wide}) = adjoint(node, dY.all)),
                       "with(gradient) = adjoint(expression, dY): the gradient of weight has 4 rows, expected 5", wrong);
  CHECK_THROWS_WITH_AS((with(causal_conv1d_gradient<float>{o.d(3)}) = adjoint(node, dY.all)),
                       "with(gradient) = adjoint(expression, dY): the gradient of X has 5 rows, expected 4", wrong);
  CHECK_THROWS_WITH_AS((with(causal_conv1d_gradient<float>{.bias = o.d_flat(2)}) = adjoint(causal_conv1d(o[0], weight, no_bias{}), dY.all)),
                       "with(gradient) = adjoint(expression, dY): there is no operand for the gradient of bias", wrong);
  CHECK_THROWS_AS((with(causal_conv1d_gradient<float>{o.d(0), dweight, o.d_flat(1).middle_rows(2, 5)}) = adjoint(node, dY.all)), wrong);
  CHECK_THROWS_AS((with(causal_conv1d_gradient<float>{dY.all}) = adjoint(node, dY.all)), wrong);
  CHECK_THROWS_AS((with(causal_conv1d_gradient<float>{.weight = weight}) = adjoint(node, dY.all)), wrong);
  CHECK(o.nothing_written());
}

}  // namespace gradient_causal_conv1d
