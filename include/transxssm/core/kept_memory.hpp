// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <memory_resource>
#include <unordered_map>
#include <vector>

namespace transxssm {

/// Memory that is kept when it is given back, for the next one who asks for as many bytes: for work that is done over and
/// over with the same sizes, as the steps of a training. (Standard pools return what is larger than some megabytes to the
/// system, which then clears it page by page every time.) For one thread at a time.
class kept_memory : public std::pmr::memory_resource {
 public:
  kept_memory() = default;
  kept_memory(kept_memory const&) = delete;
  kept_memory& operator=(kept_memory const&) = delete;
  ~kept_memory() override {
    for (auto const& [size, blocks] : free_)
      for (void* block : blocks) std::pmr::new_delete_resource()->deallocate(block, size, alignment);
  }

 private:
  static constexpr std::size_t alignment = 64;

  void* do_allocate(std::size_t bytes, std::size_t aligned) override {
    if (aligned > alignment) throw std::bad_alloc();
    auto& blocks = free_[bytes];
    if (blocks.empty()) {
      blocks.reserve(blocks.capacity() + 1);  // so that to give back cannot fail
      return std::pmr::new_delete_resource()->allocate(bytes, alignment);
    }
    void* block = blocks.back();
    blocks.pop_back();
    return block;
  }
  void do_deallocate(void* block, std::size_t bytes, std::size_t) override { free_[bytes].push_back(block); }
  bool do_is_equal(std::pmr::memory_resource const& other) const noexcept override { return this == &other; }

  std::unordered_map<std::size_t, std::vector<void*>> free_;
};

}  // namespace transxssm
