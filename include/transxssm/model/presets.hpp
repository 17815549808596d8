// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "config.hpp"

namespace transxssm {

// The paper's four systems at its two sizes (Table 4): 320M is d_model 768 and 12 heads, 1.3B is 2048 and 32, both have 24
// layers and d_state 128. What the paper leaves open, or says twice, was decided so:
//
//     vocabulary     50280, GPT-NeoX's, rounded up to a multiple of 8; the embedding is also the head
//     d_ff           given nowhere: each system's own, a multiple of 128 by which it comes within 2 % of its nominal size
//     d_state        128, as in Table 4 (64 in the authors' code), and so the table of rotations has 64 planes, of which
//                    attention, with heads of 64, takes every second
//     C and B        one group for each head in TransXSSM (the authors' code), one for all in Mamba-2 (its authors')
//     Mamba-2        expand 2 and heads of 64, hence 24 and 64 heads, not Table 4's 12 and 32; followed by a SwiGLU, too
//     Jamba          Mamba-2 blocks and attention without rotations, 7 to 1, attention fifth in each module of 8
//     residual       plain, as in the paper (learned in the authors' code)

/// The two rows of Table 4.
struct model_size {
  char const* name;
  double nominal;  // parameters
  index_t d_model, heads;
};
inline constexpr model_size size_320m{"320m", 320e6, 768, 12}, size_1_3b{"1.3b", 1.3e9, 2048, 32};

inline model_config sized(model_size const& s, family kind, char const* name) {
  model_config c;
  c.kind = kind;
  c.name = std::string(name) + "-" + s.name;
  c.vocab_size = 50280;
  c.d_model = s.d_model;
  c.n_layers = 24;
  c.attention = {.heads = s.heads, .kv_heads = s.heads, .head_dim = 64, .rotary_features = 64};
  return c;
}
/// Mamba-2's own sizes for this width.
inline ssd_config mamba2_mixer(index_t d_model) { return ssd_config::mamba2(2 * d_model / 64, 64, 128, 1); }

/// The paper's own: 7 SSD layers with rotated C and B, then 1 attention layer with rotated Q and K.
inline model_config transxssm_preset(model_size const& s) {
  model_config c = sized(s, family::transxssm, "transxssm");
  c.ssd = {.heads = s.heads, .head_dim = 64, .d_state = 128, .groups = s.heads, .rotary_features = 128};
  c.d_ff = s.d_model == 768 ? 3584 : 4096;
  return c;
}
inline model_config llama3_preset(model_size const& s) {
  model_config c = sized(s, family::llama, "llama3");
  c.pattern = "A";
  c.rotary.base = 5e5;
  c.norm_eps = 1e-5;
  c.d_ff = s.d_model == 768 ? 4096 : 5376;
  return c;
}
inline model_config mamba2_preset(model_size const& s) {
  model_config c = sized(s, family::mamba2, "mamba2");
  c.pattern = "S";
  c.ssd = mamba2_mixer(s.d_model);
  c.norm_eps = 1e-5;
  c.d_ff = s.d_model == 768 ? 3456 : 3840;
  return c;
}
inline model_config jamba_preset(model_size const& s) {
  model_config c = sized(s, family::bamba, "jamba");
  c.pattern = "SSSSASSS";
  c.ssd = mamba2_mixer(s.d_model);
  c.attention.rotary_features = 0;
  c.norm_eps = 1e-5;
  c.d_ff = s.d_model == 768 ? 3584 : 4096;
  return c;
}

inline model_config transxssm_320m() { return transxssm_preset(size_320m); }
inline model_config transxssm_1_3b() { return transxssm_preset(size_1_3b); }
inline model_config llama3_320m() { return llama3_preset(size_320m); }
inline model_config llama3_1_3b() { return llama3_preset(size_1_3b); }
inline model_config mamba2_320m() { return mamba2_preset(size_320m); }
inline model_config mamba2_1_3b() { return mamba2_preset(size_1_3b); }
inline model_config jamba_320m() { return jamba_preset(size_320m); }
inline model_config jamba_1_3b() { return jamba_preset(size_1_3b); }

/// All of them.
inline std::vector<model_config> presets() {
  return {transxssm_320m(), llama3_320m(), mamba2_320m(), jamba_320m(),
          transxssm_1_3b(), llama3_1_3b(), mamba2_1_3b(), jamba_1_3b()};
}

/// The preset of that name, "transxssm-320m" for instance. Throws std::invalid_argument that lists those there are.
inline model_config preset(std::string const& name) {
  std::string known;
  for (auto const& c : presets()) {
    if (c.name == name) return c;
    known += (known.empty() ? "" : ", ") + c.name;
  }
  throw std::invalid_argument("preset: there is no \"" + name + "\", only " + known);
}

}  // namespace transxssm
