// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <transxssm/verify/relative_position.hpp>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <doctest/doctest.h>

using namespace transxssm;
using verify::matrix;
using oracle = boost::multiprecision::cpp_bin_float_100;

namespace {

constexpr index_t d = 16;

verify::exact_rotation<oracle>& exact() {
  static verify::exact_rotation<oracle> rotation(d);
  return rotation;
}
verify::relative_position_options quick() { return {.distances = {1, 64}, .dense = 256, .samples = 32}; }

/// A rotation that shares nothing with the library, with a place for a fault: `angle` (m, i) -> radians.
template<class S, class Out = S>
auto by_hand(auto angle, pairing pairs = pairing::interleaved) {
  return [=](matrix<S> const& X, verify::positions const& m) {
    matrix<Out> Y(X.rows(), X.cols());
    bool half = pairs == pairing::half_split;
    for (index_t t = 0; t < X.rows(); ++t)
      for (index_t i = 0; i < d / 2; ++i) {
        double phi = angle(m[std::size_t(t)], i), c = std::cos(phi), s = std::sin(phi);
        index_t re = half ? i : 2 * i, im = half ? i + d / 2 : 2 * i + 1;
        double x = double(X(t, re)), y = double(X(t, im));
        Y(t, re) = Out(x * c - y * s), Y(t, im) = Out(x * s + y * c);
      }
    return Y;
  };
}
double right(index_t m, index_t i) { return double(m) * std::pow(10000.0, -2.0 * double(i) / d); }

}  // namespace

TEST_CASE("the exact score is q R_{n-m} k^T with the matrix written out") {
  using pair = verify::rotated_pair<double, oracle>;
  verify::random_numbers next(5);
  for (pairing pairs : {pairing::interleaved, pairing::half_split})
    for (auto [m, n] : {std::pair<index_t, index_t>{0, 0}, {9, 2}, {2, 9}, {100000, 7}}) {
      pair p(next.rows<double>(1, d), next.rows<double>(1, d), pairs);
      oracle sum = 0;
      for (index_t i = 0; i < d / 2; ++i) {  // R_phi = (cos -sin; sin cos) on columns (Eq. 3), phi = (n - m) theta
        index_t re = pairs == pairing::half_split ? i : 2 * i,
                im = pairs == pairing::half_split ? i + d / 2 : 2 * i + 1;
        oracle theta = pow(oracle(10000), oracle(-2 * i) / d), phi = oracle(n - m) * theta;
        oracle k1 = p.k(re), k2 = p.k(im), q1 = p.q(re), q2 = p.q(im);
        sum += q1 * (cos(phi) * k1 - sin(phi) * k2) + q2 * (sin(phi) * k1 + cos(phi) * k2);
      }
      CHECK(double(abs(p.exact(exact(), m - n) - sum)) < 1e-90);
    }
}

TEST_CASE_TEMPLATE("the library's tables keep the identity, for all precisions of their angles", S, float, double,
                   Eigen::bfloat16) {
  for (auto angles : {angle_precision::exact, angle_precision::in_double, angle_precision::in_float})
    for (pairing pairs : {pairing::interleaved, pairing::half_split}) {
      auto options = quick();
      options.angles = angles, options.pairs = pairs;
      auto report = verify::relative_position<S>(exact(), options);
      CAPTURE(verify::to_text(report));
      CHECK(report.holds);
      CHECK(report.scores > 1000);
      CHECK(report.largest_error > 0);
      CHECK(report.largest_error <= report.largest_bound);
      CHECK(report.largest_ratio > 0.01);  // a bound that is never approached proves little
      CHECK(report.furthest == 1 << 20);
      CHECK(report.curve.size() > 30);
    }
}

TEST_CASE_TEMPLATE("C.B through the SSD kernel itself", S, float, double) {
  verify::library_ssd_scores<S> scores{{d}};
  auto report = verify::relative_position<S>(scores, exact(), quick());
  CAPTURE(verify::to_text(report));
  CHECK(report.holds);

  auto decayed = [&](matrix<S> const& C, matrix<S> const& B, verify::positions const& m) {
    return matrix<S>(S(0.999) * scores(C, B, m));
  };
  CHECK(!verify::relative_position<S>(decayed, exact(), quick()).holds);
}

TEST_CASE("a rotation of the user's own, in and out of 16 bits") {
  CHECK(verify::relative_position<float>(by_hand<float>(right), exact(), quick()).holds);
  CHECK(
      !verify::relative_position<double>(by_hand<double>(right), exact(), quick()).holds);  // its angles are not exact
  auto options = quick();
  options.angles = angle_precision::in_double;
  CHECK(verify::relative_position<float>(by_hand<float>(right), exact(), options).holds);
  CHECK(verify::relative_position<double>(by_hand<double>(right), exact(), options).holds);
  using bf16 = Eigen::bfloat16;
  CHECK(verify::relative_position<bf16>(by_hand<bf16>(right), exact(), options).holds);
  options.pairs = pairing::half_split;
  CHECK(verify::relative_position<float>(by_hand<float>(right, pairing::half_split), exact(), options).holds);
}

TEST_CASE("planted faults are found") {
  auto options = quick();
  options.angles = angle_precision::in_double;
  auto fails = [&](auto const& rotation) {
    return !verify::relative_position<float>(rotation, exact(), options).holds;
  };
  CHECK(!fails(by_hand<float>(right)));
  CHECK(fails(by_hand<float>([](index_t m, index_t i) { return i % 2 ? -right(m, i) : right(m, i); })));  // sign
  CHECK(fails(by_hand<float>([](index_t m, index_t i) { return right(m % 4096, i); })));                  // restarts
  CHECK(
      fails(by_hand<float>([](index_t m, index_t i) { return right(std::max<index_t>(m, 1), i); })));  // 0 and 1 alike
  CHECK(fails(by_hand<float>([](index_t m, index_t i) { return right(m, i + 1); })));                  // shifted planes
  CHECK(fails(by_hand<float>([](index_t m, index_t i) { return right(m, i) * (1 + 1e-9); })));         // theta
  CHECK(fails(by_hand<float>([](index_t m, index_t i) { return double(float(m) * float(right(1, i))); })));
  CHECK(fails(by_hand<float>(right, pairing::half_split)));
  CHECK(fails(by_hand<float>([](index_t m, index_t i) { return m == 3 ? NAN : right(m, i); })));
  auto rounded = [](matrix<float> const& X, verify::positions const& m) {
    return matrix<float>(by_hand<float>(right)(X, m).cast<Eigen::bfloat16>().cast<float>());
  };
  CHECK(fails(rounded));
  auto longer = [](matrix<float> const& X, verify::positions const& m) {
    return matrix<float>(1.00001f * by_hand<float>(right)(X, m));
  };
  CHECK(fails(longer));
}

TEST_CASE("float angles are flagged where they go wrong, and not before") {
  auto options = quick();
  options.furthest = 1 << 20;
  auto in_float = by_hand<float>([](index_t m, index_t i) { return double(float(m) * float(right(1, i))); });
  auto report = verify::relative_position<float>(in_float, exact(), options);
  CHECK(!report.holds);  // held to exact angles
  REQUIRE(report.exceeds.size() == 4);
  CHECK(report.exceeds[0].position);
  CHECK(report.exceeds[0].proven == options.furthest + 1);  // what the bound for exact angles would promise

  options.angles = angle_precision::in_float;
  report = verify::relative_position<float>(in_float, exact(), options);
  CHECK(report.holds);
  for (std::size_t i = 0; i < 4; ++i) {
    auto const& e = report.exceeds[i];
    if (e.position) CHECK(*e.position >= e.proven);
    if (i > 0 && e.position) CHECK(*e.position >= *report.exceeds[i - 1].position);
    if (i > 0) CHECK(e.proven >= report.exceeds[i - 1].proven);
  }
  CHECK(!report.exceeds[3].position);

  options.angles = angle_precision::exact;
  for (auto const& e : verify::relative_position<float>(exact(), options).exceeds)
    CHECK((!e.position && e.proven == (1 << 20) + 1));
}

TEST_CASE("a rate that is off is seen at a distance, if not among neighbours") {
  auto faster = by_hand<double>([](index_t m, index_t i) { return right(m, i) * (1 + 1e-6); });
  auto first = verify::relative_position<double>(faster, exact(), quick()).exceeds[0];
  REQUIRE(first.position);
  CHECK((*first.position > 64 && *first.position < 4096));  // m 1e-6 of the fastest plane's weight
}

TEST_CASE("progress goes from 0 to 1, and the text says what was found") {
  auto options = quick();
  std::vector<double> told;
  options.furthest = 4096, options.name = "mine", options.on_progress = [&](double f) { told.push_back(f); };
  auto text = verify::to_text(verify::relative_position<double>(exact(), options));
  CHECK(std::is_sorted(told.begin(), told.end()));
  CHECK((told.front() >= 0 && told.back() == 1));
  CHECK(text.find("holds: mine, d = 16, positions up to 4096") == 0);
  CHECK(text.find("error above 0.0001: never seen, and impossible before position 4097") != std::string::npos);
}
