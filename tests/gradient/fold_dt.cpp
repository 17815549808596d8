// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "row_gradients.hpp"

namespace gradient_fold_dt {

using namespace row_gradients;

namespace {

template<class S>
view<S, 3> numbers_of(view<S, 4> const& x) {
  return {x.data, {x.extents[0], x.extents[1], x.extents[2]}, {x.strides[0], x.strides[1], x.strides[2]}};
}
template<class S>
view<S, 1> per_head(view<S, 4> const& x) { return {x.data, {x.heads()}, {x.strides[2]}}; }

/// raw (batch, T, H), A and bias (H), and the gradients of dt and log_a.
template<class S>
struct step_sizes {
  using Acc = accumulator_t<S>;
  operands<S> o;
  std::vector<Acc> A, bias;
  batch_of<Acc> ddt, dlog_a;

  step_sizes(index_t B, index_t T, index_t H) : ddt(B, T, H, 1, 8), dlog_a(B, T, H, 1, 9) {
    o.add({B, T, H, 1}, 3), o.add({1, 1, H, 1}), o.add({1, 1, H, 1});
    for (index_t h = 0; h < H; ++h) A.push_back(Acc(o[1](0, 0, h, 0))), bias.push_back(Acc(o[2](0, 0, h, 0)));
  }
  void run(bool has_dt = true, bool has_log_a = true) {
    view<Acc const, 3> const none, from_dt = numbers_of(ddt.all), from_log_a = numbers_of(dlog_a.all);
    fold_dt_adjoint(numbers_of(o[0]), {A.data(), {std::ssize(A)}}, {bias.data(), {std::ssize(A)}}, has_dt ? from_dt : none,
                    has_log_a ? from_log_a : none, numbers_of(o.d(0)), per_head(o.d(1)), per_head(o.d(2)));
  }
  auto loss(bool has_dt = true, bool has_log_a = true) const {
    return [=, this]<class U>(std::span<U const> all) {
      using std::exp, std::log;
      auto const raw = o.in(all, 0), a = o.in(all, 1), by = o.in(all, 2);
      index_t const H = ddt.all.heads();
      return product_with<U>(ddt.all, [&](index_t b, index_t t, index_t h, index_t) {
               U const dt = log(U(1) + exp(raw(b, t, h, 0, H) + by(h)));
               return has_dt ? dt : U(0);
             }) +
             product_with<U>(dlog_a.all, [&](index_t b, index_t t, index_t h, index_t) {
               U const dt = log(U(1) + exp(raw(b, t, h, 0, H) + by(h)));
               return has_log_a ? U(dt * a(h)) : U(0);
             });
    };
  }
};

}  // namespace

TEST_CASE_TEMPLATE("draw, dA and dbias", S, double, float, Eigen::bfloat16) {
  for (auto [B, T, H] : {std::array<index_t, 3>{1, 0, 2}, {1, 1, 1}, {2, 7, 3}, {1, 40, 1}}) {
    CAPTURE(T);
    step_sizes<S> is(B, T, H);
    for (auto [has_dt, has_log_a] : {std::pair{true, true}, {true, false}, {false, true}}) {
      is.o.forget();
      is.run(has_dt, has_log_a);
      is.o.check(is.loss(has_dt, has_log_a));
    }
  }
}

TEST_CASE("in place, strided, and what is not wanted") {
  step_sizes<double> is(2, 9, 3);
  is.run();
  auto const expected = is.o.gradients();
  view<double, 3> const spread = numbers_of(is.o.d_scattered(0)), ddt = numbers_of(is.ddt.all);
  view<double const, 1> const A(is.A.data(), {3}), bias(is.bias.data(), {3});
  is.o.forget();
  fold_dt_adjoint(numbers_of(is.o[0]), A, bias, ddt, numbers_of(is.dlog_a.all), spread, {}, {});
  for (index_t b = 0; b < 2; ++b)
    for (index_t t = 0; t < 9; ++t)
      for (index_t h = 0; h < 3; ++h) CHECK(spread(b, t, h) == expected[0][std::size_t((b * 9 + t) * 3 + h)]);
  fold_dt_adjoint(numbers_of(is.o[0]), A, bias, ddt, numbers_of(is.dlog_a.all), ddt, {}, {});
  CHECK(std::equal(is.ddt.memory.begin(), is.ddt.memory.end(), expected[0].begin()));
}

TEST_CASE_TEMPLATE("exact for every raw", S, float, double) {
  S const most = std::numeric_limits<S>::max(), eps = std::numeric_limits<S>::epsilon();
  std::vector<S> raw{0, S(1e-3), S(-1e-3), 20, -20, 80, -80, 1000, -1000, most, -most}, draw(raw.size()), one{1}, zero{0}, ones(raw.size(), 1);
  index_t const T = std::ssize(raw);
  view<S, 3> const to(draw.data(), {1, T, 1});
  fold_dt_adjoint(view<S, 3>(raw.data(), {1, T, 1}), {one.data(), {1}}, {zero.data(), {1}}, {ones.data(), {1, T, 1}}, {}, to, {}, {});
  for (std::size_t i = 0; i < raw.size(); ++i) {
    long double const exact = 1 / (1 + std::exp(-static_cast<long double>(raw[i])));
    CAPTURE(raw[i]);
    CHECK(std::abs(draw[i] - exact) <= 4 * eps * exact + std::numeric_limits<S>::min());
  }
}

TEST_CASE("sums of many steps do not lose what is small") {
  index_t const T = 100000;
  std::vector<float> const raw(std::size_t(T), 0.5f), ddt(std::size_t(T), 0.1f), one{1}, zero{0};
  std::vector<float> dA(1), dbias(1);
  fold_dt_adjoint(view<float const, 3>(raw.data(), {1, T, 1}), {one.data(), {1}}, {zero.data(), {1}}, {ddt.data(), {1, T, 1}},
                  {ddt.data(), {1, T, 1}}, {}, {dA.data(), {1}}, {dbias.data(), {1}});
  double const g = double(0.1f);
  CHECK(dA[0] == doctest::Approx(double(T) * g * std::log1p(std::exp(0.5))).epsilon(1e-6));
  CHECK(dbias[0] == doctest::Approx(double(T) * 2 * g / (1 + std::exp(-0.5))).epsilon(1e-6));
}

TEST_CASE("what does not fit is refused by name, and nothing is written") {
  step_sizes<float> is(2, 5, 3);
  view<float const, 1> const A(is.A.data(), {3}), bias(is.bias.data(), {3}), two(is.A.data(), {2});
  auto const raw = numbers_of(is.o[0]), ddt = numbers_of(is.ddt.all), draw = numbers_of(is.o.d(0));
  auto const dA = per_head(is.o.d(1)), dbias = per_head(is.o.d(2));
  using wrong = std::invalid_argument;
  CHECK_THROWS_WITH_AS(fold_dt_adjoint(raw, two, bias, ddt, ddt, draw, dA, dbias),
                       "fold_dt_adjoint(raw, A, bias, ddt, dlog_a, draw, dA, dbias): A has 2 entries, expected 3", wrong);
  CHECK_THROWS_AS(fold_dt_adjoint(raw, A, bias, ddt.middle_rows(0, 4), ddt, draw, dA, dbias), wrong);
  CHECK_THROWS_AS(fold_dt_adjoint(raw, A, bias, ddt, ddt, draw.middle_rows(1, 4), dA, dbias), wrong);
  CHECK_THROWS_AS(fold_dt_adjoint(raw, A, bias, ddt, ddt, draw, dA, dbias.middle_rows(0, 1)), wrong);
  CHECK_THROWS_AS(fold_dt_adjoint(raw, A, bias, ddt, ddt, draw, dA, dA), wrong);
  CHECK(is.o.nothing_written());
}

}  // namespace gradient_fold_dt
