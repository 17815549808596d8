// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <boost/multiprecision/cpp_int.hpp>
#include <random>
#include <transxssm/math/turn.hpp>
#include "oracle.hpp"

using boost::multiprecision::cpp_int;
using transxssm::fixed_point, transxssm::index_t, transxssm::turn;

namespace {

cpp_int const whole = cpp_int(1) << 192;
cpp_int integer(turn const& x) { return ((cpp_int(x.high()) << 64) + x.middle() << 64) + x.low(); }
cpp_int modulo_whole(cpp_int const& x) { return (x % whole + whole) % whole; }

std::vector<turn> some_turns() {
  std::uint64_t const all = ~std::uint64_t(0), top = std::uint64_t(1) << 63;
  std::vector<turn> x{{0, 0, 0}, {0, 0, 1}, {0, 1, 0}, {1, 0, 0}, {all, all, all}, {0, all, all}, {top, 0, 0}};
  std::mt19937_64 random(2);
  for (int i = 0; i < 40; ++i) x.emplace_back(random(), random(), random());
  return x;
}

}  // namespace

TEST_CASE("a turn is an integer modulo 2^192") {
  for (turn const& a : some_turns()) {
    CHECK(integer(-a) == modulo_whole(-integer(a)));
    for (turn const& b : some_turns()) {
      CHECK(integer(a + b) == modulo_whole(integer(a) + integer(b)));
      CHECK(integer(a - b) == modulo_whole(integer(a) - integer(b)));
    }
  }
}

TEST_CASE("m steps: an exact product, whatever the size and sign of m") {
  using limits = std::numeric_limits<index_t>;
  std::vector<index_t> positions{
      0, 1, -1, 2, 3, 1 << 30, index_t(1) << 31, -index_t(1) << 31, limits::max(), limits::min()};
  std::mt19937_64 random(3);
  for (int i = 0; i < 40; ++i) positions.push_back(index_t(random()));
  for (turn const& step : some_turns())
    for (index_t m : positions) CHECK(integer(step * m) == modulo_whole(integer(step) * m));
}

TEST_CASE("upper_product: with two words, and by halves") {
  std::mt19937_64 random(4);
  for (int i = 0; i < 1000; ++i) {
    std::uint64_t const a = i ? random() : ~std::uint64_t(0), b = i ? random() : a;
    cpp_int const expected = cpp_int(a) * b >> 64;
    CHECK(transxssm::upper_product(a, b) == expected);
    CHECK(transxssm::upper_product_by_halves(a, b) == expected);
  }
}

TEST_CASE("to and from a number of turns: whole turns are dropped") {
  for (turn const& x : some_turns()) {
    CHECK(oracle::value(fixed_point(x)) == oracle::value(x));
    CHECK(turn(fixed_point(x)) == x);
    CHECK(turn(fixed_point(x) + 12345) == x);
    CHECK(turn(fixed_point(x) - 7) == x);
  }
}
