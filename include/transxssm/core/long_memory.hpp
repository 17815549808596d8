// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <new>
#include <vector>
#if __has_include(<sys/mman.h>)
#include <sys/mman.h>
#endif

namespace transxssm {

/// Memory of what every step passes through from end to end: states and caches. It begins where a cache line does, so that
/// no vector of numbers lies in two. And where there is much of it, it asks for pages of 2 MB (on Linux, where they are not
/// granted without being asked for): whatever reads ahead, the processor or a prefetch, stops at the end of a page.
template<class S>
struct long_memory {
  using value_type = S;

  long_memory() = default;
  template<class T>
  long_memory(long_memory<T> const&) {}

  S* allocate(std::size_t n) {
    void* p = ::operator new(n * sizeof(S), alignment(n));
#ifdef MADV_HUGEPAGE
    if (alignment(n) == page) ::madvise(p, n * sizeof(S), MADV_HUGEPAGE);  // a wish: if it is not granted, so be it
#endif
    return static_cast<S*>(p);
  }
  void deallocate(S* p, std::size_t n) { ::operator delete(p, alignment(n)); }
  friend bool operator==(long_memory, long_memory) { return true; }

 private:
  static constexpr std::align_val_t line{64}, page{std::size_t(1) << 21};
  static std::align_val_t alignment(std::size_t n) { return n * sizeof(S) < 4 * std::size_t(page) ? line : page; }
};

template<class S>
using long_array = std::vector<S, long_memory<S>>;

}  // namespace transxssm
