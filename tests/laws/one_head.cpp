// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <array>
#include <complex>
#include "any_scalar.hpp"
#include "ssd_cases.hpp"

namespace laws_one_head {

// One head, in Eigen's matrices: the same operators, as the user writes them. And a look at each of them, dense.
using namespace laws;

namespace {

/// Rows turned by a table's angles, exactly.
template<class R, class M>
oracle::rows<R> turned(M const& x, index_t planes, pairing pairs, index_t start = 0) {
  auto rows = exact_rows<R>(x);
  oracle::rotate(rows, planes, pairs == pairing::half_split,
                 [=](index_t t, index_t j) { return R(start + t) * oracle::rate<R>(j, 2 * planes); });
  return rows;
}

/// Every form, cut at every place, against the definition.
template<class S>
void matrices_agree(index_t T, index_t N, index_t P, pairing pairs) {
  using R = judge_t<S>;
  using matrix = typename plain_operands<S>::matrix;
  plain_operands<S> const o(T, N, P, std::uint64_t(T));
  INFO("T " << T << ", N " << N << ", P " << P << ", pairing " << int(pairs));
  rotary_table<S> const table = table_of<S>(N / 2, 0, T, pairs);
  std::vector<R> decay;
  for (index_t t = 0; t < T; ++t) decay.push_back(R(o.log_a(t)));
  auto const exact = oracle::ssd(decay, turned<R>(o.C, N / 2, pairs), turned<R>(o.B, N / 2, pairs), exact_rows<R>(o.X),
                                 R(0), oracle::rows<R>(N, P));
  auto const softmax = oracle::attention(turned<R>(o.C, N / 2, pairs), turned<R>(o.B, N / 2, pairs), exact_rows<R>(o.X),
                                         R(1 / std::sqrt(R(N))), [](index_t i, index_t j) { return j <= i; });
  auto expect = [](matrix const& Y, oracle::answer<R> const& answer, double bar) {
    view<S const, 4> const got(Y.data(), {1, Y.rows(), 1, Y.cols()}, {0, 1, 0, Y.rows()});
    CHECK(error(got, 0, 0, answer.Y, answer.Y_spread) <= bar);
  };
  double const bar = ssd_bar<S>(decay), softmax_bar = attention_bar<S>;

  auto const M = semiseparable(o.log_a, rotate(o.C, table), rotate(o.B, table));
  auto const A = attention(rotate(o.C, table), rotate(o.B, table));
  expect(M * o.X, exact, bar);
  expect(with(quadratic{}, M * o.X), exact, bar);
  expect(with(recurrent{}, M * o.X), exact, bar);
  expect(dense(M) * o.X, exact, bar);
  for (index_t q : {1, 2, 7, 16, 1000}) expect(with(chunked{q}, M * o.X), exact, bar);
  expect(A * o.X, softmax, softmax_bar);
  expect(with(quadratic{}, A * o.X), softmax, softmax_bar);
  expect(dense(A) * o.X, softmax, softmax_bar);
  for (index_t block : {1, 3, 8, 1000}) expect(with(online{block}, A * o.X), softmax, softmax_bar);

  for (index_t cut = 0; cut <= T; ++cut) {
    CAPTURE(cut);
    ssm_state<S> state(N, P);
    kv_cache<S> cache(T, N, P);
    matrix Y(T, P), Z(T, P);
    auto ssd_part = [&](index_t t, index_t n) {
      auto const R_part = table.middle_rows(t, n);
      return semiseparable(o.log_a.segment(t, n), rotate(o.C.middleRows(t, n), R_part),
                           rotate(o.B.middleRows(t, n), R_part));
    };
    auto attention_part = [&](index_t t, index_t n) {
      return attention(rotate(o.C.middleRows(t, n), table.middle_rows(t, n)),
                       rotate(o.B.middleRows(t, n), table.middle_rows(t, n)));
    };
    Y.topRows(cut) = with(chunked{5}, ssd_part(0, cut).from(state) * o.X.topRows(cut));
    Y.bottomRows(T - cut) = with(quadratic{}, ssd_part(cut, T - cut).from(state) * o.X.bottomRows(T - cut));
    Z.topRows(cut) = with(online{4}, attention_part(0, cut).from(cache) * o.X.topRows(cut));
    Z.bottomRows(T - cut) = with(quadratic{}, attention_part(cut, T - cut).from(cache) * o.X.bottomRows(T - cut));
    expect(Y, exact, bar), expect(Z, softmax, softmax_bar);
    CHECK(state.position() == T);
  }
}

}  // namespace

TEST_CASE("Matrices: every form, and cut at every place") {
  for (auto pairs : {pairing::interleaved, pairing::half_split})
    for (auto [T, N, P] :
         {std::array{0, 4, 3}, {1, 1, 1}, {1, 4, 3}, {2, 3, 5}, {15, 4, 3}, {16, 4, 1}, {17, 5, 7}, {33, 8, 4}}) {
      matrices_agree<float>(T, N, P, pairs);
      matrices_agree<double>(T, N, P, pairs);
    }
}

TEST_CASE("One row is turned as Eq. 3 says: x e^{i m theta}") {
  Eigen::MatrixXd x(1, 4), angle(1, 2);
  x << 3, 4, 5, 6, angle << 0.5, -0.25;
  Eigen::MatrixXd const interleaved = dense(rotate(x, angle, pairing::interleaved)),
                        half = dense(rotate(x, angle, pairing::half_split));
  std::complex<double> const first = std::complex(3., 4.) * std::polar(1., 0.5),
                             second = std::complex(5., 6.) * std::polar(1., -0.25);
  CHECK(interleaved(0, 0) == doctest::Approx(first.real()).epsilon(1e-15));
  CHECK(interleaved(0, 1) == doctest::Approx(first.imag()).epsilon(1e-15));
  CHECK(interleaved(0, 2) == doctest::Approx(second.real()).epsilon(1e-15));
  CHECK(interleaved(0, 3) == doctest::Approx(second.imag()).epsilon(1e-15));
  std::complex<double> const outer = std::complex(3., 5.) * std::polar(1., 0.5),
                             inner = std::complex(4., 6.) * std::polar(1., -0.25);
  CHECK(half(0, 0) == doctest::Approx(outer.real()).epsilon(1e-15));
  CHECK(half(0, 2) == doctest::Approx(outer.imag()).epsilon(1e-15));
  CHECK(half(0, 1) == doctest::Approx(inner.real()).epsilon(1e-15));
  CHECK(half(0, 3) == doctest::Approx(inner.imag()).epsilon(1e-15));
}

TEST_CASE(
    "Angles that the caller gives are the table's, if they are m theta; and what is beyond the last plane passes") {
  index_t const T = 12, N = 7;
  plain_operands<double> const o(T, N, 3);
  for (auto pairs : {pairing::interleaved, pairing::half_split}) {
    Eigen::MatrixXd phi(T, 2);
    for (index_t t = 0; t < T; ++t)
      for (index_t j = 0; j < 2; ++j) phi(t, j) = double(t) * std::pow(10000., -double(j) / 2);
    rotary_table<double> const R(frequencies(4), T, pairs);
    Eigen::MatrixXd const by_table = dense(rotate(o.C, R)), by_angles = dense(rotate(o.C, phi, pairs));
    CHECK((by_table - by_angles).norm() < 1e-14 * by_table.norm());
    CHECK((by_table.rightCols(3).array() == o.C.rightCols(3).array()).all());
  }
}

}  // namespace laws_one_head
