// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "support/definition.hpp"

namespace operator_kv_cache {

using namespace transxssm;

namespace {

/// Steps [t, t + n) of attention, continuing in `cache`.
matrix<double> part(one_head_of<double> const& o, index_t t, index_t n, kv_cache<double>& cache) {
  return attention(o.C.middleRows(t, n), o.B.middleRows(t, n)).from(cache) * o.X.middleRows(t, n);
}

}  // namespace

TEST_CASE("a cache holds the rotated keys and the values, in their order") {
  one_head_of<double> o(6, 4, 3);
  auto R = rotary_table<double>(frequencies(4), 6);
  kv_cache<double> cache(10, 4, 3);
  CHECK((cache.capacity() == 10 && cache.sequences() == 1 && cache.length() == 0));
  matrix<double> Z = attention(rotate(o.C, R), rotate(o.B, R)).from(cache) * o.X;
  CHECK((cache.length() == 6 && cache.position() == 6));
  CHECK(same_bits(copied(cache.keys().middle_rows(0, 6), 0, 0, 1), dense(rotate(o.B, R))));
  CHECK(same_bits(copied(cache.values().middle_rows(0, 6), 0, 0, 1), o.X));
  CHECK(copied(cache.keys().middle_rows(6, 4), 0, 0, 1).isZero(0));
}

TEST_CASE("a cache of negative extents is refused") {
  CHECK_THROWS_WITH_AS(kv_cache<float>(-1, 4, 3),
                       "kv_cache(capacity, N, P, heads, batch): an axis has -1 entries, expected at least 0",
                       std::invalid_argument);
  CHECK_THROWS_AS(kv_cache<float>(1, 4, -3), std::invalid_argument);
  CHECK_NOTHROW(kv_cache<float>(0, 0, 0));
}

TEST_CASE("cut anywhere and resumed, by blocks or by single steps") {
  one_head_of<double> o(17, 4, 3);
  definition::rows const Z =
      definition::attention(definition::exact(o.C), definition::exact(o.B)) * definition::exact(o.X);
  for (index_t cut : {0, 1, 8, 16, 17}) {
    kv_cache<double> cache(17, 4, 3);
    matrix<double> parts(17, 3);
    parts.topRows(cut) = part(o, 0, cut, cache);
    parts.bottomRows(17 - cut) = part(o, cut, 17 - cut, cache);
    CHECK(definition::error(parts, Z) < definition::bar<double>);
  }
  kv_cache<double> cache(17, 4, 3);
  matrix<double> steps(17, 3);
  for (index_t t = 0; t < 17; ++t) steps.row(t) = part(o, t, 1, cache);
  CHECK(definition::error(steps, Z) < definition::bar<double>);
}

TEST_CASE("roll_back forgets the last steps, and what follows is as if they had never been") {
  one_head_of<double> o(12, 4, 3);
  kv_cache<double> cache(12, 4, 3), straight(12, 4, 3);
  matrix<double> Z = part(o, 0, 5, cache);
  Z = part(o, 8, 4, cache);  // a guess that turns out wrong
  cache.roll_back(4);
  CHECK((cache.length() == 5 && cache.position() == 5));
  Z = part(o, 5, 7, cache);
  part(o, 0, 5, straight);
  CHECK(same_bits(Z, part(o, 5, 7, straight)));
  cache.roll_back(0), cache.roll_back(12);
  CHECK(cache.length() == 0);
}

TEST_CASE("sequences are rolled back together or one by one") {
  kv_cache<float> cache(8, 2, 2, 1, 3);
  for (index_t s = 0; s < 3; ++s) cache.advance(s, 2 + s);
  cache.roll_back(1);
  CHECK((cache.length(0) == 1 && cache.length(1) == 2 && cache.length(2) == 3));
  cache.roll_back(3, 2);
  CHECK((cache.length(0) == 1 && cache.length(1) == 2 && cache.length(2) == 0));
  using wrong = std::invalid_argument;
  CHECK_THROWS_WITH_AS(cache.roll_back(1), "cache.roll_back(steps): steps has 1 of them, expected 0 to 0", wrong);
  CHECK_THROWS_AS(cache.roll_back(-1), wrong);
  CHECK_THROWS_AS(cache.roll_back(2, 0), wrong);
  CHECK_THROWS_AS(cache.roll_back(-1, 0), wrong);
  CHECK((cache.length(0) == 1 && cache.length(1) == 2 && cache.length(2) == 0));  // all, or none
}

TEST_CASE("a sequence may begin elsewhere than at 0") {
  one_head_of<double> o(6, 4, 3);
  std::vector<index_t> later{100, 101, 102, 103, 104, 105};
  auto R = rotary_table<double>(frequencies(4), later);
  kv_cache<double> cache(6, 4, 3);
  cache.position() = 100;
  matrix<double> Z = attention(rotate(o.C, R), rotate(o.B, R)).from(cache) * o.X;
  CHECK((cache.length() == 6 && cache.position() == 106));
  auto turned = [](auto const& x) { return definition::rotated(definition::exact(x), definition::angles(4, 100), 2); };
  CHECK(definition::error(Z, definition::attention(turned(o.C), turned(o.B)) * definition::exact(o.X)) <
        definition::bar<double>);
}

TEST_CASE("grouped keys: the cache has their heads, not those of the queries") {
  index_t const batch = 2, T = 7, H = 6, G = 2, N = 4, P = 3;
  batch_of<double> Q(batch, T, H, N, 1), K(batch, T, G, N, 2), V(batch, T, G, P, 3), Z(batch, T, H, P, 4),
      parts(batch, T, H, P, 5);
  with(Z.all) = attention(Q.all, K.all) * V.all;
  kv_cache<double> cache(T, N, P, G, batch);
  for (auto [t, n] : {std::array<index_t, 2>{0, 4}, {4, 1}, {5, 2}})
    with(parts.all.middle_rows(t, n), cpu{2}) =
        attention(Q.all.middle_rows(t, n), K.all.middle_rows(t, n)).from(cache) * V.all.middle_rows(t, n);
  for (index_t b = 0; b < batch; ++b)
    for (index_t h = 0; h < H; ++h)
      CHECK(definition::error(copied(parts.all, b, h, H), definition::exact(copied(Z.all, b, h, H))) <
            definition::bar<double>);
}

}  // namespace operator_kv_cache
