// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../cpu/automatic.hpp"
#include "../cpu/causal_conv1d.hpp"
#include "../cpu/fold_dt.hpp"
#include "../cpu/rms_norm.hpp"
#include "../cpu/swiglu.hpp"
#include "../evaluate/with.hpp"
#include "../operator/causal_conv1d.hpp"
#include "../operator/rms_norm.hpp"
#include "../operator/semiseparable.hpp"
#include "../operator/swiglu.hpp"
#include "linear.hpp"

namespace transxssm {

/// What an SSD layer is made of. The three position encodings of the paper's Table 2 are choices here:
///
///     Unified RoPE    rotary_features = d_state: C and B are rotated (Eq. 5 and 6)
///     Conv1d + D      conv_width = 4, skip: a causal convolution with SiLU before, and D X after, as in Mamba-2. (The paper
///                     glosses this cell as "1D convolution + dense layer"; Mamba-2's D is what is built here.)
///     a_t             neither: positions are known by the decay alone
struct ssd_config {
  index_t heads = 4, head_dim = 64, d_state = 64, groups = 1;
  index_t rotary_features = 0;  // 0, or up to d_state
  index_t conv_width = 0;       // K; 0: no convolution
  bool skip = false;            // D
  bool dt_bias = false;
  bool gate = false;        // y o silu(z)
  index_t norm_groups = 0;  // ... then an RMSNorm of so many groups of features (Hugging Face: 1, mamba_ssm: groups)
  double norm_eps = 1e-5;
  bool growing_decay = false;  // A is used as it is stored, which may be positive: see compatible_growth

  /// Mamba-2's: everything but rotations. Its norm has as many groups as B and C.
  static ssd_config mamba2(index_t heads, index_t head_dim, index_t d_state, index_t groups, index_t conv_width = 4) {
    return {.heads = heads,
            .head_dim = head_dim,
            .d_state = d_state,
            .groups = groups,
            .conv_width = conv_width,
            .skip = true,
            .dt_bias = true,
            .gate = true,
            .norm_groups = groups};
  }

  index_t inner() const { return heads * head_dim; }                    // I
  index_t convolved() const { return inner() + 2 * groups * d_state; }  // x, B and C
  index_t projected() const { return (gate ? inner() : 0) + convolved() + heads; }
  index_t parameters(index_t d_model) const {
    return d_model * (projected() + inner()) + heads * (1 + skip + dt_bias) +
           (conv_width > 0 ? convolved() * (conv_width + 1) : 0) + (norm_groups > 0 ? inner() : 0);
  }
  void expect_valid() const {
    constexpr auto here = "ssd_config";
    expect_size(here, "heads", heads), expect_size(here, "head_dim", head_dim);
    expect_size(here, "d_state", d_state), expect_size(here, "groups", groups);
    if (heads % groups != 0) refuse(here, "groups", groups, "groups", "a divisor of " + std::to_string(heads));
    if (rotary_features < 0 || rotary_features > d_state || rotary_features % 2 != 0)
      refuse(here, "rotary_features", rotary_features, "features", "an even number up to " + std::to_string(d_state));
    if (conv_width != 0) expect_size(here, "conv_width", conv_width);
    if (norm_groups < 0 || (norm_groups > 0 && inner() % norm_groups != 0))
      refuse(here, "norm_groups", norm_groups, "groups", "a divisor of " + std::to_string(inner()));
  }
  bool operator==(ssd_config const&) const = default;
};

/// What an SSD layer remembers of each sequence.
template<class Acc>
struct ssd_cache {
  ssm_state<Acc> h;
  conv_state<Acc> conv;  // of no rows, if there is no convolution

  ssd_cache(ssd_config const& c, index_t sequences)
      : h(c.d_state, c.head_dim, c.heads, sequences),
        conv(std::max<index_t>(c.conv_width, 1), c.conv_width > 0 ? c.convolved() : 0, 1, sequences) {}

  /// Zeros, of the same shape, for so many sequences.
  ssd_cache like(index_t sequences) const {
    ssd_cache other(*this);
    other.h = ssm_state<Acc>(h.h().rows(), h.h().cols(), h.h().heads(), sequences);
    other.conv = conv_state<Acc>(conv.rows().rows() + 1, conv.rows().cols(), 1, sequences);
    return other;
  }
};

/// The mixer of TransXSSM and of Mamba-2:
///
///     [z | x | B | C | dt] = W_in u                 those of them that the configuration has
///     [x | B | C] = silu(conv1d([x | B | C]))       if it has a convolution
///     dt = softplus(dt + dt_bias), log_a = dt A,    A = -exp(A_log)
///     Y = (L o R C (R B)^T) (dt X) + D X            L = 1SS(a) (Eq. 6, 7 and Appendix A)
///     y = W_out norm(Y o silu(z))
///
/// Cost: 2 flops for each weight and token, and 4 N P for each head and token.
template<class S>
struct ssd_layer {
  using Acc = accumulator_t<S>;
  ssd_config size;
  linear<S> in, out;
  std::vector<Acc> A_log, dt_bias, D;       // (H); zeros, where there is none
  std::vector<Acc> conv_weight, conv_bias;  // (I + 2 G N, K), (I + 2 G N)
  std::vector<Acc> norm;                    // (I)

  ssd_layer() = default;
  ssd_layer(ssd_config const& c, index_t d_model)
      : size(c),
        in(c.projected(), d_model),
        out(d_model, c.inner()),
        A_log(std::size_t(c.heads)),
        dt_bias(A_log),
        D(A_log),
        conv_weight(std::size_t(c.conv_width * c.convolved())),
        conv_bias(c.conv_width > 0 ? std::size_t(c.convolved()) : 0),
        norm(c.norm_groups > 0 ? std::size_t(c.inner()) : 0, Acc(1)) {}

  /// `where` tells which rows belong to which sequence, R their rotations (of no planes: none), `focus` what C is
  /// multiplied by, row by row, or is of no rows.
  void operator()(auto const& how, view<Acc const, 2> u, view<Acc, 2> y, auto const& where, rotary_view<Acc> const& R,
                  view<Acc const, 1> focus, ssd_cache<Acc>& cache) const {
    index_t const T = u.rows(), H = size.heads, P = size.head_dim, N = size.d_state, G = size.groups, I = size.inner();
    scratch<Acc> projected(how, T, size.projected()), convolved(how, size.conv_width > 0 ? T : 0, size.convolved());
    scratch<Acc> steps(how, 2 * T, H), A(how, 1, H), mixed(how, T, I);
    view<Acc, 2> const all = rows_of(projected);
    in(how, u, all);
    index_t const from_x = size.gate ? I : 0;
    view<Acc, 2> xBC = all.middle_cols(from_x, size.convolved());  // (T, I + 2 G N)
    if (size.conv_width > 0) {
      view<Acc const, 2> const weight(conv_weight.data(), {size.convolved(), size.conv_width});
      view<Acc const, 1> const bias(conv_bias.data(), {size.convolved()});
      with(rows_of(convolved), how) = causal_conv1d(xBC, weight, bias, silu{}, where).from(cache.conv);
      xBC = rows_of(convolved);
    }
    auto const X = heads_in(xBC, 0, H, P);                                      // (1, T, H, P)
    auto const B = heads_in(xBC, I, G, N), C = heads_in(xBC, I + G * N, G, N);  // (1, T, G, N)
    view<Acc, 3> const dt(steps.data(), {1, T, H}), log_a(steps.data() + T * H, {1, T, H});
    view<Acc, 2> const raw = all.middle_cols(from_x + size.convolved(), H);  // (T, H)
    A = Eigen::Map<tile<Acc> const>(A_log.data(), 1, H);
    if (!size.growing_decay) A = -A.array().exp().matrix();
    fold_dt(view<Acc, 3>(raw.data, {1, T, H}, {0, raw.strides[0], 1}), view<Acc const, 1>(A.data(), {H}),
            view<Acc const, 1>(dt_bias.data(), {H}), dt, log_a);
    for (index_t t = 0; t < focus.rows(); ++t)
      for (index_t n = 0; n < G * N; ++n) xBC(t, I + G * N + n) *= focus(t);

    auto const Y = heads_in(rows_of(mixed), 0, H, P);
    auto M = semiseparable(log_a, rotate(C, R), rotate(B, R), where);
    if (size.growing_decay) with(Y, joined(how, policy{compatible_growth{}})) = M.from(cache.h) * scale_rows(X, dt);
    else with(Y, how) = M.from(cache.h) * scale_rows(X, dt);
    for (index_t h = 0; size.skip && h < H; ++h)
      mapped(Y.head(0, h, H)) += D[std::size_t(h)] * mapped(X.head(0, h, H));  // of X, and not of dt X

    view<Acc, 2> const rows = rows_of(mixed), z = all.middle_cols(0, I);  // (T, I)
    view<Acc const, 1> const weight(norm.data(), {I});
    if (size.gate && size.norm_groups > 0)
      with(rows, how) = rms_norm(rows, weight, size.norm_eps, gated(z), grouped(size.norm_groups));
    else if (size.norm_groups > 0) with(rows, how) = rms_norm(rows, weight, size.norm_eps, grouped(size.norm_groups));
    else if (size.gate) with(rows, how) = swiglu(z, rows);
    out(how, rows, y);
  }
};

}  // namespace transxssm
