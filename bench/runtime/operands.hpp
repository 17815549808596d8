// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
// What the operators are applied to: the same numbers in every run, for this library and for its peers.
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>
#include <transxssm/core/view.hpp>
#include <transxssm/math/plane_rotation.hpp>
#include <transxssm/math/softplus.hpp>

namespace bench {

using transxssm::index_t, transxssm::view;

/// Memory of its own, (batch, T, head, feature) or (batch, T, head), of numbers between -1 and 1.
template<int Axes>
struct array {
  std::vector<float> memory;
  view<float, Axes> all;

  array(index_t const (&extents)[Axes], std::uint32_t seed) : all(nullptr, extents) {
    std::size_t size = 1;
    for (index_t extent : extents) size *= std::size_t(extent);
    memory.resize(size);
    all.data = memory.data();
    for (float& x : memory) {
      seed = seed * 1664525 + 1013904223;
      x = float(std::int32_t(seed)) * 0x1p-31f;
    }
  }
  array(array const&) = delete;
  double bytes() const { return double(memory.size()) * sizeof(float); }
};

/// Bytes that no cache holds: what is said to run at the speed of memory works on so much.
inline constexpr index_t large = index_t(1) << 27;

/// How much of the state is forgotten in a step: the mean of log_a.
enum class decay { weak, strong };
inline float mean_of(decay d) { return d == decay::weak ? -0.05f : -10.f; }

struct ssd_shape {
  index_t H, N, G;  // heads, d_state, groups of B and C
  index_t T = 2048, P = 64, batch = 1;
  decay forgets = decay::weak;

  double flops() const { return 4. * double(batch * T * H) * double(N * P); }  // two for the state, two for the output
  double state_bytes() const { return double(batch * H * N * P) * sizeof(float); }
  std::string name() const { return std::to_string(H) + "/" + std::to_string(N) + "/" + std::to_string(G); }
};
inline ssd_shape const ssd_shapes[] = {{12, 128, 12}, {32, 128, 32}, {12, 64, 12}, {12, 128, 1}};

/// As many sequences as make a large state.
inline ssd_shape one_step_of(ssd_shape s) {
  s.T = 1, s.batch = large / index_t(s.state_bytes());
  return s;
}

/// dt = softplus(raw), log_a = dt A, with A such that log_a has the mean asked for.
struct ssd_operands {
  array<3> raw, dt, log_a;  // (batch, T, head)
  array<4> C, B, X, Y;      // (batch, T, group, N), (batch, T, head, P)
  float A;

  explicit ssd_operands(ssd_shape const& s)
      : raw({s.batch, s.T, s.H}, 1),
        dt({s.batch, s.T, s.H}, 1),
        log_a({s.batch, s.T, s.H}, 1),
        C({s.batch, s.T, s.G, s.N}, 2),
        B({s.batch, s.T, s.G, s.N}, 3),
        X({s.batch, s.T, s.H, s.P}, 4),
        Y({s.batch, s.T, s.H, s.P}, 5) {
    double sum = 0;
    for (std::size_t i = 0; i < raw.memory.size(); ++i) {
      raw.memory[i] = 2 * raw.memory[i] - 2;
      sum += double(dt.memory[i] = transxssm::softplus(raw.memory[i]));
    }
    A = mean_of(s.forgets) / float(sum / double(raw.memory.size()));
    for (std::size_t i = 0; i < raw.memory.size(); ++i) log_a.memory[i] = A * dt.memory[i];
  }
};

struct attention_shape {
  index_t H, G;  // heads of Q, and of K and V
  index_t T = 2048, N = 64, batch = 1;

  /// Of the pairs that are seen.
  double flops() const { return 2. * double(batch * H * N) * double(T * (T + 1)); }
  double cache_bytes() const { return 2. * double(batch * T * G * N) * sizeof(float); }
  std::string name() const { return std::to_string(H) + "/" + std::to_string(G) + "/" + std::to_string(T); }
};
inline attention_shape const attention_shapes[] = {{12, 12}, {32, 8}};

struct attention_operands {
  array<4> Q, K, V, Z;  // (batch, T, head, N), (batch, T, group, N)

  explicit attention_operands(attention_shape const& s)
      : Q({s.batch, s.T, s.H, s.N}, 6),
        K({s.batch, s.T, s.G, s.N}, 7),
        V({s.batch, s.T, s.G, s.N}, 8),
        Z({s.batch, s.T, s.H, s.N}, 9) {}
};

struct rotation_shape {
  transxssm::pairing pairs;
  index_t N, T = 16384, H = large / (T * N * 4);

  double bytes() const { return double(T * H * N) * sizeof(float); }
  std::string name() const {
    return (pairs == transxssm::pairing::interleaved ? "interleaved/" : "half_split/") + std::to_string(N);
  }
};
inline rotation_shape const rotation_shapes[] = {{transxssm::pairing::interleaved, 64},
                                                 {transxssm::pairing::interleaved, 128},
                                                 {transxssm::pairing::half_split, 64},
                                                 {transxssm::pairing::half_split, 128}};

}  // namespace bench
