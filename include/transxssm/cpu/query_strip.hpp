// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <memory_resource>
#include <vector>
#include "../operator/mask.hpp"

namespace transxssm {

/// Some steps of one head, and the keys that they see.
struct query_strip {
  index_t head, first, count;
  index_t at;           // the key where the first of them stands
  key_range some, all;  // keys that one of them sees, and that all of them see
};

/// Strips of `steps` steps of each head of a group, in the order of time. `a` is the operator of one head.
template<class A>
std::pmr::vector<query_strip> strips_of(A const& a, index_t heads, index_t steps, std::pmr::memory_resource* memory) {
  std::pmr::vector<query_strip> strips(memory);
  for (index_t t = 0; t < a.rows(); t += steps)
    for (index_t h = 0; h < heads; ++h) {
      index_t const n = std::min(steps, a.rows() - t), at = a.cols() - a.rows() + t;
      key_range const some{a.sees(at).first, a.sees(at + n - 1).last};
      strips.push_back({h, t, n, at, some, {a.sees(at + n - 1).first, a.sees(at).last}});
    }
  return strips;
}

/// Which of the strip's queries see key j.
key_range queries_that_see(mask auto const& sees, query_strip const& strip, index_t j) {
  if (strip.all.first <= j && j < strip.all.last) return {0, strip.count};
  auto const [first, last] = queries_that_see(sees, j, strip.at, strip.count);
  return {first, last};
}

}  // namespace transxssm
