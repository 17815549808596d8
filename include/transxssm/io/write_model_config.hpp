// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "model_config_json.hpp"

namespace transxssm {

namespace config_json {

using object = nlohmann::ordered_json;

inline object scaling_of_hugging_face(rotary_config const& r) {
  switch (r.scaling) {
    case rotary_scaling::linear:
      return {{"rope_type", "linear"}, {"factor", r.factor}};
    case rotary_scaling::yarn:
      return {{"rope_type", "yarn"}, {"factor", r.factor}, {"original_max_position_embeddings", r.trained_length}};
    case rotary_scaling::dynamic_ntk:
      return {{"rope_type", "dynamic"},
              {"factor", r.factor},
              {"original_max_position_embeddings", r.trained_length},
              {"declared_length", r.declared_length}};
    case rotary_scaling::llama3:
      return {{"rope_type", "llama3"},
              {"factor", r.factor},
              {"original_max_position_embeddings", r.trained_length},
              {"low_freq_factor", r.low_frequency_factor},
              {"high_freq_factor", r.high_frequency_factor}};
    case rotary_scaling::none:
      break;
  }
  return nullptr;
}

inline object llama(model_config const& m) {
  return {{"architectures", {"LlamaForCausalLM"}},
          {"model_type", "llama"},
          {"hidden_size", m.d_model},
          {"intermediate_size", m.d_ff},
          {"num_hidden_layers", m.n_layers},
          {"num_attention_heads", m.attention.heads},
          {"num_key_value_heads", m.attention.kv_heads},
          {"head_dim", m.attention.head_dim},
          {"hidden_act", "silu"},
          {"rms_norm_eps", m.norm_eps}};
}
inline object mamba2(model_config const& m) {
  object c{{"architectures", {"Mamba2ForCausalLM"}},
           {"model_type", "mamba2"},
           {"hidden_size", m.d_model},
           {"num_hidden_layers", m.n_layers},
           {"expand", m.ssd.inner() / m.d_model},
           {"num_heads", m.ssd.heads},
           {"head_dim", m.ssd.head_dim},
           {"state_size", m.ssd.d_state},
           {"n_groups", m.ssd.groups},
           {"norm_groups", m.ssd.norm_groups},
           {"conv_kernel", m.ssd.conv_width},
           {"hidden_act", "silu"},
           {"layer_norm_epsilon", m.norm_eps},
           {"use_bias", false},
           {"use_conv_bias", true}};
  if (m.d_ff > 0) c["intermediate_size"] = m.d_ff;
  return c;
}
inline object bamba(model_config const& m) {
  object layers = object::array();
  for (index_t i = 0; i < m.n_layers; ++i)
    if (m.mixer(i) == 'A') layers.push_back(i);
  return {{"architectures", {"BambaForCausalLM"}},
          {"model_type", "bamba"},
          {"hidden_size", m.d_model},
          {"intermediate_size", m.d_ff},
          {"num_hidden_layers", m.n_layers},
          {"num_attention_heads", m.attention.heads},
          {"num_key_value_heads", m.attention.kv_heads},
          {"attn_layer_indices", layers},
          {"attn_rotary_emb", m.attention.rotary_features},
          {"hidden_act", "silu"},
          {"rms_norm_eps", m.norm_eps},
          {"mamba_n_heads", m.ssd.heads},
          {"mamba_d_head", m.ssd.head_dim},
          {"mamba_expand", m.ssd.inner() / m.d_model},
          {"mamba_n_groups", m.ssd.groups},
          {"norm_groups", m.ssd.norm_groups},
          {"mamba_d_state", m.ssd.d_state},
          {"mamba_d_conv", m.ssd.conv_width},
          {"mamba_conv_bias", true},
          {"mamba_proj_bias", false}};
}
inline object transxssm(model_config const& m) {
  object c{{"model_type", "transxssm"},     {"name", m.name},
           {"d_model", m.d_model},          {"n_layers", m.n_layers},
           {"pattern", m.pattern},          {"d_ff", m.d_ff},
           {"norm_eps", m.norm_eps},        {"learned_residual", m.learned_residual},
           {"log_n_length", m.log_n_length}};
  if (m.count('A') > 0)
    c.update({{"n_heads", m.attention.heads},
              {"n_kv_heads", m.attention.kv_heads},
              {"head_dim", m.attention.head_dim},
              {"rotary_features", m.attention.rotary_features}});
  if (m.count('S') > 0)
    c.update({{"ssd_heads", m.ssd.heads},
              {"ssd_head_dim", m.ssd.head_dim},
              {"d_state", m.ssd.d_state},
              {"n_groups", m.ssd.groups},
              {"ssd_rotary_features", m.ssd.rotary_features},
              {"conv_width", m.ssd.conv_width},
              {"skip", m.ssd.skip},
              {"dt_bias", m.ssd.dt_bias},
              {"gate", m.ssd.gate},
              {"norm_groups", m.ssd.norm_groups},
              {"ssd_norm_eps", m.ssd.norm_eps},
              {"A_is_log", !m.ssd.growing_decay}});
  char const* pairs = m.rotary.pairs == pairing::half_split ? "half_split" : "interleaved";
  c["rope"] = {{"base", m.rotary.base},
               {"pairing", pairs},
               {"float_angles", m.rotary.precision == angle_precision::in_float},
               {"scaling", scaling_of_hugging_face(m.rotary)}};
  return c;
}

/// What two configurations of the same model have in common: without its name, with the pattern of all layers, and without
/// what it does not use.
inline model_config what_counts(model_config m) {
  std::string pattern;
  for (index_t i = 0; i < m.n_layers; ++i) pattern += m.mixer(i);
  m.name.clear(), m.pattern = pattern;
  if (m.count('S') == 0) m.ssd = {};
  if (m.count('A') == 0) m.attention = {};
  if (m.rotary_features() == 0) m.rotary = {};
  if (m.rotary.scaling == rotary_scaling::none) m.rotary.factor = {}, m.rotary.trained_length = {};
  return m;
}

}  // namespace config_json

/// config.json for a model: as Hugging Face spells it for Llama, Mamba-2 and Bamba, else our own.
/// Throws std::invalid_argument if what was written would be read as another model, since that spelling has no words for
/// what this one does (learned residuals, for instance, or rotations in a Mamba-2 layer).
inline nlohmann::ordered_json to_json(model_config const& m) {
  using namespace config_json;
  object c = m.kind == family::llama    ? llama(m)
             : m.kind == family::mamba2 ? mamba2(m)
             : m.kind == family::bamba  ? bamba(m)
                                        : transxssm(m);
  c["vocab_size"] = m.vocab_size, c["tie_word_embeddings"] = m.tied_embeddings;
  if (m.kind == family::llama || m.kind == family::bamba)
    c["rope_theta"] = m.rotary.base, c["rope_scaling"] = scaling_of_hugging_face(m.rotary);
  if (what_counts(model_config_from_json({"config.json", nlohmann::json::parse(c.dump())})) != what_counts(m))
    throw std::invalid_argument("to_json(config): \"model_type\": " + c["model_type"].dump() +
                                " has no words for all that \"" + m.name + "\" does");
  return c;
}

}  // namespace transxssm
