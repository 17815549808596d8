// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <transxssm/model/presets.hpp>

namespace training {

using transxssm::index_t, transxssm::model_config;

/// The same model with the width of its SwiGLU such that it has `parameters` parameters, to half of what 4 features more
/// would add, 6 d_model n_layers. Throws std::invalid_argument if it has more without any.
inline model_config fitted(model_config c, index_t parameters) {
  c.d_ff = 4;
  index_t const least = c.parameters(), more = 12 * c.d_model * c.n_layers;
  if (parameters < least)
    transxssm::refuse("fitted", "the model", parameters, "parameters", "at least " + std::to_string(least));
  c.d_ff += 4 * ((parameters - least + more / 2) / more);
  return c;
}

/// How many parameters a model of this width and depth has by Llama's rule, d_ff = 8/3 d_model: 12 d^2 in each layer.
inline index_t usual_parameters(index_t d_model, index_t n_layers) {
  return (256 + 1 + n_layers * (12 * d_model + 2)) * d_model;
}

/// The layers of one kind of system for bytes: heads of 64, 32 or 16 features, at least 4 of them, and d_state twice as
/// much (as in Table 4).
inline model_config byte_model(index_t d_model, index_t n_layers) {
  model_config c;
  c.d_model = d_model, c.n_layers = n_layers;
  index_t const d = d_model >= 256 ? 64 : d_model >= 128 ? 32 : 16, heads = d_model / d;
  if (heads < 1 || d_model % d != 0)
    transxssm::refuse("byte_model", "d_model", d_model, "features", "a multiple of " + std::to_string(d));
  c.attention = {.heads = heads, .kv_heads = heads, .head_dim = d, .rotary_features = d};
  c.ssd = {.heads = heads, .head_dim = d, .d_state = 2 * d, .groups = heads, .rotary_features = 2 * d, .dt_bias = true};
  return c;
}

/// One layer of attention in each module of 8 layers, or in all of them if they are fewer, at `place` (0: first).
inline std::string hybrid_pattern(index_t n_layers, index_t place) {
  std::string pattern(std::size_t(std::min<index_t>(n_layers, 8)), 'S');
  pattern.at(std::size_t(place)) = 'A';
  return pattern;
}

/// One of the paper's four systems, "transxssm", "llama3", "mamba2" or "jamba", for bytes and of any width and depth, at
/// equal size (usual_parameters, if no other is given). The presets' layers, with one difference: TransXSSM has a learned
/// bias of dt as Mamba-2 does, because what comes with it is an initialisation that remembers.
///
/// Throws std::invalid_argument if there is no such system, or the parameters do not suffice.
inline model_config small_model(std::string const& name, index_t d_model, index_t n_layers, index_t parameters = 0) {
  model_config c = byte_model(d_model, n_layers), like = transxssm::preset(name + "-320m");
  c.kind = like.kind, c.pattern = like.pattern, c.norm_eps = like.norm_eps, c.rotary = like.rotary;
  c.name = name + "-small";
  index_t const module = std::min<index_t>(n_layers, 8), d = c.attention.head_dim;
  if (name == "transxssm") c.pattern = hybrid_pattern(n_layers, module - 1);
  if (name == "jamba") c.pattern = hybrid_pattern(n_layers, module / 2);
  if (name == "jamba") c.attention.rotary_features = 0;
  if (name != "transxssm") c.ssd = transxssm::ssd_config::mamba2(2 * d_model / d, d, 2 * d, 1);
  return fitted(c, parameters > 0 ? parameters : usual_parameters(d_model, n_layers));
}

}  // namespace training
