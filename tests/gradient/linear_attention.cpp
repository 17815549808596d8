// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <limits>
#include <transxssm/evaluate/adjoint.hpp>
#include <transxssm/transxssm.hpp>
#include <transxssm/verify/gradient.hpp>
#include <transxssm/verify/inputs.hpp>

// The adjoint of linear attention (Eq. 7), with the map after the rotation or before it, against dual numbers.
namespace gradient_of_linear_attention {
using namespace transxssm;
using verify::dual;

/// Which operands there are, and how they are shared.
struct shape {
  index_t batch = 1, T = 7, H = 1, G = 1, N = 4, P = 3;
  normaliser divides = normaliser::as_printed;
  bool rotated_last = false;
  std::vector<index_t> offsets = {}, lengths = {};  // packed, or padded
};

/// Operands, or their gradients, one after the other in a row of numbers.
template<class T>
struct operands {
  view<T, 4> Q, K, V, phi_Q, phi_K;
  view<T, 3> factor;
  index_t size = 0;

  operands(shape const& s, T* x) {
    auto next = [&](auto& v, auto const&... extents) {
      v = bare<decltype(v)>(x + size, {extents...});
      size += (extents * ...);
    };
    next(Q, s.batch, s.T, s.H, s.N), next(K, s.batch, s.T, s.G, s.N), next(V, s.batch, s.T, s.G, s.P);
    next(phi_Q, s.batch, s.T, 1, s.N / 2), next(phi_K, s.batch, s.T, 1, s.N / 2), next(factor, s.batch, s.T, s.G);
  }
  static index_t size_of(shape const& s) { return operands(s, nullptr).size; }

  /// f(A * V)
  void product(shape const& s, auto const& f) const {
    constexpr elu_plus_one map;
    constexpr pairing pairs = pairing::interleaved;
    auto one = [&](auto const&... where) {
      auto const v = scale_rows(V, factor);
      if (s.rotated_last)
        f(linear_attention(rotate(feature_map(Q, map), phi_Q, pairs), rotate(feature_map(K, map), phi_K, pairs),
                           s.divides, where...) *
          v);
      else
        f(linear_attention(feature_map(rotate(Q, phi_Q, pairs), map), feature_map(rotate(K, phi_K, pairs), map),
                           s.divides, where...) *
          v);
    };
    if (!s.offsets.empty()) one(packed_view(s.offsets.data(), std::ssize(s.offsets) - 1));
    else if (!s.lengths.empty()) one(padded_view(s.lengths.data(), s.batch, side::right));
    else one();
  }
};

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

/// Angles are small, so that no denominator is.
std::vector<double> some_operands(shape const& s) {
  std::vector<double> x(std::size_t(operands<double>::size_of(s)));
  verify::random_numbers random(2);
  for (double& v : x) v = random.normal();
  operands<double> const o(s, x.data());
  for (auto const& phi : {o.phi_Q, o.phi_K})
    for (index_t i = 0; i < s.batch * s.T * (s.N / 2); ++i) phi.data[i] *= 0.2;
  return x;
}

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

/// The largest error of any operand's gradient, relative to its size, or to 1 if that is less: of the first step, Z is V,
/// and the gradients of Q and K are what rounding leaves of 0.
double worst(shape const& s, std::vector<double> const& got, std::vector<double> const& exact) {
  operands<double const> const g(s, got.data()), e(s, exact.data());
  double most = 0;
  auto compare = [&](auto const& a, auto const& b) {
    index_t n = 1;
    for (index_t extent : a.extents) n *= extent;
    Eigen::Map<Eigen::VectorXd const> const x(a.data, n), y(b.data, n);
    double const error = (x - y).norm() / std::max(y.norm(), 1.0);
    most = error <= most ? most : error;
  };
  compare(g.Q, e.Q), compare(g.K, e.K), compare(g.V, e.V);
  compare(g.phi_Q, e.phi_Q), compare(g.phi_K, e.phi_K), compare(g.factor, e.factor);
  return most;
}

void expect_exact(shape s) {
  for (normaliser divides : {normaliser::as_printed, normaliser::unrotated, normaliser::none})
    for (bool last : {false, true}) {
      s.divides = divides, s.rotated_last = last;
      INFO("batch " << s.batch << ", T " << s.T << ", H " << s.H << ", G " << s.G << ", normaliser " << int(divides)
                    << (last ? ", rotated last" : ""));
      auto const x = some_operands(s);
      auto const exact = verify::gradient([&](std::span<dual const> at) { return loss<dual>(s, at, quadratic{}); }, x);
      auto const chosen = adjoint_of_loss<double>(s, x);
      CHECK(worst(s, chosen, exact) <= 1e-12);
      CHECK(worst(s, adjoint_of_loss<double>(s, x, quadratic{}), exact) <= 1e-12);
      CHECK(worst(s, adjoint_of_loss<double>(s, x, chunked{3}), exact) <= 1e-12);
      CHECK(worst(s, adjoint_of_loss<double>(s, x, recurrent{}), exact) <= 1e-12);
      CHECK(worst(s, adjoint_of_loss<float>(s, x), exact) <= 2e-5);
      for (int threads : {2, 3}) CHECK(adjoint_of_loss<double>(s, x, cpu{threads}) == chosen);
    }
}

TEST_CASE("gradients of linear attention, in every form, with every normaliser") {
  expect_exact({});
  expect_exact({.T = 1});
  expect_exact({.T = 0});
  expect_exact({.batch = 2, .T = 5, .H = 4, .G = 2, .N = 6, .P = 5});
  expect_exact({.T = 6, .H = 3, .G = 1});
  expect_exact({.batch = 3, .T = 6, .H = 2, .lengths = {6, 0, 4}});
  expect_exact({.T = 12, .H = 2, .offsets = {0, 5, 5, 6, 12}});
  expect_exact({.T = 150, .N = 2, .P = 1});
}

TEST_CASE("central differences see the same slopes of linear attention") {
  shape const s{.batch = 2, .T = 4, .H = 2};
  auto const x = some_operands(s);
  auto const by_differences =
      verify::gradient_by_differences([&](std::span<double const> at) { return loss<double>(s, at, recurrent{}); }, x);
  CHECK(worst(s, adjoint_of_loss<double>(s, x), by_differences) <= 1e-6);
}

TEST_CASE("padding of linear attention has a gradient of 0, whatever it holds") {
  for (normaliser divides : {normaliser::as_printed, normaliser::unrotated, normaliser::none}) {
    shape const s{.batch = 2, .T = 6, .divides = divides, .rotated_last = true, .lengths = {6, 4}};
    auto const x = some_operands(s);
    auto const padding = [&](std::vector<double>& all, auto const& f) {
      operands<double> const o(s, all.data());
      for (index_t t = 4; t < 6; ++t) {
        for (auto const& rows : {o.Q, o.K, o.V})
          for (index_t n = 0; n < rows.cols(); ++n) f(rows(1, t, 0, n));
        f(o.factor(1, t, 0));
      }
    };
    auto spoilt = x;
    padding(spoilt, [](double& v) { v = std::numeric_limits<double>::quiet_NaN(); });
    auto d = adjoint_of_loss<double>(s, spoilt);
    CHECK(d == adjoint_of_loss<double>(s, x));
    padding(d, [](double& v) { CHECK(v == 0); });
  }
}

TEST_CASE("gradients of linear attention of rows in 16 bits, on which sums in float are kept") {
  index_t const T = 12, N = 4;
  using rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using float_rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  verify::random_numbers random(4);
  auto some = [&] {
    return rows(rows::NullaryExpr(T, N, [&] { return random.normal(); })).cast<Eigen::bfloat16>().eval();
  };
  auto const q = some(), k = some(), v = some(), dz = some();
  rows const Q = q.cast<double>(), K = k.cast<double>(), V = v.cast<double>(), dZ = dz.cast<double>();
  for (normaliser divides : {normaliser::as_printed, normaliser::unrotated, normaliser::none}) {
    rows exact[3];
    float_rows d[3];
    for (int i = 0; i < 3; ++i) exact[i].resize(T, N), d[i].resize(T, N);
    auto to = [](auto& x) { return view<std::remove_reference_t<decltype(*x.data())>, 2>(x.data(), {T, N}); };
    auto of = [&](auto const& x) { return feature_map(x, elu_plus_one{}); };
    with(attention_gradient<double>{to(exact[0]), to(exact[1]), to(exact[2])}) =
        adjoint(linear_attention(of(Q), of(K), divides) * V, dZ);
    with(attention_gradient<float>{to(d[0]), to(d[1]), to(d[2])}) =
        adjoint(linear_attention(of(q), of(k), divides) * v, dz);
    for (int i = 0; i < 3; ++i) CHECK((d[i].cast<double>() - exact[i]).norm() <= 2e-6 * exact[i].norm());
  }
}

TEST_CASE("errors of linear attention's gradients") {
  std::vector<double> const x(200, 1);
  std::vector<double> d(200, 7);
  auto of = [](auto& memory, index_t at, index_t H, index_t N) {
    return view<std::remove_reference_t<decltype(*memory.data())>, 4>(memory.data() + at, {1, 5, H, N});
  };
  auto const product = linear_attention(of(x, 0, 2, 4), of(x, 40, 1, 4)) * of(x, 60, 1, 3);
  auto message = [&](attention_gradient<double> to) -> std::string {
    try {
      with(to) = adjoint(product, of(x, 80, 2, 3));
    } catch (std::invalid_argument const& e) { return e.what(); }
    return "";
  };
  using doctest::Contains;
  CHECK(message({of(d, 0, 1, 4), {}, {}}).c_str() == Contains("the gradient of Q has 1 heads, expected 2"));
  CHECK(message({of(d, 0, 2, 4), of(d, 40, 1, 3), {}}).c_str() ==
        Contains("the gradient of K has 3 columns, expected 4"));
  CHECK(message({of(d, 0, 2, 4), {}, of(d, 30, 1, 3)}).c_str() == Contains("the gradient of V overlaps another array"));
  for (double v : d) CHECK(v == 7);
  CHECK(message({{}, of(d, 40, 1, 4), {}}).empty());
  CHECK(d[39] == 7);
  CHECK(d[40] != 7);
}

}  // namespace gradient_of_linear_attention
