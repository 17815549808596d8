// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <transxssm/verify/causality.hpp>
#include <doctest/doctest.h>
#include <cmath>

using namespace transxssm;
using verify::matrix;

namespace {
matrix<float> const X = verify::random_numbers(3).rows<float>(150, 4);
}

TEST_CASE("every form of this library is causal, bit by bit") {
  auto ssd = verify::random_ssd<float>(150, 12, 8);
  auto att = verify::random_attention<double>(150, 12, 8);
  auto holds = [](auto const& report) {
    CAPTURE(verify::to_text(report));
    CHECK(report.holds);
    CHECK(report.tokens > 20);
  };
  holds(verify::causality(ssd));
  holds(verify::causality(att));
  holds(verify::causality(verify::random_ssd<Eigen::bfloat16>(100, 6, 5)));
  auto run = [&](auto f) { holds(verify::causality(f, ssd.log_a, ssd.C, ssd.B, ssd.X)); };
  run(verify::library_ssd<float, quadratic>{});
  run(verify::library_ssd<float, chunked>{{16}});
  run(verify::library_ssd<float, recurrent>{});
  holds(verify::causality(verify::library_attention<double, quadratic>{}, att.Q, att.K, att.V));
  holds(verify::causality(verify::library_attention<double, online>{{32}}, att.Q, att.K, att.V));
}

TEST_CASE("an attention without a mask leaks into its first row") {
  auto in = verify::random_attention<float>(40, 4, 4);
  auto unmasked = [](matrix<float> const& Q, matrix<float> const& K, matrix<float> const& V) -> matrix<float> {
    matrix<float> p = (Q * K.transpose() / 2).array().exp();
    return p.rowwise().sum().cwiseInverse().asDiagonal() * p * V;
  };
  auto report = verify::causality({.tokens = 100, .name = "unmasked"}, unmasked, in.Q, in.K, in.V);
  CHECK(!report.holds);
  REQUIRE(report.tokens == 40);
  REQUIRE(report.leaks.size() == 39);  // all but token 0, before which there is nothing
  CHECK(report.leaks.front().token == 1);
  CHECK(report.leaks.front().row == 0);
  CHECK(verify::to_text(report).find(
            "FAILS: unmasked, T = 40, 40 tokens changed one at a time\n  changing token 1 changed row 0") == 0);
}

TEST_CASE("a leak of one token, by one bit, is found") {
  auto leaky = [](matrix<float> const& x) {
    matrix<float> y = x;
    y(63, 1) += x(64, 0) > 0 ? 1e-6f : 0.f;  // over the end of a chunk
    return y;
  };
  matrix<float> positive = X.cwiseAbs() * 0.1f;  // so that the change, x - (1 + |x|) / 4, is one of sign
  auto report = verify::causality(leaky, positive);
  CHECK(!report.holds);
  REQUIRE(report.leaks.size() == 1);
  CHECK((report.leaks[0].token == 64 && report.leaks[0].row == 63));
  CHECK(report.without_effect.empty());
}

TEST_CASE("a token that nothing depends on is found") {
  auto late = [](matrix<float> const& x) {  // each row sees only what is before it
    matrix<float> y = x;
    y.bottomRows(149) = x.topRows(149);
    return y;
  };
  auto report = verify::causality({.tokens = 200}, late, X);
  CHECK(!report.holds);
  CHECK(report.leaks.empty());
  CHECK(report.without_effect.size() == 149);
  CHECK(!verify::causality([](matrix<float> const& x) { return matrix<float>(0 * x); }, X).holds);
}

TEST_CASE("the same bits") {
  CHECK(!verify::same_bits(0.0, -0.0));
  CHECK(verify::same_bits(NAN, NAN));
  CHECK(!verify::same_bits(1.0f, std::nextafter(1.0f, 2.0f)));
  CHECK(verify::same_bits(1.0L / 3, 1.0L / 3));
}

TEST_CASE("a changed log-decay is one, and every number changes") {
  matrix<float> x{{0.f, -3.f, 5.f, -1e-30f}}, y = x;
  verify::change_row(y, 0);
  CHECK(y == matrix<float>{{-0.25f, -4.f, 3.5f, -0.25f}});
}

TEST_CASE("progress is told") {
  std::vector<double> told;
  verify::causality(
      {.tokens = 10, .on_progress = [&](double f) { told.push_back(f); }}, [](matrix<float> const& x) { return x; }, X);
  CHECK(std::is_sorted(told.begin(), told.end()));
  CHECK((told.front() >= 0 && told.back() == 1));
}
