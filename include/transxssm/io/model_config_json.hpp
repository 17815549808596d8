// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include "../model/config.hpp"
#include "json_settings.hpp"

namespace transxssm {

// config.json, as it lies beside a checkpoint. What a model here cannot do is refused by name, not passed over.

namespace config_json {

inline void rotary_from(json_settings const& rope, rotary_config& r, index_t longest) {
  std::string const type = rope.text("rope_type", rope.text("type", "default"));
  r.factor = rope.number("factor", 1);
  r.trained_length = rope.integer("original_max_position_embeddings", rope.integer("trained_length", longest));
  if (type == "default" || type == "none") r.scaling = rotary_scaling::none;
  else if (type == "linear") r.scaling = rotary_scaling::linear;
  else if (type == "yarn") r.scaling = rotary_scaling::yarn;
  else if (type == "dynamic" || type == "dynamic_ntk") {
    r.scaling = rotary_scaling::dynamic_ntk;
    r.declared_length = rope.integer("declared_length", longest);
  } else if (type == "llama3") {
    r.scaling = rotary_scaling::llama3;
    r.low_frequency_factor = rope.number("low_freq_factor"), r.high_frequency_factor = rope.number("high_freq_factor");
  } else rope.refuse("rope_type", "\"" + type + "\"", "default, linear, dynamic, yarn or llama3");
}

/// rope_theta and rope_scaling, or both in rope_parameters, as since version 5 of Hugging Face's transformers.
inline void rotary_of_hugging_face(json_settings const& c, rotary_config& r) {
  index_t const longest = c.integer("max_position_embeddings", 2048);
  auto const both = c.object("rope_parameters");
  r.base = both ? both->number("rope_theta", 10000) : c.number("rope_theta", 10000);
  if (both) rotary_from(*both, r, longest);
  else if (auto scaling = c.object("rope_scaling")) rotary_from(*scaling, r, longest);
}

/// What every model here takes for granted.
inline void expect_usual(json_settings const& c) {
  for (char const* bias : {"attention_bias", "mlp_bias", "use_bias", "mamba_proj_bias", "hidden_bias"})
    if (c.boolean(bias, false)) c.refuse(bias, "true", "false: linear layers have no bias here");
  if (auto const f = c.text("hidden_act", "silu"); f != "silu" && f != "swish") c.refuse("hidden_act", f, "silu");
  if (auto const limits = c.numbers("time_step_limit");
      !limits.empty() && (limits[0] > 0 || std::isfinite(limits.back())))
    c.refuse("time_step_limit", "a limit", "0 to infinity");
}

inline model_config llama(json_settings const& c) {
  model_config m;
  m.kind = family::llama, m.pattern = "A";
  m.d_model = c.integer("hidden_size"), m.n_layers = c.integer("num_hidden_layers"),
  m.d_ff = c.integer("intermediate_size");
  m.norm_eps = c.number("rms_norm_eps", 1e-6), m.tied_embeddings = c.boolean("tie_word_embeddings", false);
  index_t const heads = c.integer("num_attention_heads"),
                dim = c.integer("head_dim", m.d_model / std::max<index_t>(heads, 1));
  m.attention = {
      .heads = heads, .kv_heads = c.integer("num_key_value_heads", heads), .head_dim = dim, .rotary_features = dim};
  rotary_of_hugging_face(c, m.rotary);
  return m;
}

inline model_config mamba2(json_settings const& c) {
  model_config m;
  m.kind = family::mamba2, m.pattern = "S";
  m.d_model = c.integer("hidden_size"), m.n_layers = c.integer("num_hidden_layers"),
  m.d_ff = c.integer("intermediate_size", 0);
  m.norm_eps = c.number("layer_norm_epsilon", 1e-5), m.tied_embeddings = c.boolean("tie_word_embeddings", false);
  if (!c.boolean("use_conv_bias", true)) c.refuse("use_conv_bias", "false", "true");
  index_t const groups = c.integer("n_groups", 1);
  m.ssd = ssd_config::mamba2(c.integer("num_heads"), c.integer("head_dim"), c.integer("state_size"), groups,
                             c.integer("conv_kernel", 4));
  m.ssd.norm_groups = c.integer("norm_groups", groups), m.ssd.norm_eps = m.norm_eps;
  return m;
}

inline model_config bamba(json_settings const& c) {
  model_config m;
  m.kind = family::bamba;
  m.d_model = c.integer("hidden_size"), m.n_layers = c.integer("num_hidden_layers"),
  m.d_ff = c.integer("intermediate_size");
  m.norm_eps = c.number("rms_norm_eps", 1e-5), m.tied_embeddings = c.boolean("tie_word_embeddings", false);
  if (m.n_layers < 1 || m.n_layers > 4096) c.refuse("num_hidden_layers", std::to_string(m.n_layers), "1 to 4096");
  m.pattern.assign(std::size_t(m.n_layers), 'S');
  for (double i : c.numbers("attn_layer_indices"))
    if (i >= 0 && i < double(m.n_layers)) m.pattern[std::size_t(i)] = 'A';
    else c.refuse("attn_layer_indices", std::to_string(index_t(i)), "0 to " + std::to_string(m.n_layers - 1));
  index_t const heads = c.integer("num_attention_heads"), dim = m.d_model / std::max<index_t>(heads, 1);
  double share = 0.5;
  if (auto both = c.object("rope_parameters")) share = both->number("partial_rotary_factor", share);
  m.attention = {.heads = heads,
                 .kv_heads = c.integer("num_key_value_heads", heads),
                 .head_dim = dim,
                 .rotary_features = c.integer("attn_rotary_emb", index_t(share * double(dim)))};
  index_t const expanded = c.integer("mamba_expand", 2) * m.d_model, mixers = c.integer("mamba_n_heads"),
                groups = c.integer("mamba_n_groups", 1);
  m.ssd = ssd_config::mamba2(mixers, c.integer("mamba_d_head", expanded / std::max<index_t>(mixers, 1)),
                             c.integer("mamba_d_state"), groups, c.integer("mamba_d_conv", 4));
  m.ssd.norm_groups = c.integer("norm_groups", groups), m.ssd.norm_eps = m.norm_eps;
  if (!c.boolean("mamba_conv_bias", true)) c.refuse("mamba_conv_bias", "false", "true");
  rotary_of_hugging_face(c, m.rotary);
  return m;
}

/// The configuration of the paper's authors: one group for each head, N = P, learned residuals, and A passed raw.
inline model_config transxssm_of_the_authors(json_settings const& c) {
  model_config m;
  m.d_model = c.integer("hidden_size"), m.n_layers = c.integer("num_hidden_layers"),
  m.d_ff = c.integer("intermediate_size");
  m.norm_eps = c.number("rms_norm_eps", 1e-6), m.tied_embeddings = c.boolean("tie_word_embeddings", true);
  m.learned_residual = true;
  index_t const period = c.integer("attn_layer_period", 8), offset = c.integer("attn_layer_offset", 7);
  if (period < 1 || period > 4096) c.refuse("attn_layer_period", std::to_string(period), "1 to 4096");
  m.pattern.assign(std::size_t(period), 'S');
  if (offset >= 0 && offset < period) m.pattern[std::size_t(offset)] = 'A';
  index_t const heads = c.integer("num_attention_heads"), dim = m.d_model / std::max<index_t>(heads, 1);
  m.attention = {
      .heads = heads, .kv_heads = c.integer("num_key_value_heads", heads), .head_dim = dim, .rotary_features = dim};
  m.ssd = {
      .heads = heads, .head_dim = dim, .d_state = dim, .groups = heads, .rotary_features = dim, .growing_decay = true};
  rotary_of_hugging_face(c, m.rotary);
  return m;
}

/// Our own: every number of model_config, by the field's names.
inline model_config transxssm(json_settings const& c) {
  model_config m;
  m.name = c.text("name", "");
  m.d_model = c.integer("d_model"), m.n_layers = c.integer("n_layers"), m.d_ff = c.integer("d_ff", 0);
  m.pattern = c.text("pattern", m.pattern);
  m.norm_eps = c.number("norm_eps", 1e-6), m.tied_embeddings = c.boolean("tie_word_embeddings", true);
  m.learned_residual = c.boolean("learned_residual", false), m.log_n_length = c.integer("log_n_length", 0);
  if (m.count('A') > 0) {
    index_t const heads = c.integer("n_heads"), dim = c.integer("head_dim");
    m.attention = {.heads = heads,
                   .kv_heads = c.integer("n_kv_heads", heads),
                   .head_dim = dim,
                   .rotary_features = c.integer("rotary_features", dim)};
  }
  if (m.count('S') > 0) {
    index_t const N = c.integer("d_state");
    m.ssd = {.heads = c.integer("ssd_heads"),
             .head_dim = c.integer("ssd_head_dim"),
             .d_state = N,
             .groups = c.integer("n_groups"),
             .rotary_features = c.integer("ssd_rotary_features", N),
             .conv_width = c.integer("conv_width", 0),
             .skip = c.boolean("skip", false),
             .dt_bias = c.boolean("dt_bias", false),
             .gate = c.boolean("gate", false),
             .norm_groups = c.integer("norm_groups", 0),
             .norm_eps = c.number("ssd_norm_eps", m.norm_eps),
             .growing_decay = !c.boolean("A_is_log", true)};
  }
  if (auto rope = c.object("rope")) {
    m.rotary.base = rope->number("base", 10000);
    std::string const pairs = rope->text("pairing", "half_split");
    if (pairs != "half_split" && pairs != "interleaved") rope->refuse("pairing", pairs, "half_split or interleaved");
    m.rotary.pairs = pairs == "half_split" ? pairing::half_split : pairing::interleaved;
    if (rope->boolean("float_angles", false)) m.rotary.precision = angle_precision::in_float;
    if (auto scaling = rope->object("scaling")) rotary_from(*scaling, m.rotary, m.rotary.trained_length);
  }
  return m;
}

}  // namespace config_json

/// The model that a config.json describes: of the authors of the paper ("TransXSSM"), of Hugging Face's Llama, Mamba2 and Bamba,
/// or our own ("transxssm"). Throws file_error for what is missing, is of another type, or cannot be done here.
inline model_config model_config_from_json(json_settings const& c) {
  std::string const type = c.text("model_type");
  config_json::expect_usual(c);
  model_config m = type == "llama"       ? config_json::llama(c)
                   : type == "mamba2"    ? config_json::mamba2(c)
                   : type == "bamba"     ? config_json::bamba(c)
                   : type == "TransXSSM" ? config_json::transxssm_of_the_authors(c)
                   : type == "transxssm"
                       ? config_json::transxssm(c)
                       : (c.refuse("model_type", type, "llama, mamba2, bamba or transxssm"), model_config());
  m.vocab_size = c.integer("vocab_size");
  if (m.name.empty()) m.name = type;
  try {
    m.expect_valid();
  } catch (std::invalid_argument const& e) { throw file_error(c.file(), e.what()); }
  return m;
}

inline model_config read_model_config(std::filesystem::path const& file) {
  return model_config_from_json(json_settings(file));
}

}  // namespace transxssm
