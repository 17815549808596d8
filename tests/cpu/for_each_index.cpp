// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <atomic>
#include <new>
#include <set>
#include <thread>
#include "support/definition.hpp"

namespace cpu_for_each_index {

using namespace transxssm;

TEST_CASE("each index once, whatever the number of threads") {
  for (int threads : {-1, 0, 1, 2, 4, 100})
    for (index_t n : {0, 1, 3, 50}) {
      std::vector<std::atomic<int>> seen(std::size_t(n) + 1);
      for_each_index(cpu{threads}, workspace{}, n, [&](index_t i, workspace) { ++seen[std::size_t(i)]; });
      for (index_t i = 0; i < n; ++i) CHECK(seen[std::size_t(i)] == 1);
      CHECK(seen[std::size_t(n)] == 0);
    }
}

TEST_CASE("what an f throws comes out, after all others are done") {
  for (int threads : {1, 2, 4}) {
    std::atomic<int> done = 0;
    auto f = [&](index_t i, workspace) {
      if (i == 3) throw std::bad_alloc();
      ++done;
    };
    CHECK_THROWS_AS(for_each_index(cpu{threads}, workspace{}, 16, f), std::bad_alloc);
    if (threads > 1) CHECK(done == 15);
  }
}

TEST_CASE("threads take turns to a resource that is not synchronised") {
  std::pmr::unsynchronized_pool_resource pool;
  for_each_index(cpu{4}, workspace{&pool}, 400, [&](index_t i, workspace memory) {
    auto const bytes = std::size_t(1 + i);
    void* p = memory.memory->allocate(bytes, 64);
    std::memset(p, int(i), bytes);
    memory.memory->deallocate(p, bytes, 64);
  });
}

#ifdef _OPENMP
TEST_CASE("there are as many threads as were asked for, and the program's own number is left as it was") {
  omp_set_num_threads(3);
  std::atomic<int> most = 0;
  for_each_index(cpu{2}, workspace{}, 8, [&](index_t, workspace) {
    if (int n = omp_get_num_threads(); n > most) most = n;
  });
  CHECK(most <= 2);
  CHECK(omp_get_max_threads() == 3);
  CHECK_THROWS(for_each_index(cpu{1}, workspace{}, 1, [](index_t, workspace) { throw 1; }));
  CHECK(omp_get_max_threads() == 3);
}
#endif

TEST_CASE_TEMPLATE("the same bits at any number of threads, run after run", S, float, double) {
  index_t const batch = 2, T = 70, H = 5, N = 8, P = 6;
  auto decays = log_decays<S>(batch * T * H, 1);
  view<S, 3> log_a(decays.data(), {batch, T, H});
  batch_of<S> C(batch, T, 1, N, 2), B(batch, T, H, N, 3), X(batch, T, H, P, 4);
  rotary_table<S> R(frequencies(N), T);
  auto results = [&](auto form, int threads) {
    batch_of<S> Y(batch, T, H, P, 5), Z(batch, T, H, P, 6), W(batch, T, H, P, 7);
    ssm_state<S> state(N, P, H, batch);
    auto M = semiseparable(log_a, rotate(C.all, R), rotate(B.all, R));
    with(Y.all, form, cpu{threads}) = M.from(state) * X.all;
    if constexpr (std::same_as<decltype(form), quadratic>)
      with(Z.all, form, cpu{threads}) = attention(rotate(C.all, R), B.all) * X.all;
    if constexpr (std::same_as<decltype(form), chunked>)
      with(Z.all, online{16}, cpu{threads}) = attention(rotate(C.all, R), B.all) * X.all;
    with(W.all, cpu{threads}) = rotate(X.all, rotary_table<S>(frequencies(P), T));
    auto all = Y.memory;
    all.insert(all.end(), Z.memory.begin(), Z.memory.end());
    all.insert(all.end(), W.memory.begin(), W.memory.end());
    for (index_t b = 0; b < batch; ++b)
      for (index_t h = 0; h < H; ++h) {
        auto const one = copied(state.h(), b, h, H);
        all.insert(all.end(), one.data(), one.data() + one.size());
      }
    return all;
  };
  auto each = [&](auto form) {
    auto const alone = results(form, 1);
    for (int threads : {1, 2, 4}) CHECK(results(form, threads) == alone);
  };
  each(quadratic{}), each(chunked{16}), each(recurrent{});
}

TEST_CASE("the same bits inside a program that is itself parallel") {
  one_head_of<float> o(200, 64, 64);
  auto M = semiseparable(o.log_a, o.C, o.B);
  matrix<float> const Y = with(chunked{64}, M * o.X);
  std::vector<matrix<float>> results(4);
#pragma omp parallel for num_threads(4)
  for (int i = 0; i < 4; ++i) results[std::size_t(i)] = with(chunked{64}, cpu{2}, M * o.X);
  for (auto const& result : results) CHECK(same_bits(result, Y));
  std::vector<std::thread> threads;
  for (auto& result : results) threads.emplace_back([&] { result = with(chunked{64}, M * o.X); });
  for (auto& thread : threads) thread.join();
  for (auto const& result : results) CHECK(same_bits(result, Y));
}

}  // namespace cpu_for_each_index
