// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <transxssm/model/initialize.hpp>
#include <transxssm/model/presets.hpp>

namespace small_model {

using namespace transxssm;

/// A preset's layers and positions, at a size for tests.
inline model_config of(model_config c, index_t vocab_size = 61) {
  c.vocab_size = vocab_size, c.d_model = 32, c.n_layers = 8, c.d_ff = 48;
  c.attention.heads = 4, c.attention.kv_heads = 2, c.attention.head_dim = 8;
  c.attention.rotary_features = std::min<index_t>(c.attention.rotary_features, 8);
  c.ssd.heads = 4, c.ssd.head_dim = 8, c.ssd.d_state = 16, c.ssd.groups = c.ssd.groups == 1 ? 1 : 4;
  c.ssd.rotary_features = std::min<index_t>(c.ssd.rotary_features, 16);
  return c;
}
inline std::vector<model_config> all() {
  return {of(transxssm_320m()), of(llama3_320m()), of(mamba2_320m()), of(jamba_320m())};
}

/// Larger weights than those of a model that is to be trained, so that every layer matters.
template<class S>
hybrid<S> made(model_config const& c) {
  hybrid<S> model(c);
  initialize(model, 3);
  auto widen = [](linear<S>& l) {
    for (S& w : l.numbers) w = S(accumulator_t<S>(8) * accumulator_t<S>(w));
  };
  for (auto& l : model.layers) {
    std::visit([&](auto& mixer) { widen(mixer.in), widen(mixer.out); }, l.mixer);
    widen(l.feed_forward.in), widen(l.feed_forward.down);
  }
  return model;
}

inline std::vector<token> tokens(index_t n, std::uint64_t seed = 0, index_t vocab_size = 61) {
  random_numbers random(seed);
  std::vector<token> ids;
  for (index_t i = 0; i < n; ++i) ids.push_back(token(random.below(std::uint64_t(vocab_size))));
  return ids;
}

template<class S>
double difference(tile<S> const& a, tile<S> const& b) {
  return double((a - b).norm() / b.norm());
}

}  // namespace small_model
