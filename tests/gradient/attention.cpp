// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <limits>
#include <transxssm/evaluate/adjoint.hpp>
#include <transxssm/math/frequencies/yarn.hpp>
#include <transxssm/transxssm.hpp>
#include <transxssm/verify/gradient.hpp>
#include <transxssm/verify/inputs.hpp>

// The adjoint of Z = softmax(mask + scale R Q (R' K)^T) (f V) against dual numbers run through the definition.
namespace gradient_of_attention {
using namespace transxssm;
using verify::dual;

/// Which operands there are, and how they are shared.
struct shape {
  index_t batch = 1, T = 7, past = 0, H = 1, G = 1, G_V = G, N = 4, P = 3;  // T + past keys
  index_t batch_K = batch;
  index_t window = 0;  // 0: none
  bool shared_angles = true;
  pairing pairs = pairing::half_split;
  std::vector<index_t> offsets = {}, lengths = {};  // packed, or padded
  index_t S() const { return T + past; }
};

/// Operands, or their gradients, one after the other in a row of numbers.
template<class T>
struct operands {
  using Scalar = std::remove_const_t<T>;
  view<T, 4> Q, K, V, phi_Q, phi_K;
  view<T, 3> factor;
  index_t size = 0;

  operands(shape const& s, T* x) {
    auto next = [&](auto& v, auto const&... extents) {
      v = bare<decltype(v)>(x + size, {extents...});
      size += (extents * ...);
    };
    next(Q, s.batch, s.T, s.H, s.N), next(K, s.batch_K, s.S(), s.G, s.N), next(V, s.batch, s.S(), s.G_V, s.P);
    next(phi_Q, s.batch, s.T, s.shared_angles ? 1 : s.H, s.N / 2);
    next(phi_K, s.batch_K, s.S(), s.shared_angles ? 1 : s.G, s.N / 2), next(factor, s.batch, s.S(), s.G_V);
  }
  static index_t size_of(shape const& s) { return operands(s, nullptr).size; }

  /// f(A * V)
  void product(shape const& s, auto const& f) const {
    auto one = [&](auto const&... options) {
      f(attention(rotate(Q, phi_Q, s.pairs), rotate(K, phi_K, s.pairs), options...) * scale_rows(V, factor));
    };
    if (!s.offsets.empty()) one(sliding_window(s.window), packed_view(s.offsets.data(), std::ssize(s.offsets) - 1));
    else if (!s.lengths.empty()) one(padded_view(s.lengths.data(), s.batch, side::left));
    else if (s.window > 0) one(sliding_window(s.window), scale(0.7));
    else one();
  }
};

/// A number made of all results, whose gradient with respect to Z are these cosines.
double weight_of(index_t i) { return std::cos(1.0 + double(i)); }

template<class S, class Form>
S loss(shape const& s, std::span<S const> x, Form form) {
  operands<S const> const o(s, x.data());
  std::vector<S> Z(std::size_t(s.batch * s.T * s.H * s.P));
  o.product(s, [&](auto const& product) { with(view<S, 4>(Z.data(), {s.batch, s.T, s.H, s.P}), form) = product; });
  S sum = S(0);
  for (std::size_t i = 0; i < Z.size(); ++i) sum += S(weight_of(index_t(i))) * Z[i];
  return sum;
}

std::vector<double> some_operands(shape const& s, std::uint64_t seed = 1) {
  std::vector<double> x(std::size_t(operands<double>::size_of(s)));
  verify::random_numbers random(seed);
  for (double& v : x) v = random.normal();
  return x;
}

/// The adjoint, in some form, in scalar S.
template<class S, class... How>
std::vector<double> adjoint_of_loss(shape const& s, std::vector<double> const& at, How... how) {
  std::vector<S> const x(at.begin(), at.end());
  std::vector<S> d(x.size(), S(77)), dZ;
  for (index_t i = 0; i < s.batch * s.T * s.H * s.P; ++i) dZ.push_back(S(weight_of(i)));
  operands<S const> const o(s, x.data());
  operands<S> const to(s, d.data());
  attention_gradient<S> const gradient{{to.Q, to.phi_Q}, {to.K, to.phi_K}, {to.V, to.factor}};
  o.product(s, [&](auto const& product) {
    with(gradient, how...) = adjoint(product, view<S const, 4>(dZ.data(), {s.batch, s.T, s.H, s.P}));
  });
  return {d.begin(), d.end()};
}

/// f(gradient, the exact one), of each operand.
void for_each_operand(shape const& s, std::vector<double> const& got, std::vector<double> const& exact, auto const& f) {
  operands<double const> const g(s, got.data()), e(s, exact.data());
  f(g.Q, e.Q), f(g.K, e.K), f(g.V, e.V), f(g.phi_Q, e.phi_Q), f(g.phi_K, e.phi_K), f(g.factor, e.factor);
}

/// The largest error of any operand's gradient, relative to its size.
double worst(shape const& s, std::vector<double> const& got, std::vector<double> const& exact) {
  double most = 0;
  for_each_operand(s, got, exact, [&](auto const& a, auto const& b) {
    index_t n = 1;
    for (index_t extent : a.extents) n *= extent;
    double const error = verify::relative_error({a.data, std::size_t(n)}, {b.data, std::size_t(n)});
    most = error <= most ? most : error;
  });
  return most;
}

void expect_exact(shape const& s) {
  INFO("batch " << s.batch << ", T " << s.T << ", past " << s.past << ", H " << s.H << ", G " << s.G << ", N " << s.N
                << ", P " << s.P << ", window " << s.window);
  auto const x = some_operands(s);
  auto const exact = verify::gradient([&](std::span<dual const> at) { return loss<dual>(s, at, quadratic{}); }, x);
  auto const whole = adjoint_of_loss<double>(s, x);
  CHECK(worst(s, whole, exact) <= 1e-12);
  CHECK(worst(s, adjoint_of_loss<double>(s, x, quadratic{}), exact) <= 1e-12);
  for (index_t block : {1, 2, 9, 16}) CHECK(worst(s, adjoint_of_loss<double>(s, x, online{block}), exact) <= 1e-12);
  CHECK(worst(s, adjoint_of_loss<float>(s, x), exact) <= 5e-6);
  CHECK(worst(s, adjoint_of_loss<float>(s, x, online{5}), exact) <= 5e-6);
}

TEST_CASE("gradients of attention's operands, in every form") {
  expect_exact({});
  expect_exact({.T = 1, .P = 1});
  expect_exact({.T = 0, .past = 3});
  expect_exact({.T = 0});
  expect_exact({.T = 5, .N = 2, .P = 0});
  expect_exact({.T = 21, .N = 2, .P = 2, .pairs = pairing::interleaved});
  expect_exact({.T = 5, .N = 19, .P = 17});
  expect_exact({.T = 1, .past = 6});
  expect_exact({.T = 4, .past = 11});
  expect_exact({.T = 7, .window = 1});
  expect_exact({.T = 19, .N = 2, .P = 2, .window = 4});
  expect_exact({.T = 9, .past = 8, .N = 2, .P = 2, .window = 5});
}

TEST_CASE("gradients of attention's batches, groups and sequences") {
  expect_exact({.batch = 2, .T = 5, .H = 2, .G = 2, .shared_angles = false});
  expect_exact({.batch = 2, .T = 6, .past = 2, .H = 4, .G = 2, .P = 5});
  expect_exact({.T = 6, .H = 3, .G = 1, .shared_angles = false, .pairs = pairing::interleaved});
  expect_exact({.T = 5, .H = 6, .G = 2, .G_V = 3});
  expect_exact({.T = 5, .H = 4, .G = 1, .G_V = 4, .window = 2});
  expect_exact({.batch = 3, .T = 4, .H = 2, .batch_K = 1});
  expect_exact({.batch = 3, .T = 6, .H = 2, .lengths = {6, 0, 4}});
  expect_exact({.T = 12, .H = 2, .window = 20, .offsets = {0, 5, 5, 6, 12}});
  expect_exact({.T = 12, .H = 2, .window = 3, .offsets = {0, 8, 12}});
}

TEST_CASE("across strips and blocks, forms agree, and threads change no bit") {
  for (shape const& s : {shape{.T = 200, .past = 70, .N = 6, .P = 5}, shape{.T = 300, .H = 4, .G = 2, .N = 6, .P = 5},
                         shape{.batch = 5, .T = 140, .past = 3, .H = 4, .G = 2, .N = 6, .P = 5, .window = 150},
                         shape{.T = 300, .H = 2, .N = 6, .P = 5, .window = 17}}) {
    auto const x = some_operands(s);
    auto const exact = adjoint_of_loss<double>(s, x, quadratic{});
    for (index_t block : {7, 50, 128, 400}) {
      CHECK(worst(s, adjoint_of_loss<double>(s, x, online{block}), exact) <= 1e-12);
      CHECK(worst(s, adjoint_of_loss<float>(s, x, online{block}), exact) <= 5e-6);
      auto const one = adjoint_of_loss<float>(s, x, online{block}, cpu{1});
      for (int threads : {2, 3}) CHECK(adjoint_of_loss<float>(s, x, online{block}, cpu{threads}) == one);
    }
    CHECK(adjoint_of_loss<double>(s, x, quadratic{}, cpu{3}) == exact);
    CHECK(adjoint_of_loss<double>(s, x) == adjoint_of_loss<double>(s, x, online{128}));
  }
}

TEST_CASE("central differences see the same slopes of attention") {
  shape const s{.batch = 2, .T = 4, .past = 2, .H = 2};
  auto const x = some_operands(s);
  auto const by_differences =
      verify::gradient_by_differences([&](std::span<double const> at) { return loss<double>(s, at, online{}); }, x);
  CHECK(worst(s, adjoint_of_loss<double>(s, x), by_differences) <= 1e-6);
}

TEST_CASE("padding has a gradient of 0, whatever it holds") {
  shape const s{.batch = 2, .T = 6, .H = 2, .lengths = {6, 4}};
  auto const x = some_operands(s);
  auto const padding = [&](std::vector<double>& all, auto const& f) {
    operands<double> const o(s, all.data());
    for (index_t t = 0; t < 2; ++t) {
      for (auto const& rows : {o.Q, o.K, o.V})
        for (index_t h = 0; h < rows.heads(); ++h)
          for (index_t n = 0; n < rows.cols(); ++n) f(rows(1, t, h, n));
      f(o.factor(1, t, 0));
    }
  };
  auto spoilt = x;
  padding(spoilt, [](double& v) { v = std::numeric_limits<double>::quiet_NaN(); });
  auto check = [&](auto form) {
    auto d = adjoint_of_loss<double>(s, spoilt, form);
    CHECK(d == adjoint_of_loss<double>(s, x, form));
    padding(d, [](double& v) { CHECK(v == 0); });
  };
  check(quadratic{}), check(online{}), check(online{3});
}

TEST_CASE("what is not seen has no part in a gradient of attention, were it a NaN") {
  for (index_t window : {0, 40}) {
    shape const s{.T = 150, .N = 2, .P = 2, .window = window};
    auto const x = some_operands(s);
    index_t const at = 83, nowhere = 1000;
    auto run = [&](auto const& spoil, auto form) {
      auto y = x;
      spoil(operands<double>(s, y.data()));
      return adjoint_of_loss<double>(s, y, form);
    };
    auto check = [&](auto form) {
      double const nan = std::numeric_limits<double>::quiet_NaN();
      auto const clean = run([](auto const&) {}, form);
      auto const key = run([&](auto const& o) { o.K(0, at, 0, 1) = nan; }, form),
                 value = run([&](auto const& o) { o.V(0, at, 0, 1) = nan; }, form),
                 query = run([&](auto const& o) { o.Q(0, at, 0, 1) = nan; }, form);
      operands<double const> const c(s, clean.data()), k(s, key.data()), v(s, value.data()), q(s, query.data());
      index_t const last = at + (window > 0 ? window : nowhere), first = at - (window > 0 ? window : nowhere);
      for (index_t t = 0; t < s.T; ++t) {
        if (t < at || t >= last) {  // queries that do not see the key
          CHECK(k.Q(0, t, 0, 0) == c.Q(0, t, 0, 0));
          CHECK(v.Q(0, t, 0, 0) == c.Q(0, t, 0, 0));
        }
        if (t > at || t <= first) {  // keys that the query does not see
          CHECK(q.K(0, t, 0, 0) == c.K(0, t, 0, 0));
          CHECK(q.V(0, t, 0, 0) == c.V(0, t, 0, 0));
        }
      }
    };
    check(quadratic{}), check(online{}), check(online{16});
  }
}

TEST_CASE("rows lie as they like, and only what is wanted is written") {
  index_t const B = 2, T = 9, H = 4, G = 2, N = 6, P = 5;
  verify::random_numbers random(3);
  auto numbers = [&](index_t n) {
    std::vector<double> x(static_cast<std::size_t>(n));
    for (double& v : x) v = random.normal();
    return x;
  };
  auto const q = numbers(B * T * H * N), k = numbers(B * T * G * N), v = numbers(B * T * G * P),
             z = numbers(B * T * H * P);
  auto plain = [&](auto& x, index_t heads, index_t features) {
    return view<std::remove_reference_t<decltype(*x.data())>, 4>(x.data(), {B, T, heads, features});
  };
  auto const A = attention(plain(q, H, N), plain(k, G, N), scale(0.3));
  std::vector<double> dq(q.size()), dk(k.size()), dv(v.size());
  with(attention_gradient<double>{plain(dq, H, N), plain(dk, G, N), plain(dv, G, P)}) =
      adjoint(A * plain(v, G, P), plain(z, H, P));

  // (batch, head, feature, time) in memory
  auto across = [&](auto& x, index_t heads, index_t features) {
    return view<std::remove_reference_t<decltype(*x.data())>, 4>(x.data(), {B, T, heads, features},
                                                                 {T * heads * features, 1, T * features, T});
  };
  auto moved = [&](std::vector<double> const& x, index_t heads, index_t features) {
    std::vector<double> y(x.size());
    plain(x, heads, features).copy_to(across(y, heads, features));
    return y;
  };
  auto const q2 = moved(q, H, N), k2 = moved(k, G, N), v2 = moved(v, G, P), z2 = moved(z, H, P);
  auto const product = attention(across(q2, H, N), across(k2, G, N), scale(0.3)) * across(v2, G, P);
  std::vector<double> dq2(q.size()), dk2(k.size()), dv2(v.size());
  with(attention_gradient<double>{across(dq2, H, N), across(dk2, G, N), across(dv2, G, P)}) =
      adjoint(product, across(z2, H, P));
  CHECK(dq2 == moved(dq, H, N));
  CHECK(dk2 == moved(dk, G, N));
  CHECK(dv2 == moved(dv, G, P));

  for (int wanted = 0; wanted < 3; ++wanted) {
    std::vector<double> d(q.size(), 5);
    attention_gradient<double> one;
    if (wanted == 0) one.Q = {across(d, H, N)};
    if (wanted == 1) one.K = {across(d, G, N)};
    if (wanted == 2) one.V = {across(d, G, P)};
    with(one, online{4}) = adjoint(product, across(z2, H, P));
    auto const& expected = wanted == 0 ? dq2 : wanted == 1 ? dk2 : dv2;
    d.resize(expected.size());
    CHECK(verify::relative_error(d, expected) <= 1e-14);
  }
}

TEST_CASE("gradients of matrices, tables that scale, and rows in 16 bits") {
  index_t const T = 12, N = 8;
  using rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  verify::random_numbers random(4);
  auto some = [&] { return rows(rows::NullaryExpr(T, N, [&] { return random.normal(); })); };
  rows const Q = some(), K = some(), V = some(), dZ = some();
  rotary_table<double> const R(yarn(N, 1e4, {.factor = 4, .trained_length = 8}), T);
  REQUIRE(R.borrowed().attention_scaling != 1);
  auto to = [](rows& x) { return view<double, 2>(x.data(), {x.rows(), x.cols()}); };
  rows dQ(T, N), dK(T, N), dV(T, N);
  with(attention_gradient<double>{to(dQ), to(dK), to(dV)}) = adjoint(attention(rotate(Q, R), rotate(K, R)) * V, dZ);

  std::vector<double> x;
  for (rows const* of : {&Q, &K, &V}) x.insert(x.end(), of->data(), of->data() + T * N);
  auto const slopes = verify::gradient_by_differences(
      [&](std::span<double const> at) {
        auto part = [&](index_t i) { return view<double const, 2>(at.data() + i * T * N, {T, N}); };
        rows Z(T, N);
        with(to(Z), quadratic{}) = attention(rotate(part(0), R), rotate(part(1), R)) * part(2);
        return Z.cwiseProduct(dZ).sum();
      },
      x);
  auto slope = [&](index_t i) { return std::span<double const>(slopes.data() + i * T * N, std::size_t(T * N)); };
  auto of = [](rows const& d) { return std::span<double const>(d.data(), std::size_t(d.size())); };
  CHECK(verify::relative_error(of(dQ), slope(0)) <= 1e-6);
  CHECK(verify::relative_error(of(dK), slope(1)) <= 1e-6);
  CHECK(verify::relative_error(of(dV), slope(2)) <= 1e-6);

  using short_rows = Eigen::Matrix<Eigen::bfloat16, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  short_rows const q = Q.cast<Eigen::bfloat16>(), k = K.cast<Eigen::bfloat16>(), v = V.cast<Eigen::bfloat16>(),
                   dz = dZ.cast<Eigen::bfloat16>();
  rows const exact_q = q.cast<double>(), exact_k = k.cast<double>(), exact_v = v.cast<double>(),
             exact_z = dz.cast<double>();
  with(attention_gradient<double>{to(dQ), to(dK), to(dV)}) = adjoint(attention(exact_q, exact_k) * exact_v, exact_z);
  Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> d[3];
  for (auto& one : d) one.resize(T, N);
  auto to_float = [&](int i) { return view<float, 2>(d[i].data(), {T, N}); };
  with(attention_gradient<float>{to_float(0), to_float(1), to_float(2)}) = adjoint(attention(q, k) * v, dz);
  CHECK(verify::relative_error(of(d[0].cast<double>()), of(dQ)) <= 1e-6);
  CHECK(verify::relative_error(of(d[1].cast<double>()), of(dK)) <= 1e-6);
  CHECK(verify::relative_error(of(d[2].cast<double>()), of(dV)) <= 1e-6);
}

TEST_CASE("errors of attention's gradients") {
  std::vector<double> x(1000, 1), d(1000, 7);
  auto of = [](auto& memory, index_t at, index_t T, index_t H, index_t N) {
    return view<std::remove_reference_t<decltype(*memory.data())>, 4>(memory.data() + at, {1, T, H, N});
  };
  auto const& in = x;
  auto const product = attention(of(in, 0, 5, 2, 4), of(in, 100, 5, 1, 4)) * of(in, 200, 5, 1, 3);
  auto const dZ = of(in, 300, 5, 2, 3);
  auto dQ = of(d, 0, 5, 2, 4), dK = of(d, 100, 5, 1, 4), dV = of(d, 200, 5, 1, 3);
  auto message = [&](attention_gradient<double> to, view<double const, 4> of_Z) -> std::string {
    try {
      with(to) = adjoint(product, of_Z);
    } catch (std::invalid_argument const& e) { return e.what(); }
    return "";
  };
  using doctest::Contains;
  CHECK(message({dQ, dK, of(d, 200, 5, 2, 3)}, dZ).c_str() == Contains("the gradient of V has 2 heads, expected 1"));
  CHECK(message({dQ, of(d, 100, 4, 1, 4), dV}, dZ).c_str() == Contains("the gradient of K has 4 rows, expected 5"));
  CHECK(message({dQ, of(d, 30, 5, 1, 4), dV}, dZ).c_str() == Contains("the gradient of K overlaps another array"));
  CHECK(message({of(x, 0, 5, 2, 4), dK, dV}, dZ).c_str() == Contains("the gradient of Q overlaps another array"));
  CHECK(message({dQ, dK, {dV, of(d, 400, 5, 1, 1)}}, dZ).c_str() == Contains("there is no operand for"));
  CHECK(message({dQ, dK, dV}, of(in, 300, 5, 1, 3)).c_str() == Contains("dY has 1 heads, expected 2"));
  for (double v : d) CHECK(v == 7);
  CHECK(message({dQ, dK, dV}, dZ).empty());
}

}  // namespace gradient_of_attention
