// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../cpu/automatic.hpp"
#include "../cpu/causal_conv1d_adjoint.hpp"
#include "../cpu/fold_dt_adjoint.hpp"
#include "../cpu/rms_norm_adjoint.hpp"
#include "../cpu/ssd_adjoint.hpp"
#include "../cpu/swiglu_adjoint.hpp"
#include "../evaluate/adjoint.hpp"
#include "../operator/causal_conv1d.hpp"
#include "../operator/rms_norm.hpp"
#include "../operator/semiseparable.hpp"
#include "../operator/swiglu.hpp"
#include "linear.hpp"
#include "no_state.hpp"

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

/// In place of an ssd_cache: no_state.
struct no_ssd_cache {
  no_state h, conv;
};

/// What an SSD layer computes on its way, some of which its gradient needs.
template<class Acc>
struct ssd_rows {
  scratch<Acc> projected, convolved;  // (T, z | x | B | C | dt), (T, x | B | C) if there is a convolution
  scratch<Acc> dt, log_a;             // (T, H)
  scratch<Acc> mixed, normed;         // (T, I): Y, and what W_out is applied to, if that is something else

  ssd_rows(auto const& how, ssd_config const& c, index_t T)
      : projected(how, T, c.projected()),
        convolved(how, c.conv_width > 0 ? T : 0, c.convolved()),
        dt(how, T, c.heads),
        log_a(how, T, c.heads),
        mixed(how, T, c.inner()),
        normed(how, c.gate || c.norm_groups > 0 ? T : 0, c.inner()) {}
};

/// The columns of ssd_rows by their names, for all heads: of the numbers, or of their gradients.
template<class Acc>
struct ssd_columns {
  view<Acc, 2> z, xBC, raw_dt;  // (T, I), (T, I + 2 G N), (T, H), of what W_in has made
  view<Acc, 4> X, B, C;         // (1, T, H, P), (1, T, G, N), (1, T, G, N), convolved if there is a convolution
  view<Acc, 4> Y;               // (1, T, H, P)

  ssd_columns(ssd_config const& c, ssd_rows<Acc>& rows)
      : z(rows_of(rows.projected).middle_cols(0, c.gate ? c.inner() : 0)),
        xBC(rows_of(rows.projected).middle_cols(z.cols(), c.convolved())),
        raw_dt(rows_of(rows.projected).middle_cols(z.cols() + c.convolved(), c.heads)) {
    index_t const GN = c.groups * c.d_state;
    auto const of = c.conv_width > 0 ? rows_of(rows.convolved) : xBC;
    X = heads_in(of, 0, c.heads, c.head_dim);
    B = heads_in(of, c.inner(), c.groups, c.d_state), C = heads_in(of, c.inner() + GN, c.groups, c.d_state);
    Y = heads_in(rows_of(rows.mixed), 0, c.heads, c.head_dim);
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
  /// multiplied by, row by row, or is of no rows. `cache` is an ssd_cache, or no_ssd_cache.
  void operator()(auto const& how, view<Acc const, 2> u, view<Acc, 2> y, auto const& where, rotary_view<Acc> const& R,
                  view<Acc const, 1> focus, auto& cache) const {
    ssd_rows<Acc> rows(how, size, u.rows());
    (*this)(how, u, y, where, R, focus, cache, rows);
  }
  void operator()(auto const& how, view<Acc const, 2> u, view<Acc, 2> y, auto const& where, rotary_view<Acc> const& R,
                  view<Acc const, 1> focus, auto& cache, ssd_rows<Acc>& rows) const {
    index_t const T = u.rows(), H = size.heads;
    ssd_columns<Acc> const of(size, rows);
    in(how, u, rows_of(rows.projected));
    if (size.conv_width > 0) with(rows_of(rows.convolved), how) = continued(convolution(of.xBC, where), cache.conv);
    view<Acc, 3> const dt(rows.dt.data(), {1, T, H}), log_a(rows.log_a.data(), {1, T, H});
    scratch<Acc> A(how, 1, H);
    load_rates(A);
    fold_dt(as_heads(of.raw_dt), vector_of(A), vector_of(dt_bias), dt, log_a);
    scale_by(focus, of.C);

    auto M = semiseparable(log_a, rotate(of.C, R), rotate(of.B, R), where);
    if (size.growing_decay)
      with(of.Y, joined(how, policy{compatible_growth{}})) = continued(M, cache.h) * scale_rows(of.X, dt);
    else with(of.Y, how) = continued(M, cache.h) * scale_rows(of.X, dt);
    for (index_t h = 0; size.skip && h < H; ++h)
      mapped(of.Y.head(0, h, H)) += D[std::size_t(h)] * mapped(of.X.head(0, h, H));  // of X, and not of dt X

    normalised(of.z, rows_of(rows.mixed), [&](auto const& e) { with(rows_of(rows.normed), how) = e; });
    out(how, std::as_const(rows).normed.rows() > 0 ? rows_of(rows.normed) : rows_of(rows.mixed), y);
  }

  /// The gradient du of u, given dy, that of y, and what the layer has computed from the start of its sequences on. Those of
  /// the weights are added to `d`. 4 flops for each weight and token, and 12 N P for each head and token.
  void backward(auto const& how, view<Acc const, 2> u, view<Acc const, 2> dy, auto const& where,
                rotary_view<Acc> const& R, view<Acc const, 1> focus, ssd_rows<Acc>& rows, view<Acc, 2> du,
                ssd_layer<Acc>& d) const {
    index_t const T = u.rows(), H = size.heads;
    ssd_rows<Acc> gradient(how, size, T);
    ssd_columns<Acc> const of(size, rows), to(size, gradient);
    bool const has_norm = rows.normed.rows() > 0;
    view<Acc, 2> const dnormed = rows_of(has_norm ? gradient.normed : gradient.mixed);
    out.backward(how, rows_of(has_norm ? rows.normed : rows.mixed), dy, dnormed, d.out);
    scratch<Acc> dnorm(how, 1, index_t(norm.size()));
    normalised(of.z, rows_of(rows.mixed), [&](auto const& e) {
      if constexpr (requires { e.weight; }) {
        rms_norm_gradient<Acc> to_norm{.X = rows_of(gradient.mixed), .weight = {dnorm.data(), {dnorm.cols()}}};
        if (size.gate) to_norm.Z = to.z;
        with(to_norm, how) = adjoint(e, dnormed);
        add_to(d.norm, dnorm);
      } else {
        with(swiglu_gradient<Acc>{.gate = to.z, .up = rows_of(gradient.mixed)}, how) = adjoint(e, dnormed);
      }
    });

    view<Acc, 3> const dt(rows.dt.data(), {1, T, H}), log_a(rows.log_a.data(), {1, T, H});
    view<Acc, 3> const ddt(gradient.dt.data(), {1, T, H}), dlog_a(gradient.log_a.data(), {1, T, H});
    auto const M = semiseparable(log_a, rotate(of.C, R), rotate(of.B, R), where);
    semiseparable_gradient<Acc> const to_M{.log_a = dlog_a, .C = to.C, .B = to.B, .X = {to.X, ddt}};
    if (size.growing_decay)
      with(to_M, joined(how, policy{compatible_growth{}})) = adjoint(M * scale_rows(of.X, dt), to.Y);
    else with(to_M, how) = adjoint(M * scale_rows(of.X, dt), to.Y);
    scale_by(focus, to.C);
    for (index_t h = 0; size.skip && h < H; ++h) {
      mapped(to.X.head(0, h, H)) += D[std::size_t(h)] * mapped(to.Y.head(0, h, H));
      d.D[std::size_t(h)] += mapped(to.Y.head(0, h, H)).cwiseProduct(mapped(of.X.head(0, h, H))).sum();
    }

    scratch<Acc> A(how, 1, H);
    load_rates(A);
    scratch<Acc> dA(how, 1, H), dbias(how, 1, H);
    fold_dt_adjoint(as_heads(of.raw_dt), vector_of(A), vector_of(dt_bias), ddt, dlog_a, as_heads(to.raw_dt),
                    view<Acc, 1>(dA.data(), {H}), view<Acc, 1>(dbias.data(), {H}));
    if (!size.growing_decay) dA.array() *= A.array();  // A = -exp(A_log) is its own derivative
    add_to(d.A_log, dA);
    if (size.dt_bias) add_to(d.dt_bias, dbias);
    if (size.conv_width > 0) {
      scratch<Acc> dweight(how, size.convolved(), size.conv_width), dconv_bias(how, 1, size.convolved());
      with(
          causal_conv1d_gradient<Acc>{
              .X = to.xBC, .weight = rows_of(dweight), .bias = {dconv_bias.data(), {size.convolved()}}},
          how) = adjoint(convolution(of.xBC, where), rows_of(gradient.convolved));
      add_to(d.conv_weight, dweight.template reshaped<Eigen::RowMajor>().transpose());
      add_to(d.conv_bias, dconv_bias);
    }
    in.backward(how, u, rows_of(gradient.projected), du, d.in);
  }

 private:
  /// A (1, H)
  void load_rates(scratch<Acc>& A) const {
    A = Eigen::Map<tile<Acc> const>(A_log.data(), 1, size.heads);
    if (!size.growing_decay) A = -A.array().exp().matrix();
  }
  static view<Acc const, 1> vector_of(auto const& x) { return {x.data(), {index_t(x.size())}}; }
  static view<Acc, 3> as_heads(view<Acc, 2> x) { return {x.data, {1, x.rows(), x.cols()}, {0, x.strides[0], 1}}; }
  static void scale_by(view<Acc const, 1> focus, view<Acc, 4> C) {
    for (index_t t = 0; t < focus.rows(); ++t)
      for (index_t g = 0; g < C.heads(); ++g)
        for (index_t n = 0; n < C.cols(); ++n) C(0, t, g, n) *= focus(t);
  }
  auto convolution(view<Acc, 2> xBC, auto const& where) const {
    view<Acc const, 2> const weight(conv_weight.data(), {size.convolved(), size.conv_width});
    return causal_conv1d(xBC, weight, vector_of(conv_bias), silu{}, where);
  }
  /// f(norm(Y o silu(z))), if there is a norm or a gate.
  void normalised(view<Acc, 2> z, view<Acc, 2> Y, auto const& f) const {
    if (size.norm_groups > 0 && size.gate)
      f(rms_norm(Y, vector_of(norm), size.norm_eps, gated(z), grouped(size.norm_groups)));
    else if (size.norm_groups > 0) f(rms_norm(Y, vector_of(norm), size.norm_eps, grouped(size.norm_groups)));
    else if (size.gate) f(swiglu(z, Y));
  }
};

}  // namespace transxssm
