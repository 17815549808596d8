// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "support/definition.hpp"

namespace cpu_load {

using namespace transxssm;

// Whatever an operand is made of, a kernel loads its rows, and no operand is formed as a whole.
TEST_CASE("load: converted, turned, scaled, mapped, and all of these") {
  auto const X = random_rows<float>(9, 4, 1);
  vector<float> const s = random_log_a<float>(9, 2);
  rotary_table<float> R(frequencies(4), 9);
  auto f = [](double x) { return x * x; };
  auto turned = [](definition::rows const& x) { return definition::rotated(x, definition::angles(4), 2); };
  auto squared = [](definition::rows const& x) { return definition::rows(x.array().square()); };
  auto is = [](auto const& operand, definition::rows const& expected) {
    tile<double> rows(9, 4);
    load(operand.borrowed().head(0, 0, 1), rows);
    CHECK(definition::error(rows, expected) < definition::bar<float>);
  };
  auto const x = definition::exact(X);
  definition::rows const S = definition::exact(s).asDiagonal() * definition::rows::Ones(9, 4);
  is(view_of<2>(X), x);
  is(rotate(X, R), turned(x));
  is(scale_rows(X, s), S.cwiseProduct(x));
  is(feature_map(X, f), squared(x));
  is(rotate(scale_rows(X, s), R), turned(S.cwiseProduct(x)));
  is(scale_rows(rotate(X, R), s), S.cwiseProduct(turned(x)));
  is(rotate(feature_map(X, f), R), turned(squared(x)));
  is(feature_map(rotate(scale_rows(X, s), R), f), squared(turned(S.cwiseProduct(x))));
  is(rotate(rotate(X, R), R), definition::rotated(
                                  x, [](index_t t, index_t j) { return 2 * definition::angles(4)(t, j); }, 2));
}

TEST_CASE("store: converted, into any strides") {
  row_major<double> rows = random_rows<double>(5, 3, 1);
  std::vector<float> memory(60, 7);
  view<float, 2> y(memory.data() + 59, {5, 3}, {-2, -20});
  store(rows, y);
  for (index_t t = 0; t < 5; ++t)
    for (index_t j = 0; j < 3; ++j) CHECK(y(t, j) == float(rows(t, j)));
  CHECK(std::count(memory.begin(), memory.end(), 7.f) == 45);
}

TEST_CASE("scratch: taken from a workspace, and given back") {
  struct counting : std::pmr::memory_resource {
    std::size_t bytes = 0;
    void* do_allocate(std::size_t n, std::size_t alignment) override {
      bytes += n;
      return std::pmr::new_delete_resource()->allocate(n, alignment);
    }
    void do_deallocate(void* p, std::size_t n, std::size_t alignment) override {
      bytes -= n;
      std::pmr::new_delete_resource()->deallocate(p, n, alignment);
    }
    bool do_is_equal(memory_resource const& other) const noexcept override { return this == &other; }
  } memory;
  {
    scratch<float> a(workspace{&memory}, 3, 5);
    CHECK(memory.bytes == 60);
    CHECK(reinterpret_cast<std::uintptr_t>(a.data()) % 64 == 0);
    scratch<definition::real> b(workspace{&memory}, 2, 2), none(workspace{&memory}, 0, 5);
    b.setConstant(3);
    CHECK(b.sum() == 12);
    CHECK(none.size() == 0);
  }
  CHECK(memory.bytes == 0);
}

}  // namespace cpu_load
