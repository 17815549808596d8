// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <exception>
#include <memory_resource>
#include <mutex>
#include "../core/view.hpp"
#include "../policy/place.hpp"
#include "../policy/workspace.hpp"
#ifdef _OPENMP
#include <omp.h>
#endif

namespace transxssm {

/// Takes turns to a memory resource, so that threads may share one that is not synchronised.
class shared_resource : public std::pmr::memory_resource {
 public:
  explicit shared_resource(std::pmr::memory_resource* memory) : memory_(memory) {}

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    std::lock_guard turn(mutex_);
    return memory_->allocate(bytes, alignment);
  }
  void do_deallocate(void* p, std::size_t bytes, std::size_t alignment) override {
    std::lock_guard turn(mutex_);
    memory_->deallocate(p, bytes, alignment);
  }
  bool do_is_equal(std::pmr::memory_resource const& other) const noexcept override { return this == &other; }
  std::pmr::memory_resource* memory_;
  std::mutex mutex_;
};

/// f(0, memory), ..., f(n - 1, memory), each once, shared out among the threads of `where`. Each index is worked by one
/// thread alone, and each of its matrix products too, so the result does not depend on their number. What an f throws is
/// thrown again here, after all others are done.
void for_each_index([[maybe_unused]] cpu where, workspace memory, index_t n, auto const& f) {
#ifdef _OPENMP
  // Eigen would share a product out among all threads, at other bits: within this scope it may not. (The number is this
  // thread's own; within a parallel region Eigen sees that there is one.)
  struct one_thread {
    int before = omp_get_max_threads();
    one_thread() { omp_set_num_threads(1); }
    ~one_thread() { omp_set_num_threads(before); }
  } alone;
  if (int threads = static_cast<int>(n < where.threads ? n : index_t(where.threads)); threads > 1) {
    shared_resource turns(memory.memory);
    std::exception_ptr thrown;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
    for (index_t i = 0; i < n; ++i) {
      try {
        f(i, workspace{&turns});
      } catch (...) {
#pragma omp critical(transxssm_thrown)
        thrown = std::current_exception();
      }
    }
    if (thrown) std::rethrow_exception(thrown);
    return;
  }
#endif
  for (index_t i = 0; i < n; ++i) f(i, memory);
}

}  // namespace transxssm
