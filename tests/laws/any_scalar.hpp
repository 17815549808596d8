// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "cases.hpp"

// The plain forms, with scalars that are not float or double, rotated by angles that the caller gives.
namespace laws {

template<class S>
struct plain_operands {
  using matrix = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>;
  using vector = Eigen::Matrix<S, Eigen::Dynamic, 1>;
  vector log_a;
  matrix C, B, X, h, phi;  // (T, N), (T, N), (T, P), (N, P), (T, N/2)

  plain_operands(index_t T, index_t N, index_t P, std::uint64_t seed = 1)
      : log_a(T), C(T, N), B(T, N), X(T, P), h(N, P), phi(T, N / 2) {
    dice random(seed);
    for (auto* x : {&C, &B, &X, &h})
      for (index_t i = 0; i < x->size(); ++i) x->data()[i] = S(random.normal());
    for (index_t t = 0; t < T; ++t) log_a(t) = S(-std::abs(random.normal()));
    for (index_t t = 0; t < T; ++t)
      for (index_t j = 0; j < N / 2; ++j) phi(t, j) = S(double(t) * (0.5 + double(j)));
  }
  ssm_state<S> state() const {
    ssm_state<S> out(h.rows(), h.cols());
    for (index_t k = 0; k < h.rows(); ++k)
      for (index_t p = 0; p < h.cols(); ++p) out.h()(0, k, 0, p) = h(k, p);
    return out;
  }
};

template<class R, class M>
oracle::rows<R> exact_rows(M const& x) {
  oracle::rows<R> out(x.rows(), x.cols());
  for (index_t t = 0; t < x.rows(); ++t)
    for (index_t j = 0; j < x.cols(); ++j) out(t, j) = R(x(t, j));
  return out;
}
template<class R, class M>
double distance(M const& got, oracle::rows<R> const& exact) {
  using std::sqrt;
  R off = R(0), size = R(0);
  for (index_t t = 0; t < exact.n; ++t)
    for (index_t j = 0; j < exact.width; ++j) {
      R const d = R(got(t, j)) - exact(t, j);
      off = off + d * d, size = size + exact(t, j) * exact(t, j);
    }
  return static_cast<double>(sqrt(R(off / size)));
}

/// SSD and attention of S, in all forms, against the definition in R.
template<class S, class R>
void plain_forms_agree(index_t T, index_t N, index_t P, double bar) {
  using matrix = typename plain_operands<S>::matrix;
  plain_operands<S> const o(T, N, P);
  INFO("T " << T << ", N " << N << ", P " << P);
  auto turned = [&](matrix const& x, pairing pairs) {
    auto rows = exact_rows<R>(x);
    oracle::rotate(rows, N / 2, pairs == pairing::half_split, [&](index_t t, index_t j) { return R(o.phi(t, j)); });
    return rows;
  };
  std::vector<R> decay;
  for (index_t t = 0; t < T; ++t) decay.push_back(R(o.log_a(t)));
  for (auto pairs : {pairing::interleaved, pairing::half_split}) {
    CAPTURE(int(pairs));
    auto const exact =
        oracle::ssd(decay, turned(o.C, pairs), turned(o.B, pairs), exact_rows<R>(o.X), R(0.5), exact_rows<R>(o.h));
    auto const M = semiseparable(o.log_a, rotate(o.C, o.phi, pairs), rotate(o.B, o.phi, pairs), skip(S(0.5)));
    auto expect = [&](auto form) {
      auto state = o.state();
      matrix const Y = with(form, M.from(state) * o.X);
      CHECK(distance(Y, exact.Y) <= bar);
      CHECK(distance(mapped(state.h().head(0, 0, 1)), exact.h) <= bar);
    };
    expect(quadratic{}), expect(chunked{1}), expect(chunked{5}), expect(chunked{100}), expect(recurrent{}),
        expect(automatic{});

    using std::sqrt;
    auto const softmax = oracle::attention(turned(o.C, pairs), turned(o.B, pairs), exact_rows<R>(o.X),
                                           R(1 / sqrt(R(double(N)))), [](index_t i, index_t j) { return j <= i; });
    auto const A = attention(rotate(o.C, o.phi, pairs), rotate(o.B, o.phi, pairs));
    CHECK(distance(matrix(with(quadratic{}, A * o.X)), softmax.Y) <= bar);
    CHECK(distance(matrix(with(online{5}, A * o.X)), softmax.Y) <= bar);
    CHECK(distance(matrix(A * o.X), softmax.Y) <= bar);
  }
}

template<class S, class R>
void linear_forms_agree(index_t T, index_t N, index_t P, double bar) {
  using matrix = typename plain_operands<S>::matrix;
  plain_operands<S> const o(T, N, P);
  auto features = [&](matrix const& x) {
    using std::exp;
    auto rows = exact_rows<R>(x);
    oracle::rotate(rows, N / 2, false, [&](index_t t, index_t j) { return R(o.phi(t, j)); });
    for (R& v : rows.x) v = v > R(0) ? R(v + R(1)) : R(exp(v));
    return rows;
  };
  auto const exact =
      oracle::linear_attention(features(o.C), features(o.B), exact_rows<R>(o.X), features(o.C), features(o.B));
  auto const A = linear_attention(feature_map(rotate(o.C, o.phi, pairing::interleaved), elu_plus_one{}),
                                  feature_map(rotate(o.B, o.phi, pairing::interleaved), elu_plus_one{}));
  CHECK(distance(matrix(with(quadratic{}, A * o.X)), exact.Y) <= bar);
  CHECK(distance(matrix(with(chunked{4}, A * o.X)), exact.Y) <= bar);
  CHECK(distance(matrix(with(recurrent{}, A * o.X)), exact.Y) <= bar);
}

}  // namespace laws
