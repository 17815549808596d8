// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <concepts>
#include "../core/errors.hpp"

namespace transxssm {

/// Keys [first, last).
struct key_range {
  index_t first, last;
  TRANSXSSM_HOST_DEVICE index_t size() const { return last - first; }
};

struct mask_option {};

/// Which keys a query may see: for the query that stands at key i, an interval of keys. Both ends grow with i.
template<class M>
concept mask = std::derived_from<M, mask_option> && requires(M const& m, index_t i) {
  { m(i) } -> std::same_as<key_range>;
};

/// A query sees its own key and all before it: the mask of a language model (Section 2.1).
struct causal : mask_option {
  TRANSXSSM_HOST_DEVICE key_range operator()(index_t i) const { return {0, i + 1}; }
  causal borrowed() const { return *this; }
};

/// A query sees the last `width` keys, its own being one of them. Throws std::invalid_argument if width < 1.
struct sliding_window : mask_option {
  index_t width;

  explicit sliding_window(index_t keys) : width(keys) {
    if (keys < 1) refuse("sliding_window(width)", "the window", keys, "keys", "at least 1");
  }
  TRANSXSSM_HOST_DEVICE key_range operator()(index_t i) const { return {i + 1 > width ? i + 1 - width : 0, i + 1}; }
  sliding_window borrowed() const { return *this; }
};

/// Which of T queries, that stand at keys at, at + 1, ..., see key j: an interval, too, whose ends grow with j.
TRANSXSSM_HOST_DEVICE auto queries_that_see(mask auto const& sees, index_t j, index_t at, index_t T) {
  auto first = [&](auto const& is_so) {
    index_t low = 0, high = T;
    while (low < high) {
      index_t const middle = low + (high - low) / 2;
      if (is_so(sees(at + middle))) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  struct query_range {
    index_t first, last;
    TRANSXSSM_HOST_DEVICE index_t size() const { return last - first; }
  };
  return query_range{first([&](key_range keys) { return j < keys.last; }),
                     first([&](key_range keys) { return j < keys.first; })};
}

}  // namespace transxssm
