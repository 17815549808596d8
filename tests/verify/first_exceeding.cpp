// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <transxssm/verify/first_exceeding.hpp>
#include <doctest/doctest.h>
#include <cmath>
#include <limits>

using namespace transxssm;

namespace {

auto search(auto error, auto bound, index_t furthest = 100000) {
  auto errors = [&](std::vector<index_t> const& at) {
    std::vector<double> e;
    for (index_t m : at) e.push_back(error(m));
    return e;
  };
  return verify::first_positions_exceeding({0.1, 1, 10}, furthest, 1024, 64, errors, bound);
}

}  // namespace

TEST_CASE("the first position of an error that grows is found exactly, and so is the reach of the bound") {
  auto grows = [](index_t m) { return 1e-5 * double(m); };
  auto twice = [](index_t m) { return 2e-5 * double(m); };
  auto found = search(grows, twice, 999999);
  REQUIRE(found.size() == 3);
  for (auto const& f : found) {  // against a search by hand
    index_t first = 0, beyond = 0;
    while (first <= 999999 && !(grows(first) > f.threshold)) ++first;
    while (beyond <= 999999 && !(twice(beyond) > f.threshold)) ++beyond;
    if (first <= 999999) CHECK(f.position == first);
    else CHECK(!f.position);
    CHECK(f.proven == beyond);
  }
}

TEST_CASE("a single spike is found below `dense`, and a wide one anywhere") {
  auto none = [](index_t) { return 0.0; };
  CHECK(search([](index_t m) { return m == 777 ? 2.0 : 0.0; }, none)[1].position == 777);
  CHECK(search([](index_t m) { return m == 0 ? 2.0 : 0.0; }, none)[1].position == 0);
  auto wide = search([](index_t m) { return m > 50001 && m < 53000 ? 2.0 : 0.0; }, none);
  CHECK(wide[0].position == 50002);
  CHECK(wide[1].position == 50002);
  CHECK(!wide[2].position);
}

TEST_CASE("an error that is not a number exceeds everything") {
  auto found = search([](index_t m) { return m < 30000 ? 0.0 : std::numeric_limits<double>::quiet_NaN(); },
                      [](index_t) { return 0.0; });
  for (auto const& f : found) CHECK(f.position == 30000);
}
