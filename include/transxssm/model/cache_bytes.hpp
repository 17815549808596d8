// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../operator/state_bytes.hpp"
#include "cache.hpp"

namespace transxssm {

/// A cache as bytes: the tokens of each sequence, then every layer as its operator's state is written, bit for bit.
template<class Acc>
std::vector<std::byte> to_bytes(model_cache<Acc> const& cache) {
  byte_writer to("transxssm model\n");
  auto block = [&](std::vector<std::byte> const& bytes) {
    to.write(std::int64_t(bytes.size()));
    for (std::byte b : bytes) to.write(b);
  };
  to.write(std::int64_t(cache.layers())), to.write(std::int64_t(cache.sequences()));
  for (index_t s = 0; s < cache.sequences(); ++s) {
    to.write(std::int64_t(cache.length(s)));
    for (token id : cache.tokens(s)) to.write(id);
  }
  for (index_t i = 0; i < cache.layers(); ++i)
    if (auto const* ssd = std::get_if<ssd_cache<Acc>>(&cache[i])) block(to_bytes(ssd->h)), block(to_bytes(ssd->conv));
    else block(to_bytes(std::get<kv_cache<Acc>>(cache[i])));
  return std::move(to).finish();
}

/// The cache again, for a model of this configuration, with room for so many tokens. Throws std::invalid_argument if the
/// bytes are damaged, those of another model, or have more tokens than that.
template<class Acc>
model_cache<Acc> model_cache_from_bytes(std::span<std::byte const> bytes, model_config const& c, index_t capacity) {
  byte_reader from(bytes, "transxssm model\n");
  auto expect_same = [](char const* what, index_t got, index_t expected) {
    if (got != expected)
      byte_reader::fail("they have " + std::to_string(got) + " " + what + ", this model " + std::to_string(expected));
  };
  expect_same("layers", from.read_extent(), c.n_layers);
  std::vector<std::vector<token>> tokens;
  for (index_t s = 0, sequences = from.read_extent(); s < sequences; ++s) {
    tokens.emplace_back();
    for (index_t t = 0, length = from.read_extent(); t < length; ++t) tokens.back().push_back(from.read<token>());
    if (index_t(tokens.back().size()) > capacity)
      byte_reader::fail("a sequence has " + std::to_string(tokens.back().size()) + " tokens, the capacity is " +
                        std::to_string(capacity));
  }
  model_cache<Acc> cache(c, capacity, index_t(tokens.size()));
  auto block = [&] {
    std::vector<std::byte> part;
    for (index_t i = 0, n = from.read_extent(); i < n; ++i) part.push_back(from.read<std::byte>());
    return part;
  };
  auto expect_positions = [&](auto const& state) {
    for (std::size_t s = 0; s < tokens.size(); ++s)
      expect_same("steps in a state", state.position(index_t(s)), index_t(tokens[s].size()));
  };
  for (index_t i = 0; i < c.n_layers; ++i)
    if (auto* ssd = std::get_if<ssd_cache<Acc>>(&cache[i])) {
      ssd->h.restore(ssm_state_from_bytes<Acc>(block()));
      ssd->conv.restore(conv_state_from_bytes<Acc>(block()));
      expect_positions(ssd->h);
      if (ssd->conv.rows().rows() > 0) expect_positions(ssd->conv);
    } else {
      auto& cached = std::get<kv_cache<Acc>>(cache[i]);
      auto read = kv_cache_from_bytes<Acc>(block(), capacity);
      expect_same("sequences", read.sequences(), cached.sequences());
      expect_same("heads of keys", read.keys().heads(), cached.keys().heads());
      expect_same("features in a key", read.keys().cols(), cached.keys().cols());
      expect_same("features in a value", read.values().cols(), cached.values().cols());
      cached = std::move(read);
      expect_positions(cached);
    }
  from.expect_left(0, 1);
  cache.advance(token_batch(tokens));
  return cache;
}

}  // namespace transxssm
