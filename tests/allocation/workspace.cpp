// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <memory_resource>
#include <mutex>
#include <new>
#include "support/operands.hpp"

namespace allocation_workspace {

using namespace transxssm;

namespace {

/// Knows how much of it is in use, and how much was at the most. It refuses the allocation number `last`.
class metered : public std::pmr::memory_resource {
 public:
  std::size_t in_use = 0, peak = 0, taken = 0, last = std::size_t(-1);

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    if (taken++ >= last) throw std::bad_alloc();
    peak = std::max(peak, in_use += bytes);
    return std::pmr::new_delete_resource()->allocate(bytes, alignment);
  }
  void do_deallocate(void* p, std::size_t bytes, std::size_t alignment) override {
    in_use -= bytes;
    std::pmr::new_delete_resource()->deallocate(p, bytes, alignment);
  }
  bool do_is_equal(memory_resource const& other) const noexcept override { return this == &other; }
};

/// The most numbers of 8 bytes that an evaluation has in use at once; afterwards it has none.
double peak(auto const& evaluate) {
  metered memory;
  evaluate(workspace{&memory});
  CHECK(memory.in_use == 0);
  CHECK(memory.taken > 0);
  return double(memory.peak) / 8;
}

/// As documented, and a row or two of bookkeeping.
void expect_peak(double numbers, index_t documented, index_t row) {
  CHECK(numbers >= double(documented));
  CHECK(numbers <= double(documented + 4 * row));
}

}  // namespace

TEST_CASE("the workspace that each form documents, all of it given back") {
  for (auto [T, N, P] : {std::array<index_t, 3>{100, 8, 4}, {64, 32, 16}, {7, 3, 50}, {300, 2, 2}}) {
    one_head_of<double> o(T, N, P);
    matrix<double> Y(T, P);
    auto of = [&](auto form, auto const& expression) {
      return peak([&](workspace memory) { Y = with(form, memory, expression * o.X); });
    };
    auto M = semiseparable(o.log_a, o.C, o.B);
    auto A = attention(o.C, o.B);
    index_t const q = std::min<index_t>(T, 16), k = std::min<index_t>(T, 64), block = std::min<index_t>(T, 32);
    expect_peak(of(quadratic{}, M), T * T + T * (2 * N + 2 * P) + (N + std::max(q, N)) * P, T);
    expect_peak(of(chunked{16}, M), q * q + q * (2 * N + 2 * P) + (N + std::max(q, N)) * P, q);
    expect_peak(of(recurrent{}, M), N * P + k * (2 * N + 2 * P), k);
    index_t const ahead = 2 * 64;  // what is asked for while a kernel computes
    index_t const rows = rounded_up(N, tile_rows), width = rounded_up(P, packet_size<double>);
    expect_peak(of(tiled{32}, M), rows * width + block * (2 * (rows + 16) + 2 * width + 8) + ahead, block);
    expect_peak(of(quadratic{}, A), T * T + T * (N + P) + T * (N + P), T);
    // A block of queries with what they come to, one of keys and values, a strip of scores, and a panel of keys.
    index_t const n = rounded_up(N, packet_size<double>), p = rounded_up(P, packet_size<double>),
                  keys = rounded_up(block, panel_width<double>);
    expect_peak(of(online{32}, A),
                block * (N + p) + keys * n + block * p + strip_rows * keys + panel_width<double> * n + 4 * block,
                block);
  }
}

TEST_CASE("the forms that are linear in T need no more memory for a longer sequence") {
  index_t const N = 16, P = 8;
  auto need = [&](auto form, index_t T) {
    one_head_of<double> o(T, N, P);
    matrix<double> Y(T, P);
    return peak([&](workspace memory) { Y = with(form, memory, semiseparable(o.log_a, o.C, o.B) * o.X); });
  };
  for (index_t T : {1000, 5000}) {
    CHECK(need(chunked{}, T) == need(chunked{}, 200));
    CHECK(need(recurrent{}, T) == need(recurrent{}, 200));
    CHECK(need(tiled{}, T) == need(tiled{}, 200));
  }
}

TEST_CASE("a workspace is used by batches and by many threads, and is given back") {
  index_t const batch = 2, T = 30, H = 6, N = 4, P = 3;
  auto decays = log_decays<double>(batch * T * H, 1);
  view<double, 3> log_a(decays.data(), {batch, T, H});
  batch_of<double> C(batch, T, H, N, 2), X(batch, T, H, P, 3), Y(batch, T, H, P, 4);
  kv_cache<double> cache(T, N, P, H, batch);
  for (int threads : {1, 2, 4}) {
    auto used = [&](auto const& expression) {
      return peak([&](workspace memory) { with(Y.all, memory, cpu{threads}) = expression * X.all; });
    };
    double const one = used(semiseparable(log_a, C.all, C.all));
    index_t const rows = rounded_up(N, tile_rows), width = rounded_up(P, packet_size<double>);
    CHECK(one <= double(H * (rows * width + 2) + threads * (32 * (2 * rows + 2 * width + 32 + 8) + 2 * 64 + 2)));
    used(attention(C.all, C.all));
    used(linear_attention(C.all, C.all));
    cache.roll_back(cache.length());
    used(attention(C.all, C.all).from(cache));
  }
}

TEST_CASE("memory that runs out comes out as std::bad_alloc, from every allocation and thread, and all is given back") {
  index_t const batch = 2, T = 12, H = 3, N = 4, P = 3;
  auto decays = log_decays<double>(batch * T * H, 1);
  view<double, 3> log_a(decays.data(), {batch, T, H});
  batch_of<double> C(batch, T, H, N, 2), X(batch, T, H, P, 3), Y(batch, T, H, P, 4);
  auto exhausted = [&](auto const& expression, auto... parts) {
    metered enough;
    with(Y.all, workspace{&enough}, parts...) = expression * X.all;
    REQUIRE(enough.taken > 0);
    for (std::size_t last = 0; last < enough.taken; ++last) {
      metered memory;
      memory.last = last;
      CHECK_THROWS_AS((with(Y.all, workspace{&memory}, parts...) = expression * X.all), std::bad_alloc);
      CHECK(memory.in_use == 0);
    }
  };
  auto M = semiseparable(log_a, C.all, C.all);
  for (int threads : {1, 2}) {
    exhausted(M, quadratic{}, cpu{threads});
    exhausted(M, chunked{4}, cpu{threads});
    exhausted(M, recurrent{}, cpu{threads});
    exhausted(M, tiled{4}, cpu{threads});
    exhausted(attention(C.all, C.all), quadratic{}, cpu{threads});
    exhausted(attention(C.all, C.all), online{4}, cpu{threads});
    exhausted(linear_attention(C.all, C.all), recurrent{}, cpu{threads});
  }
}

}  // namespace allocation_workspace
