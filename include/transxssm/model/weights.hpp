// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "hybrid.hpp"

namespace transxssm {

/// What a family calls its weights in a checkpoint.
struct weight_names {
  std::string embedding, layers, norm;            // "model.layers." of "model.layers.3.mlp.up_proj.weight"
  std::string before_mixer, before_feed_forward;  // the norms
  std::string ssd, attention, feed_forward;
  bool one_projection;  // of z, x, B, C and dt, as in Mamba-2; else one for each
};

inline weight_names names_of(family kind) {
  switch (kind) {
    case family::llama:
      return {"model.embed_tokens", "model.layers.", "model.norm", "input_layernorm", "post_attention_layernorm", "ssd",
              "self_attn",          "mlp",           false};
    case family::mamba2:  // (which has no feed-forward layer, nor attention; a preset of ours has)
      return {"backbone.embeddings",
              "backbone.layers.",
              "backbone.norm_f",
              "norm",
              "pre_ff_layernorm",
              "mixer",
              "self_attn",
              "feed_forward",
              true};
    case family::bamba:
      return {"model.embed_tokens", "model.layers.",    "model.final_layernorm",
              "input_layernorm",    "pre_ff_layernorm", "mamba",
              "self_attn",          "feed_forward",     true};
    case family::transxssm:
      break;
  }
  return {"model.word_embed",
          "model.layers.",
          "model.final_layernorm",
          "pre_sequence_layernorm",
          "pre_state_layernorm",
          "ssd",
          "attn",
          "feed_forward",
          false};
}

/// f(name, shape, numbers) for every weight, in the order of a checkpoint. Numbers lie side by side, the last axis runs
/// fastest; they are of scalar S in linear layers and embeddings, of accumulator_t<S> elsewhere. Weights that are stored as
/// rows of one matrix here (q, k and v, for instance) are visited under their own names.
template<class S, class F>
void visit_weights(hybrid<S>& model, F const& f) {
  using shape = std::vector<index_t>;
  model_config const& c = model.config();
  weight_names const names = names_of(c.kind);
  auto vector = [&](std::string const& name, auto& numbers) {
    if (!numbers.empty()) f(name, shape{index_t(numbers.size())}, numbers.data());
  };
  auto matrix = [&](std::string const& name, linear<S>& l) {
    if (!l.numbers.empty()) f(name + ".weight", shape{l.outputs, l.inputs}, l.numbers.data());
  };
  // Some rows of a matrix after the other, each under a name of its own.
  struct part {
    char const* name;
    index_t rows;
  };
  auto parts = [&](std::string const& of, linear<S>& l, std::initializer_list<part> rows) {
    S* numbers = l.numbers.data();
    for (part const& p : rows) {
      if (p.rows > 0) f(of + p.name + ".weight", shape{p.rows, l.inputs}, numbers);
      numbers += p.rows * l.inputs;
    }
  };

  auto ssd = [&](std::string const& at, ssd_layer<S>& m) {
    ssd_config const& s = m.size;
    index_t const I = s.inner(), GN = s.groups * s.d_state;
    if (names.one_projection) matrix(at + "in_proj", m.in);
    else
      parts(at, m.in,
            {{"z_proj", s.gate ? I : 0}, {"x_proj", I}, {"b_proj", GN}, {"c_proj", GN}, {"dt_proj", s.heads}});
    if (s.conv_width > 0) f(at + "conv1d.weight", shape{s.convolved(), 1, s.conv_width}, m.conv_weight.data());
    vector(at + "conv1d.bias", m.conv_bias);
    vector(at + (s.growing_decay ? "A" : "A_log"), m.A_log);
    if (s.skip) vector(at + "D", m.D);
    if (s.dt_bias) vector(at + "dt_bias", m.dt_bias);
    vector(at + "norm.weight", m.norm);
    matrix(at + "out_proj", m.out);
  };
  auto attention = [&](std::string const& at, attention_layer<S>& m) {
    index_t const d = m.size.head_dim, kv = m.size.kv_heads * d;
    parts(at, m.in, {{"q_proj", m.size.heads * d}, {"k_proj", kv}, {"v_proj", kv}});
    matrix(at + "o_proj", m.out);
  };

  matrix(names.embedding, model.embedding);
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    auto& l = model.layers[i];
    std::string const at = names.layers + std::to_string(i) + ".";
    vector(at + names.before_mixer + ".weight", l.around_mixer.norm);
    vector(at + "post_sequence_residual.weight", l.around_mixer.weight);
    if (auto* s = std::get_if<ssd_layer<S>>(&l.mixer)) ssd(at + names.ssd + ".", *s);
    else attention(at + names.attention + ".", std::get<attention_layer<S>>(l.mixer));
    vector(at + names.before_feed_forward + ".weight", l.around_feed_forward.norm);
    vector(at + "post_state_residual.weight", l.around_feed_forward.weight);
    parts(at + names.feed_forward + ".", l.feed_forward.in, {{"gate_proj", c.d_ff}, {"up_proj", c.d_ff}});
    matrix(at + names.feed_forward + ".down_proj", l.feed_forward.down);
  }
  vector(names.norm + ".weight", model.norm);
  matrix("lm_head", model.head);
}

}  // namespace transxssm
