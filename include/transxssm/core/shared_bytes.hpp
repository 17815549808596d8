// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <cstdint>
#include "view.hpp"

namespace transxssm {

/// Where the elements of a view lie, whatever their type: four axes, strides in bytes.
struct memory_layout {
  std::intptr_t data;
  index_t size;  // of an element, in bytes
  index_t extents[4] = {1, 1, 1, 1}, strides[4] = {};

  template<class T, int Axes>
  explicit memory_layout(view<T, Axes> const& x) : data(reinterpret_cast<std::intptr_t>(x.data)), size(sizeof(T)) {
    constexpr int axis[4] = {Axes < 3 ? 1 : 0, Axes < 3 ? 3 : 1, Axes < 3 ? 3 : 2, 3};  // time is 1, feature is 3
    for (int i = 0; i < Axes; ++i) extents[axis[i]] = x.extents[i], strides[axis[i]] = x.strides[i] * size;
  }
};

/// Have two views a byte in common? The halves of one row have none, though each begins before the other ends: along an
/// axis of one stride in both, only the difference of two indices matters. Where strides differ, bytes between the first
/// and the last count as taken.
inline bool share_bytes(memory_layout const& a, memory_layout const& b) {
  struct axis {
    index_t stride, least, most;  // of the difference of the indices
  } axes[4] = {};                 // the largest stride first
  int count = 0;
  // Is some (offset in a) - (offset in b) within [low, high]?
  index_t low = b.data - a.data - a.size + 1, high = b.data - a.data + b.size - 1;
  for (int i = 0; i < 4; ++i) {
    if (a.extents[i] == 0 || b.extents[i] == 0) return false;
    index_t const n = a.extents[i] - 1, m = b.extents[i] - 1, s = n > 0 ? a.strides[i] : b.strides[i];
    if (n == 0 || m == 0 || s == b.strides[i]) {
      if (s == 0 || (n == 0 && m == 0)) continue;
      axes[count++] = s > 0 ? axis{s, -m, n} : axis{-s, -n, m};
    } else {
      index_t const in_a = n * s, in_b = m * b.strides[i];
      low -= std::max<index_t>(in_a, 0) - std::min<index_t>(in_b, 0);
      high -= std::min<index_t>(in_a, 0) - std::max<index_t>(in_b, 0);
    }
  }
  std::sort(axes, axes + count, [](axis const& x, axis const& y) { return x.stride > y.stride; });
  auto reaches = [&](auto const& self, int i, index_t from, index_t to) -> bool {
    if (i == count) return from <= 0 && 0 <= to;
    index_t least = 0, most = 0;  // what the axes after this one add
    for (int j = i + 1; j < count; ++j) least += axes[j].stride * axes[j].least, most += axes[j].stride * axes[j].most;
    auto floor = [s = axes[i].stride](index_t x) { return x / s - (x % s < 0); };
    index_t const last = std::min(axes[i].most, floor(to - least));
    for (index_t d = std::max(axes[i].least, -floor(most - from)); d <= last; ++d)
      if (self(self, i + 1, from - d * axes[i].stride, to - d * axes[i].stride)) return true;
    return false;
  };
  return reaches(reaches, 0, low, high);
}

}  // namespace transxssm
