// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <Eigen/Core>
#include <random>
#include <transxssm/math/cos_sin.hpp>
#include "oracle.hpp"

using namespace transxssm;
using oracle::real;

namespace {

// Turns of every octant: uniform ones, and ones at 2^-3 to 2^-160 from a multiple of 1/8.
std::vector<turn> samples(int count) {
  std::mt19937_64 random(5);
  std::vector<turn> x{{0, 0, 0}};
  for (int i = 0; i < count; ++i) {
    turn y(random(), random(), random());
    if (i % 2) {
      unsigned const bits = 3 + unsigned(random() % 158), words = bits / 64, rest = bits % 64;
      std::uint64_t const first = random() >> rest;
      y = words == 0 ? turn(first, random(), random()) : words == 1 ? turn(0, first, random()) : turn(0, 0, first);
      if (i % 4 == 3) y = -y;
      y += turn((random() % 8) << 61, 0, 0);
    }
    x.push_back(y);
  }
  return x;
}

// Is x the nearest S to `exact`? Both its neighbours are no nearer. (Independent of anyone's conversions.)
template<class S>
bool nearest(S x, real const& exact) {
  using bits = std::conditional_t<sizeof(S) == 2, std::uint16_t, std::uint32_t>;
  real const error = abs(real(static_cast<float>(x)) - exact);
  for (bits step : {bits(1), bits(-1)}) {
    float const beside = static_cast<float>(std::bit_cast<S>(bits(std::bit_cast<bits>(x) + step)));
    if (std::isfinite(beside) && abs(beside - exact) < error) return false;
  }
  return true;
}

// The same for cos and sin of x.
template<class S>
bool both_nearest(turn const& x, oracle::rotation const& exact) {
  plane_rotation<S> const r = cos_sin<S>(x);
  return nearest(r.cos, exact.cos) && nearest(r.sin, exact.sin);
}

oracle::rotation exact_rotation(turn const& x) { return oracle::direct(oracle::value(x) * 2 * oracle::pi); }

}  // namespace

TEST_CASE("cos_sin: the nearest float, bfloat16 and half; double and long double within an ulp") {
  double in_double = 0, in_long_double = 0;
  int far = 0;
  for (turn const& x : samples(20000)) {
    oracle::rotation const exact = exact_rotation(x);
    plane_rotation<float> const f = cos_sin<float>(x);
    if (f.cos != static_cast<float>(exact.cos) || f.sin != static_cast<float>(exact.sin)) ++far;
    if (!both_nearest<float>(x, exact) || !both_nearest<Eigen::bfloat16>(x, exact) ||
        !both_nearest<Eigen::half>(x, exact))
      ++far;
    if (abs(exact.cos) < 1e-38 || abs(exact.sin) < 1e-38) continue;  // digits of the turn run out
    plane_rotation<double> const d = cos_sin<double>(x);
    plane_rotation<long double> const l = cos_sin<long double>(x);
    in_double = std::max({in_double, oracle::ulps(d.cos, exact.cos), oracle::ulps(d.sin, exact.sin)});
    in_long_double = std::max({in_long_double, oracle::ulps(l.cos, exact.cos), oracle::ulps(l.sin, exact.sin)});
  }
  CHECK(far == 0);
  MESSAGE("largest error: double " << in_double << " ulp, long double " << in_long_double << " ulp");
  CHECK(in_double < 1);
  CHECK(in_long_double < 1);
}

// Angles whose sine is half way between two numbers, to 2^-190, a little above or below: no double can tell.
TEST_CASE("cos_sin: hard cases of rounding") {
  std::mt19937_64 random(6);
  int wrong = 0;
  for (int i = 0; i < 3000; ++i) {
    int const bits = i % 3 == 0 ? 24 : i % 3 == 1 ? 8 : 11;  // of float, bfloat16, half
    real const middle =
        ldexp(real((random() >> (65 - bits) | std::uint64_t(1) << (bits - 1)) * 2 + 1), -bits - 1 - i % 7);
    turn x = oracle::nearest_turn(asin(middle) / (2 * oracle::pi));
    if (i % 2) x += turn(0, 0, 1);
    if (i % 5 == 1) x = turn(std::uint64_t(1) << 62, 0, 0) - x;  // the cosine
    oracle::rotation const exact = exact_rotation(x);
    wrong += bits == 24  ? !both_nearest<float>(x, exact)
             : bits == 8 ? !both_nearest<Eigen::bfloat16>(x, exact)
                         : !both_nearest<Eigen::half>(x, exact);
  }
  CHECK(wrong == 0);
}

TEST_CASE("cos_sin: quarters are exact, and 0 is +0") {
  std::uint64_t const quarter = std::uint64_t(1) << 62;
  for (unsigned q = 0; q < 4; ++q) {
    plane_rotation<double> const r = cos_sin<double>(turn(q * quarter, 0, 0));
    CHECK(r.cos == (q == 0 ? 1 : q == 2 ? -1 : 0));
    CHECK(r.sin == (q == 1 ? 1 : q == 3 ? -1 : 0));
  }
  CHECK(!std::signbit(cos_sin<float>(turn()).sin));
}

TEST_CASE("rounded: once, also to 16 bits") {
  double const above_middle = 1 + 0x1p-8 + 0x1p-40;  // of 1 and 1 + 2^-7 in bfloat16; its nearest float is the middle
  CHECK(static_cast<float>(rounded<Eigen::bfloat16>(above_middle)) == 1 + 0x1p-7f);
  CHECK(static_cast<float>(rounded<Eigen::bfloat16>(-above_middle)) == -1 - 0x1p-7f);
  CHECK(static_cast<float>(Eigen::bfloat16(float(above_middle))) == 1);  // what rounding twice would give
  CHECK(static_cast<float>(rounded<Eigen::bfloat16>(1 + 3 * 0x1p-8 - 0x1p-40)) == 1 + 0x1p-7f);
  CHECK(static_cast<float>(rounded<Eigen::half>(1 + 0x1p-11 + 0x1p-40)) == 1 + 0x1p-10f);
}
