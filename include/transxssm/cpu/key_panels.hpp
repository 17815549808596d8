// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "attention_tile.hpp"
#include "load.hpp"

namespace transxssm {

/// Rows as sums need them, each a whole number of vectors, `next` apart.
template<class S>
struct lent_rows {
  S const* data;
  index_t next;
};

/// The rows of x: where they lie, if they lie as sums need them, and else loaded into `room`, as wide as whole vectors.
template<class S>
lent_rows<S> lend(auto const& x, scratch<S>& room) {
  if constexpr (std::same_as<bare<decltype(x)>, view<S const, 2>>)
    if (x.strides[1] == 1 && x.cols() == room.cols()) return {x.data, x.strides[0]};
  load(x, room.topLeftCorner(x.rows(), x.cols()));
  return {room.data(), room.cols()};
}

/// Keys [0, n), transposed: in panels of `panel_width` keys, of which each feature lies side by side, as score() reads it.
template<class S>
class key_panels {
 public:
  key_panels(index_t keys, index_t N, workspace memory)
      : N_(rounded_up(N, size)),
        panels_(memory, rounded_up(keys, panel_width<S>) / panel_width<S> * N_, panel_width<S>),
        rows_(memory, panel_width<S>, N_) {
    rows_.setZero();
  }

  void load(auto const& keys) {
    for (index_t j = 0; j < keys.rows(); j += panel_width<S>) {
      index_t const n = std::min(panel_width<S>, keys.rows() - j);
      auto const rows = n == panel_width<S> ? lend(keys.middle_rows(j, n), rows_) : copied(keys.middle_rows(j, n));
      for (index_t i = 0; i < panel_vectors; ++i)
        for (index_t f = 0; f < N_; f += size)
          transpose<packet<S>>(rows.data + i * size * rows.next + f, rows.next,
                               panel(j) + f * panel_width<S> + i * size);
    }
  }
  /// Those of the keys [j, j + panel_width).
  S const* panel(index_t j) const { return panels_.data() + j * N_; }
  S* panel(index_t j) { return panels_.data() + j * N_; }

 private:
  static constexpr index_t size = packet_size<S>;

  lent_rows<S> copied(auto const& keys) {
    transxssm::load(keys, rows_.topLeftCorner(keys.rows(), keys.cols()));
    return {rows_.data(), N_};
  }
  /// A square, as large as a vector is long.
  template<class Packet>
  static void transpose(S const* from, index_t next, S* to) {
    simd::PacketBlock<Packet, int(size)> square;
    unrolled<int(size)>([&](auto i) { square.packet[i] = simd::ploadu<Packet>(from + i * next); });
    simd::ptranspose(square);
    unrolled<int(size)>([&](auto i) { simd::pstore(to + i * panel_width<S>, square.packet[i]); });
  }

  index_t N_;
  scratch<S> panels_;  // (keys / width, N, width)
  scratch<S> rows_;    // (width, N): the keys of a panel, turned, before they are transposed
};

}  // namespace transxssm
