// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <Eigen/Core>
#include <random>
#include <transxssm/math/frequencies/yarn.hpp>
#include <transxssm/math/rotary_table.hpp>
#include "oracle.hpp"

using namespace transxssm;
using oracle::real;

namespace {

// How far a table of base^(-2i/d) is from 100 digits: floats that are not the nearest, and the largest error in double.
struct accuracy {
  index_t entries = 0, wrong_floats = 0;
  double ulps = 0;

  void add(oracle::rotation const& exact, plane_rotation<float> f, plane_rotation<double> d) {
    entries += 2;
    wrong_floats += (f.cos != static_cast<float>(exact.cos)) + (f.sin != static_cast<float>(exact.sin));
    ulps = std::max({ulps, oracle::ulps(d.cos, exact.cos), oracle::ulps(d.sin, exact.sin)});
  }
};
std::ostream& operator<<(std::ostream& out, accuracy const& a) {
  return out << a.entries << " entries, " << a.wrong_floats << " floats not the nearest, double within " << a.ulps
             << " ulp";
}

index_t const last = index_t(1) << 31;

std::string message(auto&& make) {
  try {
    make();
  } catch (std::logic_error const& e) { return e.what(); }
  return "nothing was thrown";
}

}  // namespace

TEST_CASE("the oracle agrees with itself: powers of e^(i theta), and cos and sin of m theta") {
  std::mt19937_64 random(7);
  for (index_t i : {0, 1, 31}) {
    real const theta = oracle::theta(i, 64, 10000);
    oracle::powers const powers(theta);
    for (index_t m : {index_t(0), index_t(1), index_t(-255), index_t(65536), last, -last, index_t(random() >> 33)}) {
      oracle::rotation const a = powers(m), b = oracle::direct(theta * m);
      CHECK(abs(a.cos - b.cos) < 1e-85);
      CHECK(abs(a.sin - b.sin) < 1e-85);
    }
  }
}

TEST_CASE("accuracy: every entry of the first 4096 positions") {
  for (index_t d : {64, 128})
    for (double base : {10000.0, 500000.0}) {
      accuracy found;
      frequencies const theta(d, base);
      rotary_table<float> const R32(theta, 4096);
      rotary_table<double> const R64(theta, 4096);
      auto const f = R32.borrowed().head(0, 0, 1);
      auto const g = R64.borrowed().head(0, 0, 1);
      for (index_t i = 0; i < d / 2; ++i) {
        oracle::powers const exact(oracle::theta(i, d, base));
        for (index_t m = 0; m < 4096; ++m) found.add(exact(m), f(m, i), g(m, i));
      }
      MESSAGE("d = " << d << ", base = " << base << ": " << found);
      CHECK(found.wrong_floats == 0);
      CHECK(found.ulps < 1);
    }
}

TEST_CASE("accuracy: random positions up to 2^31, of either sign, and the ends") {
  std::mt19937_64 random(8);
  accuracy found;
  for (double base : {10000.0, 500000.0, 1e6}) {
    std::vector<index_t> positions{last, -last, last - 1, 1 - last, 131071, 1000003};
    while (positions.size() < 2600) positions.push_back(index_t(random() % std::uint64_t(2 * last + 1)) - last);
    while (positions.size() < 2700) positions.push_back(index_t(random() >> (33 + random() % 31)));
    frequencies const theta(128, base);
    rotary_table<float> const R32(theta, positions);
    rotary_table<double> const R64(theta, positions);
    auto const f = R32.borrowed().head(0, 0, 1);
    auto const g = R64.borrowed().head(0, 0, 1);
    for (index_t i = 0; i < 64; ++i) {
      oracle::powers const exact(oracle::theta(i, 128, base));
      for (index_t t = 0; t < R32.rows(); ++t) found.add(exact(positions[std::size_t(t)]), f(t, i), g(t, i));
    }
  }
  MESSAGE(found);
  CHECK(found.entries >= 1000000);
  CHECK(found.wrong_floats == 0);
  CHECK(found.ulps < 1);
}

TEST_CASE("accuracy: next to the zeros of cos and sin, at the worst positions up to 2^31 of every plane") {
  accuracy found;
  real smallest = 1;
  for (double base : {10000.0, 500000.0}) {
    frequencies const theta(128, base);
    for (index_t i = 0; i < 64; ++i) {
      oracle::powers const exact(oracle::theta(i, 128, base));
      std::vector<index_t> positions;
      for (index_t m : oracle::nearest_to_zeros(oracle::theta(i, 128, base)))
        for (index_t beside : {m - 1, m, m + 1, -m}) positions.push_back(beside);
      rotary_table<float> const R32(theta, positions);
      rotary_table<double> const R64(theta, positions);
      for (index_t t = 0; t < R32.rows(); ++t) {
        oracle::rotation const e = exact(R32.position(0, t));
        found.add(e, R32.head(0, 0, 1)(t, i), R64.head(0, 0, 1)(t, i));
        for (real const& x : {e.cos, e.sin})
          if (x != 0) smallest = std::min(smallest, real(abs(x)));
      }
    }
  }
  MESSAGE(found << ", the nearest zero at " << static_cast<double>(smallest));
  CHECK(smallest < 1e-10);
  CHECK(found.wrong_floats == 0);
  CHECK(found.ulps < 1);
}

TEST_CASE("accuracy: long double, bfloat16 and half") {
  std::vector<index_t> const positions{0, 1, 100, 131071, last, -last};
  frequencies const theta(64);
  rotary_table<long double> const L(theta, positions);
  rotary_table<Eigen::bfloat16> const B(theta, positions);
  rotary_table<Eigen::half> const H(theta, positions);
  for (index_t i = 0; i < 32; ++i)
    for (index_t t = 0; t < 6; ++t) {
      oracle::rotation const e = oracle::direct(oracle::theta(i, 64, 10000) * positions[std::size_t(t)]);
      CHECK(oracle::ulps(L.head(0, 0, 1)(t, i).cos, e.cos) < 1);
      CHECK(oracle::ulps(L.head(0, 0, 1)(t, i).sin, e.sin) < 1);
      for (auto [x, exact] : {std::pair{B.head(0, 0, 1)(t, i).cos, e.cos}, {B.head(0, 0, 1)(t, i).sin, e.sin}})
        CHECK(abs(static_cast<float>(x) - exact) <= abs(exact) * 0x1p-8);
      for (auto [x, exact] : {std::pair{H.head(0, 0, 1)(t, i).cos, e.cos}, {H.head(0, 0, 1)(t, i).sin, e.sin}})
        CHECK(abs(static_cast<float>(x) - exact) <= std::max(real(abs(exact)), real(0x1p-14)) * 0x1p-11);
    }
}

TEST_CASE("the caller's rates, in radians: as they are") {
  std::vector<double> const rates{1, 0.1, 0, 6.5, 1e-9};
  rotary_table<double> const R(frequencies(rates), 1000);
  for (index_t m : {0, 1, 7, 999})
    for (index_t i = 0; i < 5; ++i) {
      oracle::rotation const e = oracle::direct(real(rates[std::size_t(i)]) * m);
      CHECK(oracle::ulps(R.head(0, 0, 1)(m, i).cos, e.cos) < 1);
      CHECK(oracle::ulps(R.head(0, 0, 1)(m, i).sin, e.sin) < 1);
    }
}

TEST_CASE("angles in float, as PyTorch code has them, and in double") {
  std::vector<index_t> const positions{0, 1, 1000, 131071, 1000003, -5};
  frequencies const theta(64, 500000);
  rotary_table<float> const F(theta, positions, pairing::half_split, angle_precision::in_float);
  rotary_table<double> const D(theta, positions, pairing::half_split, angle_precision::in_double);
  rotary_table<double> const exact(theta, positions, pairing::half_split);
  double float_error = 0, double_error = 0;
  for (index_t t = 0; t < 6; ++t)
    for (index_t i = 0; i < 32; ++i) {
      double const rate = static_cast<double>(oracle::theta(i, 64, 500000));
      float const angle = static_cast<float>(positions[std::size_t(t)]) * static_cast<float>(rate);
      CHECK(F.head(0, 0, 1)(t, i).cos == static_cast<float>(cos(real(angle))));
      CHECK(F.head(0, 0, 1)(t, i).sin == static_cast<float>(sin(real(angle))));
      double const fine = static_cast<double>(positions[std::size_t(t)]) * rate;
      CHECK(D.head(0, 0, 1)(t, i).sin == doctest::Approx(static_cast<double>(sin(real(fine)))).epsilon(1e-15));
      float_error = std::max(float_error, std::abs(F.head(0, 0, 1)(t, i).sin - exact.head(0, 0, 1)(t, i).sin));
      double_error = std::max(double_error, std::abs(D.head(0, 0, 1)(t, i).sin - exact.head(0, 0, 1)(t, i).sin));
    }
  CHECK((float_error > 1e-3 && float_error < 6e-2));
  CHECK((double_error > 1e-12 && double_error < 4e-10));
}

TEST_CASE("one table for a state of 128 and heads of 64: every second plane") {
  rotary_table<float> const wide(frequencies(128), 50, pairing::half_split),
      narrow(frequencies(64), 50, pairing::half_split);
  auto const R = wide.strided(2);
  CHECK((R.planes() == 32 && R.rows() == 50 && R.pairs == pairing::half_split && R.position(0, 49) == 49));
  for (index_t t = 0; t < 50; ++t)
    for (index_t i = 0; i < 32; ++i) {
      CHECK(R.head(0, 0, 1)(t, i).cos == narrow.head(0, 0, 1)(t, i).cos);
      CHECK(R.middle_rows(t, 1).head(0, 0, 1)(0, i).sin == narrow.head(0, 0, 1)(t, i).sin);
    }
  CHECK(message([&] { wide.strided(3); }) == "rotary_view.strided: every plane 3 of 64, expected a positive divisor");
  CHECK(message([&] { wide.strided(0); }) == "rotary_view.strided: every plane 0 of 64, expected a positive divisor");
}

TEST_CASE("each sequence its own positions") {
  std::vector<index_t> const positions{0, 1, 2, 0, 7, 8, 9, -1};  // two sequences of four, as if packed
  frequencies const theta(8);
  rotary_table<double> const R(theta, 2, positions);
  CHECK((R.batch() == 2 && R.rows() == 4 && R.planes() == 4 && R.heads() == 1));
  for (index_t b = 0; b < 2; ++b)
    for (index_t t = 0; t < 4; ++t) {
      index_t const m = positions[std::size_t(4 * b + t)];
      CHECK(R.position(b, t) == m);
      CHECK(R.middle_rows(t, 1).position(b, 0) == m);
      for (index_t i = 0; i < 4; ++i) {
        double const angle = double(m) * std::pow(10000, -double(i) / 4);
        CHECK(R.head(b, 5, 6)(t, i).cos == doctest::Approx(std::cos(angle)).epsilon(1e-12));
        CHECK(R.middle_rows(1, 3).head(b, 0, 6)((t + 2) % 3, i).sin == R.head(b, 0, 1)((t + 2) % 3 + 1, i).sin);
      }
    }
  rotary_table<double> const shared(theta, positions);
  CHECK(shared.head(1, 0, 1)(6, 2).cos == R.head(1, 0, 1)(2, 2).cos);
  CHECK(shared.position(3, 6) == 9);  // a batch of 1 is for every sequence
}

TEST_CASE("a table can be copied and moved; what it carries goes along") {
  frequencies const theta = yarn(16, 10000, {.factor = 4, .trained_length = 1024});
  auto R = rotary_table<float>(theta, 5, pairing::half_split);
  float const cos = R.head(0, 0, 1)(3, 1).cos;
  auto copy = R;
  auto moved = std::move(R);
  R = rotary_table<float>(theta, 1);
  for (auto const* table : {&copy, &moved}) {
    CHECK(table->head(0, 0, 1)(3, 1).cos == cos);
    CHECK(table->borrowed().pairs == pairing::half_split);
    CHECK(table->attention_scaling() == theta.attention_scaling);
    CHECK(table->borrowed().head(0, 0, 1).attention_scaling == theta.attention_scaling);
    CHECK(table->position(0, 4) == 4);
  }
  CHECK(copy.borrowed().cosines.data != moved.borrowed().cosines.data);
}

TEST_CASE("no steps and no planes: an empty table") {
  CHECK(rotary_table<float>(frequencies(8), 0).rows() == 0);
  rotary_table<float> const still(frequencies(std::vector<double>{}), 3);
  CHECK((still.rows() == 3 && still.planes() == 0));
  CHECK(positions_from(5, 3) == std::vector<index_t>{5, 6, 7});
}

TEST_CASE("what is no table or no row of one is refused") {
  frequencies const theta(8);
  rotary_table<float> const R(theta, 10);
  CHECK(message([&] { rotary_table<float>(theta, -1); }) == "positions_from: T is -1, expected 0 or more");
  std::vector<index_t> const three{1, 2, 3};
  CHECK(message([&] { return rotary_table<float>(theta, 2, three); }) ==
        "rotary_table: 3 positions for a batch of 2, expected as many for each of at least one sequence");
  CHECK_THROWS_AS(rotary_table<float>(theta, 0, std::vector<index_t>{}), std::invalid_argument);
  CHECK(message([&] { R.middle_rows(8, 3); }) == "rotary_view.middle_rows: 3 rows from row 8 on, of 10");
  CHECK_THROWS_AS(R.middle_rows(-1, 3), std::out_of_range);
  CHECK_THROWS_AS(R.middle_rows(2, -1), std::out_of_range);
  CHECK_NOTHROW(R.middle_rows(10, 0));
  CHECK(message([&] { R.position(0, 10); }) == "rotary_view.position: 1 rows from row 10 on, of 10");
  rotary_view<float> nameless = R.borrowed();
  nameless.positions = {};
  CHECK_NOTHROW(nameless.middle_rows(2, 3));
  CHECK(message([&] { nameless.position(0, 1); }) == "rotary_view.position: this view carries no positions");
}

// What does not compile: rows of a table that is gone, and tables of scalars that are no table's.
template<class R>
concept rows_can_be_taken = requires(R&& r) { std::forward<R>(r).middle_rows(0, 1); };
template<class R>
concept planes_can_be_taken = requires(R&& r) { std::forward<R>(r).strided(2); };
static_assert(rows_can_be_taken<rotary_table<float>&> && !rows_can_be_taken<rotary_table<float>>);
static_assert(planes_can_be_taken<rotary_table<float>&> && !planes_can_be_taken<rotary_table<float>>);
static_assert(table_scalar<float> && table_scalar<long double> && table_scalar<Eigen::bfloat16> &&
              table_scalar<Eigen::half>);
static_assert(!table_scalar<int> && !table_scalar<short> && !table_scalar<real>);
