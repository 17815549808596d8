// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <algorithm>
#include <limits>
#include <transxssm/cpu/ssd_adjoint.hpp>
#include <transxssm/evaluate/adjoint.hpp>
#include <transxssm/transxssm.hpp>
#include <transxssm/verify/gradient.hpp>
#include <transxssm/verify/inputs.hpp>

// The adjoint of Y = (L o R C (R B)^T) (dt X) + D (dt X), from a state on, against dual numbers run through the definition.
namespace gradient_of_semiseparable {
using namespace transxssm;
using verify::dual;

/// Which operands there are, and how they are shared.
struct shape {
  index_t batch = 1, T = 7, H = 1, G = 1, N = 4, P = 3;
  bool shared_decay = false, shared_angles = true;  // by all heads
  pairing pairs = pairing::half_split;
  std::vector<index_t> offsets = {}, lengths = {};  // packed, or padded
  std::vector<double> log_a = {};                   // those that are given, repeated
  index_t sequences() const { return offsets.empty() ? batch : index_t(offsets.size()) - 1; }
};

/// Operands, or their gradients, one after the other in a row of numbers.
template<class T>
struct operands {
  using S = std::remove_const_t<T>;
  view<T, 3> log_a, dt;
  view<T, 4> C, B, X, phi, state;
  view<T, 1> D;
  index_t size = 0;

  operands(shape const& s, T* x) {
    auto next = [&](auto& v, auto const&... extents) {
      v = bare<decltype(v)>(x + size, {extents...});
      size += (extents * ...);
    };
    next(log_a, s.batch, s.T, s.shared_decay ? 1 : s.H), next(dt, s.batch, s.T, s.H);
    next(C, s.batch, s.T, s.G, s.N), next(B, s.batch, s.T, s.G, s.N), next(X, s.batch, s.T, s.H, s.P);
    next(phi, s.batch, s.T, s.shared_angles ? 1 : s.G, s.N / 2), next(state, s.sequences(), s.N, s.H, s.P);
    next(D, s.H);
  }
  static index_t size_of(shape const& s) { return operands(s, nullptr).size; }

  /// f(M.from(state) * X)
  void product(shape const& s, ssm_state<S>& from, auto const& f) const {
    auto one = [&](auto const&... where) {
      f(semiseparable(log_a, rotate(C, phi, s.pairs), rotate(B, phi, s.pairs), skip(D), where...).from(from) *
        scale_rows(X, dt));
    };
    if (!s.offsets.empty()) one(packed_view(s.offsets.data(), s.sequences()));
    else if (!s.lengths.empty()) one(padded_view(s.lengths.data(), s.batch, side::left));
    else one();
  }
};

/// A number made of all results: its gradients with respect to Y and the last state are the cosines and sines below.
double weight_of_output(index_t i) { return std::cos(1.0 + double(i)); }
double weight_of_state(index_t i) { return std::sin(1.0 + double(i)); }

template<class S, class Form>
S loss(shape const& s, std::span<S const> x, Form form) {
  operands<S const> const o(s, x.data());
  ssm_state<S> state(s.N, s.P, s.H, s.sequences());
  o.state.copy_to(state.h());
  std::vector<S> Y(std::size_t(s.batch * s.T * s.H * s.P));
  o.product(s, state, [&](auto const& product) {
    with(view<S, 4>(Y.data(), {s.batch, s.T, s.H, s.P}), form) = product;
  });
  S sum = S(0);
  for (std::size_t i = 0; i < Y.size(); ++i) sum += S(weight_of_output(index_t(i))) * Y[i];
  index_t i = 0;
  for (index_t b = 0; b < s.sequences(); ++b)
    for (index_t n = 0; n < s.N; ++n)
      for (index_t h = 0; h < s.H; ++h)
        for (index_t p = 0; p < s.P; ++p) sum += S(weight_of_state(i++)) * state.h()(b, n, h, p);
  return sum;
}

std::vector<double> some_operands(shape const& s, std::uint64_t seed) {
  std::vector<double> x(std::size_t(operands<double>::size_of(s)));
  verify::random_numbers random(seed);
  for (double& v : x) v = random.normal();
  for (index_t i = 0; i < s.batch * s.T * (s.shared_decay ? 1 : s.H); ++i) {
    auto& a = x[std::size_t(i)];
    a = s.log_a.empty() ? -std::abs(a) : s.log_a[std::size_t(i) % s.log_a.size()];
  }
  return x;
}

/// The adjoint, in some form, in scalar S.
template<class S, class... How>
std::vector<double> adjoint_of_loss(shape const& s, std::vector<double> const& at, How... how) {
  std::vector<S> const x(at.begin(), at.end());
  std::vector<S> d(x.size(), S(77)), dY, dh;
  for (index_t i = 0; i < s.batch * s.T * s.H * s.P; ++i) dY.push_back(S(weight_of_output(i)));
  for (index_t i = 0; i < s.sequences() * s.N * s.H * s.P; ++i) dh.push_back(S(weight_of_state(i)));
  operands<S const> const o(s, x.data());
  operands<S> const to(s, d.data());
  ssm_state<S> state(s.N, s.P, s.H, s.sequences());
  o.state.copy_to(state.h());
  std::vector<S> second(std::size_t(to.phi.batch() * to.phi.rows() * to.phi.heads() * to.phi.cols()));
  view<S, 4> const phi_of_B(second.data(), to.phi.extents);
  semiseparable_gradient<S> const gradient{
      .log_a = to.log_a, .C = {to.C, to.phi}, .B = {to.B, phi_of_B}, .X = {to.X, to.dt}, .D = to.D, .state = to.state};
  o.product(s, state, [&](auto const& product) {
    with(gradient, how...) = adjoint(product, view<S const, 4>(dY.data(), {s.batch, s.T, s.H, s.P}),
                                     view<S const, 4>(dh.data(), {s.sequences(), s.N, s.H, s.P}));
  });
  for (std::size_t i = 0; i < second.size(); ++i) to.phi.data[i] += second[i];
  return {d.begin(), d.end()};
}

/// The largest error of any operand's gradient, relative to its size.
double worst(shape const& s, std::vector<double> const& got, std::vector<double> const& exact) {
  operands<double const> const g(s, got.data()), e(s, exact.data());
  double most = 0;
  auto compare = [&](auto const& a, auto const& b) {
    index_t n = 1;
    for (index_t extent : a.extents) n *= extent;
    double const error = verify::relative_error({a.data, std::size_t(n)}, {b.data, std::size_t(n)});
    most = error <= most ? most : error;
  };
  compare(g.log_a, e.log_a), compare(g.dt, e.dt), compare(g.C, e.C), compare(g.B, e.B), compare(g.X, e.X);
  compare(g.phi, e.phi), compare(g.state, e.state), compare(g.D, e.D);
  return most;
}

void expect_exact(shape const& s, std::uint64_t seed = 1) {
  INFO("batch " << s.batch << ", T " << s.T << ", H " << s.H << ", G " << s.G << ", N " << s.N << ", P " << s.P);
  auto const x = some_operands(s, seed);
  auto const exact = verify::gradient([&](std::span<dual const> at) { return loss<dual>(s, at, quadratic{}); }, x);
  auto const tiles = adjoint_of_loss<double>(s, x);
  CHECK(worst(s, tiles, exact) <= 1e-12);
  CHECK(worst(s, adjoint_of_loss<double>(s, x, quadratic{}), exact) <= 1e-12);
  CHECK(worst(s, adjoint_of_loss<double>(s, x, chunked{3}), exact) <= 1e-12);
  CHECK(worst(s, adjoint_of_loss<double>(s, x, recurrent{}), exact) <= 1e-12);
  CHECK(adjoint_of_loss<double>(s, x, cpu{3}) == tiles);
  CHECK(worst(s, adjoint_of_loss<float>(s, x), exact) <= 5e-6);
}

TEST_CASE("gradients of every operand, in every form") {
  expect_exact({});
  expect_exact({.T = 1});
  expect_exact({.T = 0});
  expect_exact({.T = 70, .N = 4, .P = 8});
  expect_exact({.T = 33, .N = 16, .P = 16});
  expect_exact({.batch = 2, .T = 5, .H = 4, .G = 2, .N = 6, .P = 5});
  expect_exact({.batch = 2, .T = 4, .H = 3, .G = 3, .shared_decay = true, .shared_angles = false});
  expect_exact({.T = 9, .H = 2, .N = 2, .P = 1, .pairs = pairing::interleaved});
  expect_exact({.batch = 3, .T = 6, .H = 2, .lengths = {6, 0, 4}});
  expect_exact({.T = 12, .H = 2, .offsets = {0, 5, 5, 6, 12}});
}

TEST_CASE("gradients across blocks of 128 steps") {
  expect_exact({.T = 128, .N = 2, .P = 2});
  expect_exact({.T = 129, .N = 2, .P = 2});
  expect_exact({.T = 131, .N = 2, .P = 2, .log_a = {-0.01}});
  expect_exact({.T = 260, .N = 2, .P = 1, .log_a = {-0.3, -1e-3, 0, -2}});
}

TEST_CASE("a decay of nothing, strong ones, and resets") {
  double const reset = -std::numeric_limits<double>::infinity();
  expect_exact({.T = 20, .log_a = {0}});
  expect_exact({.T = 20, .log_a = {-30}});
  expect_exact({.T = 20, .log_a = {-30, -0.1, 0, -12}});
  expect_exact({.T = 140, .N = 2, .P = 1, .log_a = {-0.1, -0.2, reset, -0.5, 0}});

  shape const s{.T = 9, .log_a = {-0.1, reset, -0.5}};
  auto const d = adjoint_of_loss<double>(s, some_operands(s, 3));
  for (index_t t = 1; t < s.T; t += 3) CHECK(operands<double const>(s, d.data()).log_a(0, t, 0) == 0);
}

TEST_CASE("what is forgotten has no part in a gradient, were it a NaN") {
  shape const s{.T = 9, .log_a = {-0.1, -0.2, -0.1, -0.3, -std::numeric_limits<double>::infinity(), -1, -1, -1, -1}};
  auto x = some_operands(s, 4);
  auto const clean = adjoint_of_loss<double>(s, x);
  operands<double> const o(s, x.data());
  o.X(0, 2, 0, 1) = o.state(0, 1, 0, 1) = std::numeric_limits<double>::quiet_NaN();
  auto const d = adjoint_of_loss<double>(s, x);
  operands<double const> const got(s, d.data()), expected(s, clean.data());
  for (index_t t = 4; t < s.T; ++t) {
    CHECK(got.log_a(0, t, 0) == expected.log_a(0, t, 0));
    for (index_t n = 0; n < s.N; ++n) CHECK(got.C(0, t, 0, n) == expected.C(0, t, 0, n));
    for (index_t n = 0; n < s.N; ++n) CHECK(got.B(0, t, 0, n) == expected.B(0, t, 0, n));
  }
}

TEST_CASE("the decay's gradient over 8192 steps in float") {
  for (double decay : {-1e-3, -0.1, -10.}) {
    CAPTURE(decay);
    shape const s{.T = 8192, .N = 8, .P = 8, .log_a = {decay, 0.5 * decay, 2 * decay}};
    auto const x = some_operands(s, 6), got = adjoint_of_loss<float>(s, x), exact = adjoint_of_loss<double>(s, x);
    CHECK(verify::relative_error({got.data(), 8192}, {exact.data(), 8192}) <= 5e-6);  // log_a's come first
  }
}

TEST_CASE("what does not fit is refused") {
  shape const s{.T = 4};
  std::vector<double> x = some_operands(s, 7), d(x.size(), 77), dh(std::size_t(s.N * s.P + s.N));
  operands<double const> const o(s, x.data());
  operands<double> const to(s, d.data());
  std::vector<double> const dY(std::size_t(s.T * s.P), 1);
  ssm_state<double> state(s.N, s.P);
  auto refused = [&](semiseparable_gradient<double> const& gradient, auto const& message) {
    o.product(s, state, [&](auto const& product) {
      CHECK_THROWS_WITH_AS(with(gradient) = adjoint(product, view<double const, 4>(dY.data(), {1, s.T, 1, s.P}),
                                                    view<double const, 4>(dh.data(), {1, s.N + 1, 1, s.P})),
                           message, std::invalid_argument);
    });
  };
  refused({.C = {to.C}}, "adjoint(expression, dY): dh has 5 rows, expected 4");
  refused({.C = {to.X}}, "with(gradient) = adjoint(expression, dY): the gradient of C has 3 columns, expected 4");
  refused({.C = {to.C}, .B = {to.C}},
          "with(gradient) = adjoint(expression, dY): the gradient of B overlaps another array");
  CHECK(std::ranges::count(d, 77) == std::ssize(d));
}

TEST_CASE("central differences see the same slopes") {
  shape const s{.batch = 2, .T = 4, .H = 2};
  auto const x = some_operands(s, 5);
  auto const by_differences =
      verify::gradient_by_differences([&](std::span<double const> at) { return loss<double>(s, at, recurrent{}); }, x);
  CHECK(worst(s, adjoint_of_loss<double>(s, x), by_differences) <= 1e-6);
}

}  // namespace gradient_of_semiseparable
