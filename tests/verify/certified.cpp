// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <transxssm/verify/certified.hpp>
#include <transxssm/verify/definition.hpp>
#include <doctest/doctest.h>

using namespace transxssm;
using verify::interval, verify::matrix, verify::vector;

namespace {

void check(verify::certified_report const& report) {
  CAPTURE(verify::to_text(report));
  CHECK(report.holds);
  CHECK(report.consistent);
  CHECK(report.encloses_result);
  CHECK(report.width < 1e-3 * report.largest_error);  // so narrow that the error is the result's own
}

}  // namespace

TEST_CASE("a result in floats is certified, whatever the form") {
  auto in = verify::random_ssd<float>(70, 12, 6);
  check(verify::certified(in));
  check(verify::certified(in, verify::library_ssd<float, quadratic>{}));
  check(verify::certified(in, verify::library_ssd<float, recurrent>{}));
  check(verify::certified(verify::random_attention<float>(70, 12, 6)));
}

TEST_CASE("decays from almost none to a reset") {
  auto in = verify::random_ssd<float>(70, 8, 4, -1e-6);
  check(verify::certified(in));
  in.log_a.setConstant(-60);
  in.log_a(20) = 0, in.log_a(40) = -std::numeric_limits<float>::infinity();
  check(verify::certified(in));
}

TEST_CASE("the enclosure holds the definition in long double, and the proven error is no less than the real one") {
  auto in = verify::random_ssd<float>(70, 12, 6);
  auto [log_a, C, B, X] = verify::cast<interval<double>>(in);
  matrix<long double> exact = verify::ssd_by_definition<long double>(in);
  matrix<float> Y = verify::library_ssd<float>{}(in.log_a, in.C, in.B, in.X);
  auto report = verify::certified(in);
  long double largest = 0;
  matrix<interval<double>> E = verify::library_ssd<interval<double>, chunked>{{16}}(log_a, C, B, X);
  for (index_t i = 0; i < 70; ++i)
    for (index_t p = 0; p < 6; ++p) {
      CHECK(E(i, p).contains(exact(i, p)));
      CHECK(E(i, p).width() < 1e-12);
      largest = std::max(largest, std::abs(exact(i, p) - (long double)(Y(i, p))));
    }
  CHECK(report.largest_error >= largest);
  CHECK(report.largest_error <= largest * 1.000001L);
  CHECK(report.relative_error >= verify::relative_l2(Y, exact));
}

TEST_CASE("the same for attention") {
  auto in = verify::random_attention<float>(50, 12, 6);
  auto [Q, K, V] = verify::cast<interval<double>>(in);
  matrix<long double> exact = verify::attention_by_definition<long double>(in);
  for (auto const& E : {verify::library_attention<interval<double>, quadratic>{}(Q, K, V),
                        verify::library_attention<interval<double>, online>{{16}}(Q, K, V)})
    for (index_t i = 0; i < 50; ++i)
      for (index_t p = 0; p < 6; ++p) {
        CHECK(E(i, p).contains(exact(i, p)));
        CHECK(E(i, p).width() < 1e-12);
      }
}

TEST_CASE("with the rotations included, whose angles are exact") {
  auto in = verify::random_ssd<float>(60, 12, 6);
  for (index_t first : {0, 100000}) {
    auto report = verify::certified(in, positions_from(first, 60));
    CAPTURE(verify::to_text(report));
    CHECK(report.holds);
  }
  verify::positions const far = positions_from(100000, 60);
  verify::library_rotated_ssd<float> in_float{{12, 10000, angle_precision::in_float}}, other_base{{12, 500000}};
  CHECK(!verify::certified(in, far, in_float).holds);
  CHECK(!verify::certified(in, far, other_base).holds);
  CHECK(verify::certified(in, far, other_base, 500000).holds);
}

TEST_CASE("a result that is off is not certified") {
  auto in = verify::random_ssd<float>(70, 12, 6);
  verify::library_ssd<float> right;
  using M = matrix<float> const&;
  auto slightly = verify::certified(
      in, [&](vector<float> const& a, M C, M B, M X) { return matrix<float>(1.00001f * right(a, C, B, X)); });
  CHECK(!slightly.holds);
  CHECK(slightly.consistent);
  CHECK(slightly.relative_error > 9e-6);
  auto one_entry = verify::certified(in, [&](vector<float> const& a, M C, M B, M X) {
    matrix<float> Y = right(a, C, B, X);
    Y(10, 2) += 0.01f;
    return Y;
  });
  CHECK(!one_entry.holds);
  CHECK(!one_entry.encloses_result);
  CHECK(one_entry.largest_error == doctest::Approx(0.01).epsilon(0.01));
}

TEST_CASE("enclosures that do not meet are reported") {
  using I = interval<double>;
  matrix<float> Y = matrix<float>::Constant(1, 1, 1.f);
  auto of = [](double low, double high) { return matrix<I>(matrix<I>::Constant(1, 1, I(low, high))); };
  matrix<interval<float>> own = matrix<interval<float>>::Constant(1, 1, interval<float>(0.5f, 2.f));
  auto report = verify::certify("by hand", Y, std::vector{of(0.75, 1.25), of(0.875, 1.5)}, own, 0.5);
  CHECK(report.holds);
  CHECK(report.largest_error == doctest::Approx(0.25));  // [0.875, 1.25]
  CHECK(report.width == doctest::Approx(0.375));
  CHECK(report.relative_error == doctest::Approx(0.25 / 0.875));
  CHECK(!verify::certify("apart", Y, std::vector{of(0.75, 0.9), of(1.1, 1.5)}, own, 0.5).consistent);
  CHECK(!verify::certify("above the bar", Y, std::vector{of(0.75, 1.25)}, own, 0.1).holds);
}
