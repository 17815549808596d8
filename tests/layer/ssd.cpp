// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <transxssm/layer/ssd.hpp>
#include <transxssm/math/random_numbers.hpp>
#include <transxssm/operator/packed.hpp>

// The SSD layer, and each of its parts that may be there or not, against its equations written as loops.
namespace layer_ssd {

using namespace transxssm;
using rows = std::vector<std::vector<double>>;

namespace {

ssd_layer<double> made(ssd_config const& c, index_t d_model) {
  ssd_layer<double> l(c, d_model);
  random_numbers random(11);
  for (auto* numbers : {&l.in.numbers, &l.out.numbers, &l.A_log, &l.conv_weight, &l.conv_bias, &l.norm})
    for (double& w : *numbers) w = 0.5 * random.normal();
  if (c.skip)
    for (double& w : l.D) w = random.normal();
  if (c.dt_bias)
    for (double& w : l.dt_bias) w = random.normal();
  return l;
}

double silu_of(double x) { return x / (1 + std::exp(-x)); }

rows times(linear<double> const& l, rows const& x) {
  rows y(x.size(), std::vector<double>(std::size_t(l.outputs)));
  for (std::size_t t = 0; t < x.size(); ++t)
    for (index_t o = 0; o < l.outputs; ++o)
      for (index_t i = 0; i < l.inputs; ++i) y[t][std::size_t(o)] += l.weight()(o, i) * x[t][std::size_t(i)];
  return y;
}

/// Half-split pairs of the first `features`, turned to position m.
void turn(double* x, index_t features, index_t m) {
  for (index_t j = 0; j < features / 2; ++j) {
    double const phi = double(m) * std::pow(10000., -2. * double(j) / double(features)), re = x[j],
                 im = x[j + features / 2];
    x[j] = re * std::cos(phi) - im * std::sin(phi), x[j + features / 2] = re * std::sin(phi) + im * std::cos(phi);
  }
}

rows definition(ssd_layer<double> const& l, rows const& u) {
  ssd_config const& c = l.size;
  auto const I = std::size_t(c.inner()), GN = std::size_t(c.groups * c.d_state), N = std::size_t(c.d_state),
             P = std::size_t(c.head_dim);
  std::size_t const from_x = c.gate ? I : 0, width = I + 2 * GN, T = u.size();
  rows const projected = times(l.in, u);
  rows xBC(T, std::vector<double>(width)), mixed(T, std::vector<double>(I));
  for (std::size_t t = 0; t < T; ++t)
    for (std::size_t i = 0; i < width; ++i) {
      if (c.conv_width == 0) xBC[t][i] = projected[t][from_x + i];
      else {
        double sum = l.conv_bias[i];
        for (std::size_t k = 0, K = std::size_t(c.conv_width); k < K; ++k)
          if (t + k + 1 >= K) sum += l.conv_weight[i * K + k] * projected[t + k + 1 - K][from_x + i];
        xBC[t][i] = silu_of(sum);
      }
    }
  for (std::size_t t = 0; t < T; ++t)
    for (index_t g = 0; g < 2 * c.groups; ++g) turn(&xBC[t][I + std::size_t(g) * N], c.rotary_features, index_t(t));
  for (std::size_t h = 0; h < std::size_t(c.heads); ++h) {
    std::size_t const g = h * std::size_t(c.groups) / std::size_t(c.heads);
    rows state(N, std::vector<double>(P));
    for (std::size_t t = 0; t < T; ++t) {
      double const dt = std::log1p(std::exp(projected[t][from_x + width + h] + l.dt_bias[h]));
      double const a = std::exp(dt * -std::exp(l.A_log[h]));
      for (std::size_t p = 0; p < P; ++p) {
        double y = l.D[h] * xBC[t][h * P + p];
        for (std::size_t n = 0; n < N; ++n) {
          state[n][p] = a * state[n][p] + dt * xBC[t][I + g * N + n] * xBC[t][h * P + p];
          y += xBC[t][I + GN + g * N + n] * state[n][p];
        }
        mixed[t][h * P + p] = y * (c.gate ? silu_of(projected[t][h * P + p]) : 1);
      }
    }
  }
  for (std::size_t t = 0, D = c.norm_groups > 0 ? I / std::size_t(c.norm_groups) : I; c.norm_groups > 0 && t < T; ++t)
    for (std::size_t first = 0; first < I; first += D) {
      double squares = 0;
      for (std::size_t i = first; i < first + D; ++i) squares += mixed[t][i] * mixed[t][i];
      for (std::size_t i = first; i < first + D; ++i)
        mixed[t][i] *= l.norm[i] / std::sqrt(squares / double(D) + c.norm_eps);
    }
  return times(l.out, mixed);
}

}  // namespace

TEST_CASE("Table 2's position encodings, and every other part of an SSD layer") {
  ssd_config const a_t{.heads = 4, .head_dim = 3, .d_state = 6, .groups = 2};
  std::vector<ssd_config> configs(8, a_t);
  configs[1].rotary_features = 6;                         // Unified RoPE
  configs[2].conv_width = 4, configs[2].skip = true;      // Conv1d + D
  configs[3].rotary_features = 4, configs[3].groups = 4;  // the first features of a state turn
  configs[4].gate = configs[4].dt_bias = true;            // a gate without a norm
  configs[5].norm_groups = 2;                             // a norm without a gate
  configs[6] = {.heads = 4,
                .head_dim = 3,
                .d_state = 6,
                .groups = 1,
                .rotary_features = 6,
                .conv_width = 3,
                .skip = true,
                .dt_bias = true,
                .gate = true,
                .norm_groups = 3};  // everything
  configs[7].conv_width = 1;        // a convolution that looks at nothing else
  index_t const T = 23, d_model = 5;
  random_numbers random(5);
  rows u(T, std::vector<double>(d_model));
  tile<double> in(T, d_model), out(T, d_model);
  for (index_t t = 0; t < T; ++t)
    for (index_t i = 0; i < d_model; ++i) in(t, i) = u[std::size_t(t)][std::size_t(i)] = random.normal();
  for (std::size_t k = 0; k < configs.size(); ++k) {
    CAPTURE(k);
    ssd_config const& c = configs[k];
    CHECK_NOTHROW(c.expect_valid());
    auto const layer = made(c, d_model);
    ssd_cache<double> cache(c, 1);
    auto const theta = c.rotary_features > 0 ? frequencies(c.rotary_features) : frequencies(std::span<double const>());
    rotary_table<double> const R(theta, T, pairing::half_split);
    for (index_t t = 0, n = 0; t < T; t += n) {  // in two pieces
      n = std::min<index_t>(10, T - t);
      index_t const offsets[] = {0, n};
      layer(policy{cpu{}, workspace{}}, view<double const, 2>(&in(t, 0), {n, d_model}),
            view<double, 2>(&out(t, 0), {n, d_model}), packed_view(offsets, 1), R.middle_rows(t, n),
            view<double const, 1>(nullptr, {0}), cache);
    }
    rows const expected = definition(layer, u);
    double difference = 0, size = 0;
    for (index_t t = 0; t < T; ++t)
      for (index_t i = 0; i < d_model; ++i) {
        double const y = expected[std::size_t(t)][std::size_t(i)];
        difference += (out(t, i) - y) * (out(t, i) - y), size += y * y;
      }
    CHECK(size > 1);
    CHECK(std::sqrt(difference / size) < 1e-13);
  }
}

}  // namespace layer_ssd
