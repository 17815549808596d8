// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include <numeric>
#include <string>
#include <vector>
#include "../layer/attention.hpp"
#include "../layer/ssd.hpp"
#include "../layer/swiglu.hpp"
#include "../math/rotary_table.hpp"

namespace transxssm {

/// Whose names the tensors of a checkpoint have, and what its layers look like (FACTS of the field; see weights.hpp).
enum class family { transxssm, llama, mamba2, bamba };

/// How far the rotations reach beyond the length that a model was trained with.
enum class rotary_scaling { none, linear, dynamic_ntk, yarn, llama3 };

/// One rotary table serves all layers (Principle 1): theta_i = base^(-2i/d), i < d/2, with d the most features that a layer
/// turns. A layer that turns fewer takes every k-th plane, theta^(64)_i = theta^(128)_{2i}.
struct rotary_config {
  double base = 10000;
  pairing pairs = pairing::half_split;
  rotary_scaling scaling = rotary_scaling::none;
  double factor = 1;                                           // of every scaling
  index_t trained_length = 2048;                               // of dynamic_ntk, yarn, llama3
  index_t declared_length = 0;                                 // of dynamic_ntk: how long sequences will become
  double low_frequency_factor = 1, high_frequency_factor = 4;  // of llama3
  angle_precision precision = angle_precision::exact;          // in_float: the angles that PyTorch code has

  frequencies rates(index_t d) const {
    switch (scaling) {
      case rotary_scaling::linear:
        return linear_scaled(d, base, factor);
      case rotary_scaling::dynamic_ntk:
        return dynamic_ntk(d, base, factor, trained_length, declared_length);
      case rotary_scaling::yarn:
        return yarn(d, base, {.factor = factor, .trained_length = trained_length});
      case rotary_scaling::llama3:
        return llama3(d, base, {factor, low_frequency_factor, high_frequency_factor, trained_length});
      case rotary_scaling::none:
        break;
    }
    return frequencies(d, base);
  }
  bool operator==(rotary_config const&) const = default;
};

/// A language model of SSD and attention layers. The default is the paper's block: RMSNorm before each mixer and each
/// SwiGLU, a residual around both, modules of 7 SSD layers and 1 of attention (Section 3.2).
struct model_config {
  family kind = family::transxssm;
  std::string name;
  index_t vocab_size = 256, d_model = 256, n_layers = 8;
  std::string pattern = "SSSSSSSA";  // S: SSD, A: attention; repeated over the layers
  ssd_config ssd;
  attention_config attention;
  index_t d_ff = 0;  // width of the SwiGLU after each mixer; 0: there is none
  double norm_eps = 1e-6;
  bool learned_residual = false;  // h <- w o h + f(norm(h)), with w (d_model) learned
  bool tied_embeddings = true;    // the head's weight is the embedding's
  rotary_config rotary;
  index_t log_n_length =
      0;  // log-n scaling beyond this length (Appendix A): C and Q times max(1, ln n / ln length); 0: off

  char mixer(index_t layer) const { return pattern[std::size_t(layer) % pattern.size()]; }
  index_t count(char mixer_kind) const {
    index_t n = 0;
    for (index_t i = 0; i < n_layers; ++i) n += mixer(i) == mixer_kind;
    return n;
  }
  /// Features that the one table turns.
  index_t rotary_features() const {
    return std::max(count('S') > 0 ? ssd.rotary_features : 0, count('A') > 0 ? attention.rotary_features : 0);
  }

  /// log-n scaling (Appendix A): max(1, ln n / ln length) for the n-th token, by which C and Q are multiplied.
  double focus(index_t position) const {
    return log_n_length > 0 ? std::max(1., std::log(double(position + 1)) / std::log(double(log_n_length))) : 1;
  }

  index_t parameters() const {
    index_t const norm = d_model * (learned_residual ? 2 : 1);
    index_t const feed_forward = d_ff > 0 ? 3 * d_model * d_ff + norm : 0;
    return vocab_size * d_model * (tied_embeddings ? 1 : 2) + d_model +  //
           count('S') * (ssd.parameters(d_model) + norm) + count('A') * (attention.parameters(d_model) + norm) +
           n_layers * feed_forward;
  }

  /// Throws std::invalid_argument if such a model cannot be: names the number and what it has to be.
  void expect_valid() const {
    constexpr auto here = "model_config";
    expect_size(here, "vocab_size", vocab_size, index_t(1) << 31), expect_size(here, "d_model", d_model, 1 << 18);
    expect_size(here, "n_layers", n_layers, 1 << 12);
    if (d_ff != 0) expect_size(here, "d_ff", d_ff, 1 << 20);
    if (pattern.empty() || pattern.find_first_not_of("SA") != std::string::npos)
      throw std::invalid_argument("model_config: pattern is \"" + pattern +
                                  "\", expected letters S (SSD) and A (attention)");
    if (count('S') > 0) ssd.expect_valid();
    if (count('A') > 0) attention.expect_valid();
    for (index_t d : {count('S') > 0 ? ssd.rotary_features : 0, count('A') > 0 ? attention.rotary_features : 0})
      if (d > 0 && rotary_features() % d != 0)
        refuse(here, "the shared rotary table", rotary_features(), "features", "a multiple of " + std::to_string(d));
    if (log_n_length == 1 || log_n_length < 0)
      refuse(here, "log_n_length", log_n_length, "steps", "0 (off), or at least 2");
  }
  bool operator==(model_config const&) const = default;
};

}  // namespace transxssm
