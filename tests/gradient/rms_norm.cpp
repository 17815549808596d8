// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "row_gradients.hpp"

namespace gradient_rms_norm {

using namespace row_gradients;

namespace {

/// Operands: X, weight, and Z if it is gated.
template<class S>
auto loss_of(operands<S> const& o, view<S, 4> dY, index_t own, double eps, index_t groups, bool is_gated) {
  return [=, &o]<class U>(std::span<U const> all) {
    using std::exp, std::sqrt;
    auto const X = o.in(all, 0), weight = o.in(all, 1), Z = o.in(all, is_gated ? 2 : 0);
    index_t const H = dY.heads(), D = dY.cols(), n = groups > 0 ? D / groups : D;
    auto x = [&](index_t b, index_t t, index_t h, index_t j) {
      U const value = X(b, t, h, j, H);
      if (!is_gated) return value;
      U const z = Z(b, t, h, j, H);
      return U(value * (z / (U(1) + exp(-z))));
    };
    return product_with<U>(dY, [&](index_t b, index_t t, index_t h, index_t j) {
      U sum = U(0);
      for (index_t i = j / n * n; i < j / n * n + n; ++i) sum += x(b, t, h, i) * x(b, t, h, i);
      return U(x(b, t, h, j) * weight(own * h * D + j) / sqrt(sum / U(double(n)) + U(eps)));
    });
  };
}

}  // namespace

TEST_CASE_TEMPLATE("dX, dweight and dZ, in groups and without a gate", S, double, float, Eigen::bfloat16) {
  using Acc = accumulator_t<S>;
  struct shape {
    std::array<index_t, 4> X;
    index_t groups;
    bool own;
  };
  for (auto [e, groups, own] : {shape{{1, 0, 1, 4}, 1, false}, {{1, 1, 1, 1}, 1, false}, {{1, 3, 1, 5}, 1, false}, {{2, 5, 3, 6}, 2, true},
                                {{2, 3, 3, 9}, 3, false}, {{1, 3, 2, 16}, 1, true}, {{1, 2, 1, 36}, 2, false}}) {
    auto [B, T, H, D] = e;
    CAPTURE(D);
    double const eps = D == 1 ? 0.5 : 1e-5;  // x / |x| has no slope, and all that eps leaves of it would be rounding
    operands<S> o;
    o.add(e), o.add({1, 1, 1, own ? H * D : D}), o.add(e, 2);
    batch_of<double> const exact_dY(B, T, H, D, 5);
    std::vector<S> memory(exact_dY.memory.begin(), exact_dY.memory.end());
    view<S, 4> const dY(memory.data(), {B, T, H, D});
    with(rms_norm_gradient<Acc>{o.d(0), o.d_flat(1)}, cpu{2}) = adjoint(rms_norm(o[0], o.flat(1), eps, grouped(groups)), dY);
    o.check(loss_of(o, dY, own, eps, groups, false));
    o.forget();
    auto const node = rms_norm(o[0], o.flat(1), 0.5, grouped(groups), gated(o[2]));
    with(rms_norm_gradient<Acc>{o.d(0), o.d_flat(1), o.d(2)}, cpu{2}) = adjoint(node, dY);
    o.check(loss_of(o, dY, own, 0.5, groups, true));
    auto const all = o.gradients();
    for (int i : {0, 1, 2}) {  // one of them
      o.forget();
      rms_norm_gradient<Acc> one;
      if (i == 0) one.X = o.d(0);
      else if (i == 1) one.weight = o.d_flat(1);
      else one.Z = o.d(2);
      with(one) = adjoint(node, dY);
      for (std::size_t k : {0u, 1u, 2u}) {
        auto const& g = o.gradients()[k];
        if (int(k) == i) CHECK(same_bytes(g, all[k]));
        else CHECK(std::all_of(g.begin(), g.end(), [](Acc x) { return x != x; }));
      }
    }
  }
}

TEST_CASE_TEMPLATE("many rows, in pieces: the same bits at any number of threads, in any strides", S, double, float) {
  std::array<index_t, 4> const e{2, 500, 3, 70};
  index_t const H = e[2], D = e[3];
  operands<S> o;
  o.add(e), o.add({1, 1, 1, H * D}), o.add(e, 2);
  batch_of<S> dY(e[0], e[1], H, D, 5);
  auto run = [&](int threads) {
    o.forget();
    with(rms_norm_gradient<S>{o.d(0), o.d_flat(1), o.d(2)}, cpu{threads}) =
        adjoint(rms_norm(o[0], o.flat(1), 1e-5, gated(o[2])), dY.all);
    return o.gradients();
  };
  auto const alone = run(1);
  for (int threads : {2, 3}) CHECK(same_bytes(run(threads), alone));

  std::vector<double> dweight, got(alone[1].begin(), alone[1].begin() + H * D);  // as it reads, in double
  for (index_t h = 0; h < H; ++h) {
    vector<double> sum = vector<double>::Zero(D);
    for (index_t b = 0; b < e[0]; ++b)
      for (index_t t = 0; t < e[1]; ++t) {
        vector<double> x(D), d(D);
        for (index_t j = 0; j < D; ++j) {
          double const z = o[2](b, t, h, j);
          x(j) = double(o[0](b, t, h, j)) * z / (1 + std::exp(-z)), d(j) = dY.all(b, t, h, j);
        }
        sum += x.cwiseProduct(d) / std::sqrt(x.squaredNorm() / double(D) + 1e-5);
      }
    dweight.insert(dweight.end(), sum.begin(), sum.end());
  }
  CHECK(verify::relative_error(got, dweight) < (std::same_as<S, double> ? 1e-14 : 1e-6));

  std::vector<S> x(o.gradients()[0].size()), z(x), d(x);
  auto const sx = scattered(x.data(), e), sz = scattered(z.data(), e), sd = scattered(d.data(), e);
  o[0].copy_to(sx), o[2].copy_to(sz), dY.all.copy_to(sd);
  vector<S> weight(2 * H * D), dweight_apart = vector<S>::Constant(2 * H * D, S(7));
  for (index_t j = 0; j < H * D; ++j) weight(2 * (H * D - 1 - j)) = o.flat(1)(j);
  view<S, 1> const reversed(&weight(2 * (H * D - 1)), {H * D}, {-2}), to(&dweight_apart(2 * (H * D - 1)), {H * D}, {-2});
  o.forget();
  with(rms_norm_gradient<S>{o.d_scattered(0), to, o.d_scattered(2)}) = adjoint(rms_norm(sx, reversed, 1e-5, gated(sz)), sd);
  for (int i : {0, 2}) {
    auto expected = alone[std::size_t(i)];
    same_scattered(view<S, 4>(expected.data(), {e[0], e[1], H, D}), o.gradients()[std::size_t(i)], o.d_scattered(i));
  }
  for (index_t j = 0; j < H * D; ++j) REQUIRE((to(j) == alone[1][std::size_t(j)] && dweight_apart(2 * j + 1) == 7));
}

TEST_CASE("rows made from rows are an operand like any other") {
  index_t const T = 5, D = 8;
  matrix<double> const X = random_rows<double>(T, D, 1), dY = random_rows<double>(T, D, 2);
  vector<double> const weight = random_rows<double>(D, 1, 3);
  rotary_table<double> const R(frequencies(D), T);
  matrix<double> const turned = rotate(X, R);
  row_major<double> one(T, D), other(T, D);
  view<double, 2> const a(one.data(), {T, D}), b(other.data(), {T, D});
  with(rms_norm_gradient<double>{.X = a}) = adjoint(rms_norm(rotate(X, R), weight, 1e-5), dY);
  with(rms_norm_gradient<double>{.X = b}) = adjoint(rms_norm(turned, weight, 1e-5), dY);
  CHECK(same_bits(one, other));
  // and the other way round: what rms_norm gave is turned back
  with(rows_gradient<double>{a}) = adjoint(rotate(rms_norm(X, weight, 1e-5), R), dY);
  with(rows_gradient<double>{b}) = adjoint(rotate(X, R), dY);
  CHECK(same_bits(one, other));
}

TEST_CASE("rows of zeros, and no features") {
  row_major<double> const X = row_major<double>::Zero(3, 4), dY = random_rows<double>(3, 4, 1);
  vector<double> const weight = vector<double>::LinSpaced(4, 1, 4), none(0);
  row_major<double> dX(3, 4), nothing(3, 0);
  vector<double> dweight(4);
  with(rms_norm_gradient<double>{view<double, 2>(dX.data(), {3, 4}), view<double, 1>(dweight.data(), {4})}) =
      adjoint(rms_norm(X, weight, 0.25), dY);
  CHECK(dweight.isZero(0));
  for (index_t j = 0; j < 4; ++j) CHECK(dX(1, j) == doctest::Approx(2 * weight(j) * dY(1, j)));
  with(rms_norm_gradient<double>{}) = adjoint(rms_norm(nothing, none, 1e-5), nothing);
}

TEST_CASE("what does not fit is refused by name, and nothing is written") {
  operands<float> o;
  o.add({2, 4, 3, 6}), o.add({1, 1, 1, 6}), o.add({2, 4, 3, 6}), o.add({1, 1, 1, 18});
  batch_of<float> dY(2, 4, 3, 6, 5);
  using wrong = std::invalid_argument;
  auto const node = rms_norm(o[0], o.flat(1), 1e-5, gated(o[2]));
  CHECK_THROWS_WITH_AS((with(rms_norm_gradient<float>{o.d(0), o.d_flat(3)}) = adjoint(node, dY.all)),
                       "with(gradient) = adjoint(expression, dY): the gradient of weight has 18 entries, expected 6", wrong);
  CHECK_THROWS_AS((with(rms_norm_gradient<float>{o.d(0), o.d_flat(1), o.d(0)}) = adjoint(node, dY.all)), wrong);
  CHECK_THROWS_AS((with(rms_norm_gradient<float>{o.d(0), o.flat(1)}) = adjoint(node, dY.all)), wrong);
  CHECK_THROWS_AS((with(rms_norm_gradient<float>{o.d(0), o.d_flat(1), o[2]}) = adjoint(node, dY.all)), wrong);
  CHECK_THROWS_WITH_AS((with(rms_norm_gradient<float>{.Z = o.d(2)}) = adjoint(rms_norm(o[0], o.flat(1), 1e-5), dY.all)),
                       "with(gradient) = adjoint(expression, dY): there is no operand for the gradient of Z", wrong);
  CHECK(o.nothing_written());
}

}  // namespace gradient_rms_norm
