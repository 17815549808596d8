// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <new>
#include "model/small_model.hpp"
#include "support/operands.hpp"

using namespace transxssm;

// Every allocation of this program is counted: those by operator new too, which end here.
#ifdef __GLIBC__
namespace {
std::atomic<std::size_t> allocations = 0;
}

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t bytes) noexcept { return ++allocations, __libc_malloc(bytes); }
void* calloc(std::size_t count, std::size_t bytes) noexcept { return ++allocations, __libc_calloc(count, bytes); }
void* realloc(void* p, std::size_t bytes) noexcept { return ++allocations, __libc_realloc(p, bytes); }
void* memalign(std::size_t alignment, std::size_t bytes) noexcept {
  return ++allocations, __libc_memalign(alignment, bytes);
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
  return ++allocations, __libc_memalign(alignment, bytes);
}
int posix_memalign(void** p, std::size_t alignment, std::size_t bytes) noexcept {
  *p = memalign(alignment, bytes);
  return *p ? 0 : ENOMEM;
}
}

namespace allocation_per_step {

/// The most allocations that one of the calls step(0), ..., step(steps - 1) makes, from the call `first` on.
inline std::size_t most_allocations(index_t steps, auto const& step, index_t first = 1) {
  std::size_t most = 0;
  for (index_t t = 0; t < steps; ++t) {
    std::size_t const before = allocations;
    step(t);
    if (t >= first) most = std::max(most, allocations - before);
  }
  return most;
}

TEST_CASE("the counter counts") {
  CHECK(most_allocations(3, [](index_t) {
          int* volatile p = new int(1);  // volatile: a pair of new and delete may be left out
          delete p;
        }) == 1);
  CHECK(most_allocations(3, [](index_t) { std::free(std::malloc(8)); }) == 1);
  CHECK(most_allocations(3, [](index_t) {
          Eigen::VectorXf x(100);
          x.setZero();
        }) == 1);
  CHECK(most_allocations(3, [](index_t) {
          std::pmr::new_delete_resource()->deallocate(std::pmr::new_delete_resource()->allocate(64, 64), 64, 64);
        }) == 1);
  CHECK(most_allocations(3, [](index_t) {}) == 0);
}

TEST_CASE("decoding with a pool for a workspace: from the second step on, nothing is allocated") {
  index_t const batch = 2, T = 40, H = 4, G = 2, N = 16, P = 8;
  std::pmr::unsynchronized_pool_resource pool;
  workspace const memory{&pool};
  auto decays = log_decays<float>(batch * T * H, 1);
  view<float, 3> log_a(decays.data(), {batch, T, H});
  batch_of<float> C(batch, T, G, N, 2), B(batch, T, G, N, 3), X(batch, T, H, P, 4), Y(batch, T, H, P, 5),
      Q(batch, T, H, N, 6), V(batch, T, G, P, 7);
  std::vector<float> dt(std::size_t(batch * T * H), 0.5f), D(H, 2);
  view<float, 3> factor(dt.data(), {batch, T, H});
  rotary_table<float> R(frequencies(N), T);
  auto rows = [](auto const& x, index_t t) { return x.middle_rows(t, 1); };
  auto M = [&](index_t t) {
    return semiseparable(rows(log_a, t), rotate(rows(C.all, t), R.middle_rows(t, 1)),
                         rotate(rows(B.all, t), R.middle_rows(t, 1)), skip(view<float, 1>(D.data(), {H})));
  };
  ssm_state<float> state(N, P, H, batch);

  SUBCASE("a batch of heads, with rotation, skip and scaled rows") {
    CHECK(most_allocations(T, [&](index_t t) {
            with(rows(Y.all, t), recurrent{}, memory) = M(t).from(state) * scale_rows(rows(X.all, t), rows(factor, t));
          }) == 0);
    CHECK(state.position(1) == T);
  }
  SUBCASE("the automatic form") {
    CHECK(most_allocations(T, [&](index_t t) { with(rows(Y.all, t), memory) = M(t).from(state) * rows(X.all, t); }) ==
          0);
  }
  SUBCASE("attention from a cache, from the step on where there is a whole block of keys") {
    kv_cache<float> cache(T, N, P, G, batch);
    auto A = [&](index_t t) {
      return attention(rotate(rows(Q.all, t), R.middle_rows(t, 1)), rotate(rows(B.all, t), R.middle_rows(t, 1)));
    };
    auto step = [&](index_t t) { with(rows(Y.all, t), online{16}, memory) = A(t).from(cache) * rows(V.all, t); };
    CHECK(most_allocations(T, step, 16) == 0);
  }
  SUBCASE("one head, of Eigen matrices") {
    one_head_of<float> o(T, N, P);
    ssm_state<float> one(N, P);
    matrix<float> y(T, P);
    CHECK(most_allocations(T, [&](index_t t) {
            auto step = semiseparable(o.log_a.segment(t, 1), rotate(o.C.row(t), R.middle_rows(t, 1)),
                                      rotate(o.B.row(t), R.middle_rows(t, 1)));
            y.row(t) = with(recurrent{}, memory, step.from(one) * o.X.row(t));
          }) == 0);
  }
  SUBCASE("a rotation in place") {
    CHECK(most_allocations(
              T, [&](index_t t) { with(rows(C.all, t), memory) = rotate(rows(C.all, t), R.middle_rows(t, 1)); }) == 0);
  }
  SUBCASE("whole sequences, in chunks") {
    auto whole = semiseparable(log_a, rotate(C.all, R), rotate(B.all, R));
    CHECK(most_allocations(3, [&](index_t) { with(Y.all, chunked{8}, memory) = whole * X.all; }) == 0);
  }
}

TEST_CASE("a token of each of the four systems, decoded with a pool, from the second one on") {
  for (model_config const& c : small_model::all()) {
    CAPTURE(c.name);
    auto const model = small_model::made<float>(c);
    model_cache<float> cache(c, 400);
    std::pmr::unsynchronized_pool_resource pool;
    policy const how{workspace{&pool}};
    tile<float> logits(1, c.vocab_size);
    model(small_model::tokens(150), cache, logits, logits_of::last_token, how);
    token_batch next(std::vector<token>{0});
    auto step = [&](index_t t) {
      next.clear(), next.append(token(t % 50)), next.end_sequence();
      model(next, cache, logits, logits_of::last_token, how);
    };
    CHECK(most_allocations(140, step) == 0);  // over two landmarks
    CHECK(cache.length() == 290);
  }
}

}  // namespace allocation_per_step
#else
TEST_CASE("allocations are counted with glibc only" * doctest::skip()) {}
#endif
