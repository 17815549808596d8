// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "row_gradients.hpp"

namespace gradient_rotate {

using namespace row_gradients;

namespace {

using extents = std::array<index_t, 4>;

/// Entry j of x turned by angle(plane); features beyond the last plane pass.
template<class U>
U turned(auto const& x, auto const& angle, index_t planes, pairing pairs, index_t j) {
  using std::cos, std::sin;
  if (j >= 2 * planes) return x(j);
  bool const half = pairs == pairing::half_split, imaginary = half ? j >= planes : j % 2 == 1;
  index_t const plane = half ? j % planes : j / 2, partner = half ? (imaginary ? j - planes : j + planes) : j ^ 1;
  U const phi = angle(plane);
  return imaginary ? U(x(partner) * sin(phi) + x(j) * cos(phi)) : U(x(j) * cos(phi) - x(partner) * sin(phi));
}

/// The angles are operand 1.
template<class S>
auto loss_of_angles(operands<S> const& o, view<S, 4> dY, index_t planes, pairing pairs) {
  return [&o, dY, planes, pairs]<class U>(std::span<U const> all) {
    auto const X = o.in(all, 0), phi = o.in(all, 1);
    index_t const H = dY.heads();
    return product_with<U>(dY, [&](index_t b, index_t t, index_t h, index_t j) {
      return turned<U>([&](index_t i) { return X(b, t, h, i, H); }, [&](index_t p) { return phi(b, t, h, p, H); }, planes, pairs, j);
    });
  };
}

}  // namespace

TEST_CASE_TEMPLATE("a table: dX is dY turned back", S, double, float, Eigen::bfloat16) {
  using Acc = accumulator_t<S>;
  for (auto pairs : {pairing::interleaved, pairing::half_split})
    for (auto [e, d] : {std::pair<extents, index_t>{{1, 0, 1, 4}, 4}, {{1, 1, 1, 2}, 2}, {{2, 7, 3, 12}, 12}, {{1, 5, 2, 41}, 22}, {{1, 4, 1, 64}, 64}}) {
      auto [B, T, H, N] = e;
      CAPTURE(N);
      rotary_table<Acc> const R(frequencies(d), T, pairs);
      auto const angle = [d = d](index_t t, index_t j) { return double(t) * std::pow(10000.0, -2 * double(j) / double(d)); };
      operands<S> o;
      o.add(e);
      batch_of<double> const exact_dY(B, T, H, N, 5);
      std::vector<S> memory(exact_dY.memory.begin(), exact_dY.memory.end());
      view<S, 4> const dY(memory.data(), {B, T, H, N});
      with(rows_gradient<Acc>{o.d(0)}, cpu{2}) = adjoint(rotate(o[0], R), dY);
      o.check([&, d = d]<class U>(std::span<U const> all) {
        auto const X = o.in(all, 0);
        return product_with<U>(dY, [&](index_t b, index_t t, index_t h, index_t j) {
          return turned<U>([&](index_t i) { return X(b, t, h, i, dY.heads()); }, [&](index_t p) { return U(angle(t, p)); }, d / 2, pairs, j);
        });
      });
    }
}

TEST_CASE_TEMPLATE("the caller's angles, and X, in any sharing of heads and sequences", S, double, float, Eigen::bfloat16) {
  using Acc = accumulator_t<S>;
  struct shape {
    extents X, phi;
  };
  for (auto pairs : {pairing::interleaved, pairing::half_split})
    for (auto [x, phi] : {shape{{1, 0, 1, 4}, {1, 0, 1, 2}},
                          {{1, 1, 1, 2}, {1, 1, 1, 1}},
                          {{1, 5, 1, 9}, {1, 5, 1, 3}},
                          {{2, 5, 4, 6}, {2, 5, 4, 3}},
                          {{2, 3, 4, 6}, {1, 3, 1, 2}},     // one set of angles for all
                          {{2, 3, 4, 6}, {2, 3, 2, 3}},     // two heads share angles
                          {{1, 3, 1, 6}, {2, 3, 4, 3}},     // heads and sequences share rows
                          {{2, 3, 2, 6}, {1, 3, 6, 3}}}) {  // both
      CAPTURE(x[1]);
      CAPTURE(phi[2]);
      index_t const B = std::max(x[0], phi[0]), H = std::max(x[2], phi[2]);
      operands<S> o;
      o.add(x), o.add(phi, 2);
      batch_of<double> const exact_dY(B, x[1], H, x[3], 5);
      std::vector<S> memory(exact_dY.memory.begin(), exact_dY.memory.end());
      view<S, 4> const dY(memory.data(), {B, x[1], H, x[3]});
      with(rows_gradient<Acc>{o.d(0), o.d(1)}) = adjoint(rotate(o[0], o[1], pairs), dY);
      o.check(loss_of_angles(o, dY, phi[3], pairs));
      auto const together = o.gradients();
      o.forget();
      with(rows_gradient<Acc>{o.d(0)}) = adjoint(rotate(o[0], o[1], pairs), dY);
      CHECK(same_bytes(o.gradients()[0], together[0]));
      o.forget();
      with(rows_gradient<Acc>{view<Acc, 4>(), o.d(1)}) = adjoint(rotate(o[0], o[1], pairs), dY);
      CHECK(same_bytes(o.gradients()[1], together[1]));
    }
}

TEST_CASE("one head of Eigen's matrices, and rows that are turned twice") {
  index_t const T = 6, N = 8;
  matrix<double> const X = random_rows<double>(T, N, 1), phi = random_rows<double>(T, N / 2, 2), dY = random_rows<double>(T, N, 3);
  matrix<double> dX(T, N), dphi(T, N / 2);
  rotary_table<double> const R(frequencies(N), T);
  auto seen = [](matrix<double>& m) { return view<double, 2>(m.data(), {m.rows(), m.cols()}, {1, m.rows()}); };
  with(rows_gradient<double>{seen(dX), seen(dphi)}) = adjoint(rotate(rotate(X, R), phi, pairing::interleaved), dY);
  // <dY, Y> is linear in X, and its slope along phi is that of differences
  matrix<double> const Y = rotate(rotate(X, R), phi, pairing::interleaved);
  CHECK(dX.cwiseProduct(X).sum() == doctest::Approx(dY.cwiseProduct(Y).sum()).epsilon(1e-13));
  matrix<double> const by = random_rows<double>(T, N / 2, 4), up = phi + 1e-5 * by, down = phi - 1e-5 * by;
  matrix<double> const above = rotate(rotate(X, R), up, pairing::interleaved), below = rotate(rotate(X, R), down, pairing::interleaved);
  CHECK(dphi.cwiseProduct(by).sum() == doctest::Approx(dY.cwiseProduct(above - below).sum() / 2e-5).epsilon(1e-8));
}

TEST_CASE_TEMPLATE("any strides and any number of threads: the same bits", S, double, float) {
  extents const e{2, 300, 3, 22}, a{2, 300, 1, 11};
  for (auto pairs : {pairing::interleaved, pairing::half_split}) {
    operands<S> o;
    o.add(e), o.add(a);
    batch_of<S> dY(e[0], e[1], e[2], e[3], 5);
    auto run = [&](int threads) {
      o.forget();
      with(rows_gradient<S>{o.d(0), o.d(1)}, cpu{threads}) = adjoint(rotate(o[0], o[1], pairs), dY.all);
      return o.gradients();
    };
    auto const alone = run(1);
    for (int threads : {2, 3}) CHECK(same_bytes(run(threads), alone));
    std::vector<S> x(o.gradients()[0].size()), phi(o.gradients()[1].size()), d(x);
    auto const scattered_x = scattered(x.data(), e), scattered_phi = scattered(phi.data(), a), scattered_d = scattered(d.data(), e);
    o[0].copy_to(scattered_x), o[1].copy_to(scattered_phi), dY.all.copy_to(scattered_d);
    o.forget();
    with(rows_gradient<S>{o.d_scattered(0), o.d_scattered(1)}) = adjoint(rotate(scattered_x, scattered_phi, pairs), scattered_d);
    for (int i : {0, 1}) {
      auto expected = alone[std::size_t(i)];
      view<S, 4> const contiguous(expected.data(), {o.d(i).extents[0], o.d(i).extents[1], o.d(i).extents[2], o.d(i).extents[3]});
      same_scattered(contiguous, o.gradients()[std::size_t(i)], o.d_scattered(i));
    }
  }
}

TEST_CASE("what does not fit is refused by name, and nothing is written") {
  operands<float> o;
  o.add({2, 4, 3, 6}), o.add({2, 4, 1, 3}), o.add({2, 4, 3, 3});
  batch_of<float> dY(2, 4, 3, 6, 5), fewer(2, 4, 1, 6, 5);
  using wrong = std::invalid_argument;
  auto const node = rotate(o[0], o[1], pairing::interleaved);
  CHECK_THROWS_WITH_AS((with(rows_gradient<float>{o.d(0), o.d(2)}) = adjoint(node, dY.all)),
                       "with(gradient) = adjoint(expression, dY): the gradient of the angles has 3 heads, expected 1", wrong);
  CHECK_THROWS_WITH_AS((with(rows_gradient<float>{o.d(0)}) = adjoint(node, fewer.all)),
                       "adjoint(expression, dY): dY has 1 heads, expected 3", wrong);
  CHECK_THROWS_AS((with(rows_gradient<float>{o.d(0), o.d(0).middle_cols(0, 3)}) = adjoint(node, dY.all)), wrong);
  CHECK_THROWS_AS((with(rows_gradient<float>{o.d(0), o[1]}) = adjoint(node, dY.all)), wrong);
  CHECK_THROWS_AS((with(rows_gradient<float>{dY.all}) = adjoint(node, dY.all)), wrong);
  o.value(1, 5) = std::numeric_limits<float>::infinity();
  CHECK_THROWS_AS((with(rows_gradient<float>{o.d(0)}) = adjoint(node, dY.all)), std::domain_error);
  CHECK(o.nothing_written());
}

}  // namespace gradient_rotate
