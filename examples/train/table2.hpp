// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "small_model.hpp"

namespace training {

/// A model of Table 2, and what the paper found for it (d_model 256, T 8192, 8000 steps).
struct table2_cell {
  std::string modules, positions;
  double paper_perplexity, paper_steps_per_second;
  model_config config;
};

/// The seven models of Table 2 at equal size (usual_parameters, if no other is given): layers of attention, of SSD, or 7 to
/// 1 of both, and how these know their positions. Attention always has RoPE ("inherently", as the paper says); SSD layers
/// have
///
///     Conv1d + D    a causal convolution of width 4 with SiLU before, and D X added (see ssd_config)
///     a_t           the decay alone
///     RoPE          rotated C and B
///
/// and are otherwise the same: no gate, no inner norm, dt with a bias.
inline std::vector<table2_cell> table2_cells(index_t d_model, index_t n_layers, index_t parameters = 0) {
  index_t const equal = parameters > 0 ? parameters : usual_parameters(d_model, n_layers);
  auto cell = [&](char const* modules, std::string const& pattern, char const* positions, double perplexity,
                  double speed) {
    model_config c = byte_model(d_model, n_layers);
    c.pattern = pattern;
    c.name = std::string(modules) + ", " + positions;
    if (positions != std::string("RoPE")) c.ssd.rotary_features = 0;
    if (positions == std::string("Conv1d + D")) c.ssd.conv_width = 4, c.ssd.skip = true;
    return table2_cell{modules, positions, perplexity, speed, fitted(c, equal)};
  };
  constexpr auto attention = "Self-Attention", ssd = "State-Space", both = "State-Space + Self-Attention";
  std::string const hybrid = hybrid_pattern(n_layers, std::min<index_t>(n_layers, 8) - 1);
  return {cell(attention, "A", "RoPE", 8.38, 6.8),
          cell(ssd, "S", "Conv1d + D", 8.56, 7.6),
          cell(ssd, "S", "a_t", 8.62, 9.4),
          cell(ssd, "S", "RoPE", 8.33, 9.2),
          cell(both, hybrid, "Conv1d + D", 8.48, 7.2),
          cell(both, hybrid, "a_t", 8.56, 8.5),
          cell(both, hybrid, "RoPE", 8.18, 8.4)};
}

}  // namespace training
