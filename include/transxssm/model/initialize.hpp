// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include "../math/random_numbers.hpp"
#include "hybrid.hpp"

namespace transxssm {

/// As a model is before it is trained: linear layers and embeddings N(0, 0.02), norms and residuals 1, and as Mamba-2 does it
/// A uniform in [1, 16), D = 1, dt_bias such that softplus(dt_bias) is log-uniform in [0.001, 0.1], where there is one; a
/// convolution's weights uniform within 1 / sqrt(K).
template<class S>
void initialize(hybrid<S>& model, std::uint64_t seed = 0) {
  using Acc = accumulator_t<S>;
  random_numbers random(seed);
  auto fill = [&](linear<S>& l) {
    for (S& w : l.numbers) w = S(Acc(0.02 * random.normal()));
  };
  fill(model.embedding), fill(model.head);
  for (auto& l : model.layers) {
    fill(l.feed_forward.in), fill(l.feed_forward.down);
    std::visit(
        [&](auto& mixer) {
          fill(mixer.in), fill(mixer.out);
          if constexpr (requires { mixer.A_log; }) {
            for (Acc& a : mixer.A_log) a = Acc(std::log(1 + 15 * random.uniform()));
            if (mixer.size.skip) mixer.D.assign(mixer.D.size(), Acc(1));
            if (mixer.size.dt_bias)
              for (Acc& b : mixer.dt_bias) {
                double const dt = 0.001 * std::pow(100, random.uniform());
                b = Acc(dt + std::log(-std::expm1(-dt)));  // the inverse of softplus
              }
            double const width = mixer.size.conv_width > 0 ? 1 / std::sqrt(double(mixer.size.conv_width)) : 0;
            for (auto* numbers : {&mixer.conv_weight, &mixer.conv_bias})
              for (Acc& w : *numbers) w = Acc(width * (2 * random.uniform() - 1));
          }
        },
        l.mixer);
  }
}

}  // namespace transxssm
