// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <transxssm/verify/shift.hpp>
#include <doctest/doctest.h>

using namespace transxssm;
using verify::matrix, verify::vector;

namespace {
constexpr index_t T = 80, N = 16, P = 8;
}

TEST_CASE_TEMPLATE("this library's attention and SSD do not see a shift", S, float, double) {
  for (auto angles : {angle_precision::exact, angle_precision::in_double, angle_precision::in_float})
    for (pairing pairs : {pairing::interleaved, pairing::half_split}) {
      verify::shift_options options{.angles = angles, .pairs = pairs};
      auto attention = verify::shift(verify::random_attention<S>(T, N, P), options);
      auto ssd = verify::shift(verify::random_ssd<S>(T, N, P), options);
      CAPTURE(verify::to_text(attention));
      CAPTURE(verify::to_text(ssd));
      CHECK((attention.holds && ssd.holds));
      CHECK((attention.shifts.size() == 5 && ssd.shifts.size() == 5));
      CHECK((attention.largest_error > 0 && ssd.largest_error > 0));
      CHECK((attention.largest_ratio < 1 && ssd.largest_ratio < 1));
      for (auto const& s : ssd.shifts) CHECK(s.state_error > 0);
    }
}

TEST_CASE("planted faults in attention are found") {
  auto in = verify::random_attention<float>(T, N, P);
  verify::library_rotated_attention<float> right{{N}};
  using M = matrix<float> const&;
  auto fails = [&](auto f) { return !verify::shift(in, f).holds; };
  CHECK(!fails(right));
  CHECK(fails([&](verify::positions const& m, M Q, M K, M V) {  // positions that restart
    verify::positions restarted = m;
    for (index_t& at : restarted) at %= 65536;
    return right(restarted, Q, K, V);
  }));
  CHECK(fails([&](verify::positions const& m, M Q, M K, M V) {  // keys that are not rotated
    rotary_table<float> R = right.rotation.table(m);
    matrix<float> Z = attention(rotate(Q, R), K) * V;
    return Z;
  }));
  CHECK(fails([&](verify::positions const& m, M Q, M K, M V) {  // a feature map after the rotation
    rotary_table<float> R = right.rotation.table(m);
    matrix<float> q = rotate(Q, R), k = rotate(K, R);
    matrix<float> Z = attention(matrix<float>(q.cwiseMax(0.f)), matrix<float>(k.cwiseMax(0.f))) * V;
    return Z;
  }));
  verify::library_rotated_attention<float> in_float{{N, 10000, angle_precision::in_float}};
  auto report = verify::shift(in, in_float);  // held to exact angles
  CHECK(!report.holds);
  CHECK(!report.shifts.back().holds);
}

TEST_CASE("planted faults in SSD and in its state are found") {
  auto in = verify::random_ssd<float>(T, N, P);
  verify::library_rotated_ssd<float> right{{N}};
  verify::library_relocation<float> relocate{{N}};
  auto fails = [&](auto f, auto moved) { return !verify::shift(in, f, moved).holds; };
  CHECK(!fails(right, relocate));
  CHECK(fails(right, [](matrix<float> const& h, index_t) { return h; }));  // not relocated
  CHECK(fails(right, [&](matrix<float> const& h, index_t p) { return relocate(h, p + 1); }));
  using M = matrix<float> const&;
  CHECK(fails(
      [&](verify::positions const& m, vector<float> const& a, M C, M B, M X, matrix<float>& h) {  // keys one step late
        verify::positions late = m;
        for (index_t& at : late) at = std::max<index_t>(at - 1, 0);
        rotary_table<float> R = right.rotation.table(m), R1 = right.rotation.table(late);
        matrix<float> c = rotate(C, R), b = rotate(B, R1);
        ssm_state<float> state(view<float, 4>(h.data(), {1, N, 1, P}, {N * P, 1, N * P, N}));
        matrix<float> Y = semiseparable(a, c, b).from(state) * X;
        return Y;
      },
      relocate));
  auto report = verify::shift(in,
                              [&](verify::positions const& m, vector<float> const& a, M C, M B, M X, matrix<float>& h) {
                                matrix<float> Y = right(m, a, C, B, X, h);
                                h(3, 3) += m[0] > 0 ? 1e-3f : 0.f;  // only the last state
                                return Y;
                              },
                              relocate, {.shifts = {10}});
  CHECK(!report.holds);
  CHECK(report.shifts[0].error <= report.shifts[0].bound);
  CHECK(report.shifts[0].state_error > report.shifts[0].state_bound);
  CHECK(verify::to_text(report).find("<-- too large") != std::string::npos);
}

TEST_CASE("the error of a product of two inexact lengths") {
  verify::random_numbers next(2);
  matrix<double> a = next.rows<double>(3, 4).cwiseAbs(), b = next.rows<double>(5, 4).cwiseAbs();
  matrix<double> e = next.rows<double>(3, 4).cwiseAbs(), f = next.rows<double>(5, 4).cwiseAbs();
  matrix<double> E = verify::product_error(a, e, b, f);
  for (index_t i = 0; i < 3; ++i)
    for (index_t j = 0; j < 5; ++j) {
      double sum = 0;
      for (index_t p = 0; p < 4; ++p) sum += a(i, p) * b(j, p) * ((1 + e(i, p)) * (1 + f(j, p)) - 1);
      CHECK(E(i, j) == doctest::Approx(sum));
    }
}

TEST_CASE("progress is told") {
  std::vector<double> told;
  verify::shift(verify::random_attention<float>(8, 4, 4), {.on_progress = [&](double f) { told.push_back(f); }});
  CHECK(std::is_sorted(told.begin(), told.end()));
  CHECK((told.size() == 5 && told.back() == 1));
}
