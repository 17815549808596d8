// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "load.hpp"

namespace transxssm {

/// A state while a kernel moves it: h (N, P) in the precision of sums. It is moved where it lies, if it lies there as the
/// kernel needs it, and else through a copy that keep() writes back. Without a state, h starts from zero and is not kept.
template<class Acc, class H>
class moving_state {
 public:
  moving_state(view<H, 2> state, index_t N, index_t P, workspace memory)
      : state_(state), copy_(memory, lies_ready(state) ? 0 : N, P), h(ready(state, copy_), N, P, stride(state, P)) {
    if (!state.data) h.setZero();
    else if (!lies_ready(state)) load(state.borrowed(), h);
  }
  /// Asks for a kilobyte of h.
  void prefetch_kilobyte(index_t i) const {
    auto const at = reinterpret_cast<char const*>(h.data()) + 1024 * i;
    for (index_t line = 0; line < 16; ++line) prefetch(at + 64 * line);
  }
  void keep() const {
    if (state_.data && !lies_ready(state_)) store(h, state_);
  }

 private:
  static bool lies_ready(view<H, 2> const& x) {
    return std::same_as<H, Acc> && x.data && x.strides[1] == 1 && x.strides[0] >= x.cols();
  }
  static Acc* ready(view<H, 2> const& state, scratch<Acc>& copy) {
    if constexpr (std::same_as<H, Acc>)
      if (lies_ready(state)) return state.data;
    return copy.data();
  }
  static Eigen::OuterStride<> stride(view<H, 2> const& state, index_t P) {
    return Eigen::OuterStride<>(lies_ready(state) ? state.strides[0] : P);
  }
  view<H, 2> state_;
  scratch<Acc> copy_;

 public:
  strided_tile<Acc> h;  // (N, P)
};

}  // namespace transxssm
