// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <cstdint>
#include <transxssm/core/long_memory.hpp>
#include <transxssm/operator/kv_cache.hpp>
#include <transxssm/operator/ssm_state.hpp>

namespace test_long_memory {

using namespace transxssm;

bool begins_a_line(void const* p) { return reinterpret_cast<std::uintptr_t>(p) % 64 == 0; }

TEST_CASE("Long memory begins at a cache line, short or long, and is copied like any other") {
  for (std::size_t n : {std::size_t(1), std::size_t(1000), std::size_t(5) << 20}) {  // the last in large pages
    long_array<float> x(n, 1.5f), y = x;
    CHECK(begins_a_line(x.data()));
    CHECK(begins_a_line(y.data()));
    y.back() = 2;
    CHECK(x.back() == 1.5f);
    CHECK(y.size() == n);
    x = std::move(y);
    CHECK(x.back() == 2);
  }
}

TEST_CASE("States and caches lie in it") {
  ssm_state<float> state(3, 5, 2, 2);
  kv_cache<float> cache(7, 3, 5, 2, 2);
  CHECK(begins_a_line(state.h().data));
  CHECK(begins_a_line(cache.keys().data));
  CHECK(begins_a_line(cache.values().data));
}

}  // namespace test_long_memory
