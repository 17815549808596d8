// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../core/bytes.hpp"
#include "conv_state.hpp"
#include "kv_cache.hpp"
#include "ssm_state.hpp"

namespace transxssm {

/// Which scalar: the bits of its significand, and its size.
template<class S>
void write_scalar(byte_writer& to) { to.write(std::int64_t(std::numeric_limits<S>::digits)), to.write(std::int64_t(sizeof(S))); }
template<class S>
void expect_scalar(byte_reader& from) {
  auto digits = from.read<std::int64_t>(), size = from.read<std::int64_t>();
  if (digits != std::numeric_limits<S>::digits || size != std::int64_t(sizeof(S)))
    byte_reader::fail("the scalar has " + std::to_string(digits) + " bits of significand, expected " +
                      std::to_string(std::numeric_limits<S>::digits));
}

/// The numbers of every head of every sequence, and where each sequence stands.
template<class S>
std::vector<std::byte> numbers_to_bytes(char const (&name)[17], view<S const, 4> h, auto const& state) {
  byte_writer to(name);
  write_scalar<S>(to);
  for (index_t n : {h.batch(), h.heads(), h.rows(), h.cols()}) to.write(std::int64_t(n));
  for (index_t s = 0; s < h.batch(); ++s) to.write(std::int64_t(state.position(s)));
  for (index_t s = 0; s < h.batch(); ++s)
    for (index_t i = 0; i < h.heads(); ++i) to.write(h.head(s, i, h.heads()));
  return std::move(to).finish();
}
/// made(rows, cols, heads, batch) is a state, and numbers(state) a view of what it holds.
template<class S>
auto numbers_from_bytes(char const (&name)[17], std::span<std::byte const> bytes, auto const& made, auto const& numbers) {
  byte_reader from(bytes, name);
  expect_scalar<S>(from);
  index_t batch = from.read_extent(), heads = from.read_extent(), rows = from.read_extent(), cols = from.read_extent();
  std::vector<index_t> positions;
  for (index_t s = 0; s < batch; ++s) positions.push_back(index_t(from.read<std::int64_t>()));
  from.expect_left(double(batch) * double(heads) * double(rows) * double(cols), sizeof(S));
  auto state = made(rows, cols, heads, batch);
  for (index_t s = 0; s < batch; ++s) state.position(s) = positions[std::size_t(s)];
  for (index_t s = 0; s < batch; ++s)
    for (index_t i = 0; i < heads; ++i) from.read(numbers(state).head(s, i, heads));
  return state;
}

/// A state as bytes, bit for bit, to be read on any machine by ssm_state_from_bytes.
template<class S>
std::vector<std::byte> to_bytes(ssm_state<S> const& state) { return numbers_to_bytes("transxssm state\n", state.h(), state); }

/// Throws std::invalid_argument if these bytes are no state of scalar S, or are damaged.
template<class S>
ssm_state<S> ssm_state_from_bytes(std::span<std::byte const> bytes) {
  auto made = [](auto... extents) { return ssm_state<S>(extents...); };
  return numbers_from_bytes<S>("transxssm state\n", bytes, made, [](auto& state) { return state.h(); });
}

/// The same for the state of a convolution.
template<class S>
std::vector<std::byte> to_bytes(conv_state<S> const& state) { return numbers_to_bytes("transxssm conv1\n", state.rows(), state); }
template<class S>
conv_state<S> conv_state_from_bytes(std::span<std::byte const> bytes) {
  auto made = [](index_t rows, auto... others) { return conv_state<S>(rows + 1, others...); };
  return numbers_from_bytes<S>("transxssm conv1\n", bytes, made, [](auto& state) { return state.rows(); });
}

/// The steps that a cache holds, as bytes.
template<class S>
std::vector<std::byte> to_bytes(kv_cache<S> const& cache) {
  view<S const, 4> k = cache.keys(), v = cache.values();
  byte_writer to("transxssm cache\n");
  write_scalar<S>(to);
  for (index_t n : {k.batch(), k.heads(), k.cols(), v.cols()}) to.write(std::int64_t(n));
  for (index_t s = 0; s < k.batch(); ++s) to.write(std::int64_t(cache.position(s))), to.write(std::int64_t(cache.length(s)));
  for (index_t s = 0; s < k.batch(); ++s)
    for (index_t i = 0; i < k.heads(); ++i)
      for (auto const& rows : {k.head(s, i, k.heads()), v.head(s, i, k.heads())}) to.write(rows.middle_rows(0, cache.length(s)));
  return std::move(to).finish();
}

/// A cache of that capacity, or of the longest sequence if that is longer. Throws as ssm_state_from_bytes does.
template<class S>
kv_cache<S> kv_cache_from_bytes(std::span<std::byte const> bytes, index_t capacity) {
  byte_reader from(bytes, "transxssm cache\n");
  expect_scalar<S>(from);
  index_t batch = from.read_extent(), heads = from.read_extent(), N = from.read_extent(), P = from.read_extent();
  std::vector<index_t> positions, lengths;
  double steps = 0;
  for (index_t s = 0; s < batch; ++s) {
    positions.push_back(index_t(from.read<std::int64_t>()));
    lengths.push_back(from.read_extent());
    steps += double(lengths.back());
    capacity = std::max(capacity, lengths.back());
  }
  from.expect_left(steps * double(heads) * (double(N) + double(P)), sizeof(S));
  kv_cache<S> cache(capacity, N, P, heads, batch);
  for (index_t s = 0; s < batch; ++s) {
    index_t length = lengths[std::size_t(s)];
    for (index_t i = 0; i < heads; ++i)
      for (auto const& rows : {cache.keys().head(s, i, heads), cache.values().head(s, i, heads)}) from.read(rows.middle_rows(0, length));
    cache.advance(s, length);
    cache.position(s) = positions[std::size_t(s)];
  }
  return cache;
}

}  // namespace transxssm
