// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <transxssm/verify/duality.hpp>
#include <doctest/doctest.h>
#include <cmath>
#include <limits>

using namespace transxssm;
using verify::matrix, verify::vector;

TEST_CASE("the definition of SSD, on numbers by hand") {
  verify::ssd_input<double> in{vector<double>{{std::log(0.5), std::log(0.25), std::log(0.5)}},
                               matrix<double>{{1}, {2}, {3}}, matrix<double>{{1}, {1}, {2}},
                               matrix<double>{{4}, {8}, {1}}};
  matrix<double> Y = verify::ssd_by_definition<double>(in);
  CHECK(Y(0) == doctest::Approx(4));                   // 1 * 4
  CHECK(Y(1) == doctest::Approx(2 * (0.25 * 4 + 8)));  // h = 0.25 * 4 + 8 = 9
  CHECK(Y(2) == doctest::Approx(3 * (0.5 * 9 + 2 * 1)));
  in.log_a(1) = -std::numeric_limits<double>::infinity(), in.X(0) = std::numeric_limits<double>::quiet_NaN();
  Y = verify::ssd_by_definition<double>(in);  // a reset: the NaN before it is forgotten
  CHECK(Y(1) == 16);
}

TEST_CASE("the definition of attention, on numbers by hand") {
  verify::attention_input<double> in{matrix<double>{{1, 0, 0, 0}, {0, 2, 0, 0}},
                                     matrix<double>{{5, 5, 5, 5}, {0, 6, 0, 0}}, matrix<double>{{1}, {3}}};
  matrix<double> Z = verify::attention_by_definition<double>(in);
  CHECK(Z(0) == 1);
  double p = 1 / (1 + std::exp(5.0 - 6.0));  // scores 2 * 5 / sqrt(4) and 2 * 6 / sqrt(4)
  CHECK(Z(1) == doctest::Approx(1 - p + 3 * p));
}

TEST_CASE("the bars are those of the design") {
  vector<float> slow = vector<float>::Constant(10000, -1e-6f), fast = vector<float>::Constant(10000, -50.f);
  double eps = std::numeric_limits<float>::epsilon();
  CHECK(verify::ssd_error_bar(slow) == doctest::Approx(eps * (16 + 50)));
  CHECK(verify::ssd_error_bar(fast) == doctest::Approx(eps * 16.5));
  CHECK(verify::attention_error_bar<double>() == doctest::Approx(16 * std::numeric_limits<double>::epsilon()));
  CHECK(verify::attention_error_bar<Eigen::bfloat16>() == doctest::Approx(16 * eps + 1 / 256.));
}

TEST_CASE("relative_l2 against the norms of Eigen") {
  verify::random_numbers next(1);
  matrix<double> A = next.rows<double>(7, 5), B = next.rows<double>(7, 5);
  CHECK(verify::relative_l2(A, B) == doctest::Approx((A - B).norm() / B.norm()));
  CHECK(verify::relative_l2(A, matrix<double>(0 * B)) == doctest::Approx(A.norm()));
  CHECK(verify::relative_l2(A, next.rows<double>(7, 6)) == std::numeric_limits<double>::infinity());
}

TEST_CASE("an error that is not a number is the worst, and stays so") {
  CHECK(verify::worse(2, 1) == 2);
  CHECK(verify::worse(1, 2) == 2);
  CHECK(std::isnan(verify::worse(NAN, 1)));
  CHECK(std::isnan(verify::worse(1, NAN)));
}

TEST_CASE("the forms of SSD agree with the definition and with each other") {
  for (double mean : {-0.5, -0.01, -20.0}) {
    auto report = verify::duality<double>(verify::random_ssd<float>(150, 24, 10, mean));
    CAPTURE(verify::to_text(report));
    CHECK(report.holds);
    CHECK(report.forms.size() == 6);
    CHECK(report.largest_error > 0);
  }
  CHECK(verify::duality<long double>(verify::random_ssd<double>(100, 16, 8)).holds);
  CHECK(verify::duality<double>(verify::random_ssd<Eigen::bfloat16>(100, 16, 8)).holds);
}

TEST_CASE("so do those of attention") {
  auto report = verify::duality<double>(verify::random_attention<float>(150, 24, 10));
  CAPTURE(verify::to_text(report));
  CHECK(report.holds);
  CHECK(report.forms.size() == 3);
  CHECK(verify::duality<long double>(verify::random_attention<double>(100, 16, 8)).holds);
}

TEST_CASE("planted faults in SSD are found, and named") {
  using S = float;
  auto in = verify::random_ssd<S>(96, 16, 8);
  verify::library_ssd<S> right;
  auto report_of = [&](verify::ssd_function<S> f) {
    return verify::duality<double>(in, {{"right", right}, {"mine", f}});
  };
  auto fails = [&](verify::ssd_function<S> f) {
    auto report = report_of(f);
    CHECK(report.forms[0].holds);
    return !report.holds && !report.forms[1].holds && verify::to_text(report).find("mine: error") != std::string::npos;
  };
  using V = vector<S> const&;
  using M = matrix<S> const&;
  CHECK(report_of(right).holds);
  CHECK(fails([&](V a, M C, M B, M X) -> matrix<S> {
    return right(a, C, B, a.array().exp().matrix().asDiagonal() * X);
  }));  // own step
  CHECK(fails([&](V a, M C, M B, M X) -> matrix<S> { return right(a, B, C, X); }));
  CHECK(fails([&](V a, M C, M B, M X) -> matrix<S> { return right(a * S(1.0001), C, B, X); }));
  CHECK(fails([&](V a, M C, M B, M X) -> matrix<S> { return S(1.00001) * right(a, C, B, X); }));
  CHECK(fails([&](V a, M C, M B, M X) -> matrix<S> { return right(a, C, B, X).topRows(95); }));
  CHECK(fails([&](V a, M C, M B, M X) -> matrix<S> {  // the state is lost between chunks
    matrix<S> Y(96, 8);
    for (index_t t : {0, 48})
      Y.middleRows(t, 48) = right(a.segment(t, 48), C.middleRows(t, 48), B.middleRows(t, 48), X.middleRows(t, 48));
    return Y;
  }));
  CHECK(fails([&](V a, M C, M B, M X) -> matrix<S> {  // decays as differences of a long running sum, in float
    vector<S> sum(96);
    for (index_t t = 0; t < 96; ++t) sum(t) = 300 + (t ? sum(t - 1) - 300 : 0) + a(t);
    vector<S> again = a;
    for (index_t t = 1; t < 96; ++t) again(t) = sum(t) - sum(t - 1);
    return right(again, C, B, X);
  }));
  CHECK(fails([&](V a, M C, M B, M X) -> matrix<S> {
    matrix<S> Y = right(a, C, B, X);
    Y(50, 3) = std::numeric_limits<S>::quiet_NaN();
    return Y;
  }));
}

TEST_CASE("planted faults in attention are found") {
  using S = float;
  auto in = verify::random_attention<S>(64, 16, 8);
  verify::library_attention<S> right;
  auto fails = [&](verify::attention_function<S> f) { return !verify::duality<double>(in, {{"mine", f}}).holds; };
  using M = matrix<S> const&;
  CHECK(!fails(right));
  CHECK(fails([&](M Q, M K, M V) -> matrix<S> { return right(Q * S(4), K, V); }));  // without 1 / sqrt(N)
  CHECK(fails([&](M Q, M K, M V) -> matrix<S> {                                     // without the mask
    matrix<S> p = (Q * K.transpose() / S(4)).array().exp();
    return p.rowwise().sum().cwiseInverse().asDiagonal() * p * V;
  }));
  CHECK(fails([&](M Q, M K, M V) -> matrix<S> {  // without the normaliser
    matrix<S> p = (Q * K.transpose() / S(4)).array().exp();
    p.triangularView<Eigen::StrictlyUpper>().setZero();
    return p * V;
  }));
}

TEST_CASE("two forms that both hold may not be further apart than twice the bar") {
  auto in = verify::random_ssd<float>(32, 8, 8);
  verify::duality_report report{.bar = 1e-3};
  matrix<double> exact = verify::ssd_by_definition<double>(in);
  std::vector<verify::named_form<double>> forms = {{"above", 1.0009}, {"below", 0.9991}};
  verify::compare_forms<double>(report, forms, exact, [&](double by) { return matrix<double>(by * exact); }, {});
  CHECK(report.holds);
  CHECK(report.largest_disagreement == doctest::Approx(0.0018).epsilon(0.01));
}

TEST_CASE("progress is told") {
  std::vector<double> told;
  verify::duality<double>(verify::random_ssd<float>(16, 4, 4), verify::library_ssd_forms<float>(),
                          [&](double f) { told.push_back(f); });
  CHECK(std::is_sorted(told.begin(), told.end()));
  CHECK((told.size() > 2 && told.front() == 0 && told.back() == 1));
}
