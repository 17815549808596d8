// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include "../operator/rms_norm.hpp"
#include "swiglu.hpp"

namespace transxssm {

/// y = x weight / sqrt(mean(x^2) + eps), the mean over each of `groups` groups     x, weight, y (D); y may be x
template<class Acc>
void normalise_row(Acc const* x, Acc const* weight, Acc const& eps, index_t groups, index_t D, Acc* y) {
  using std::sqrt;
  for (index_t n = D / groups; groups > 0; --groups, x += n, weight += n, y += n) {
    Acc sum = row_array<Acc const>(x, n).square().sum();
    auto const factor = simd::pset1<packet<Acc>>(Acc(Acc(1) / sqrt(Acc(sum / Acc(double(n)) + eps))));
    for_each_packet<Acc>(n, [&](index_t j, auto vectors, auto m) {
      prefetch(x + n + j);  // the next row, most often: read while this one is written
      unrolled<vectors>([&](auto v) {
        index_t i = j + v * m;
        store_first(m, y + i, simd::pmul(simd::pmul(load_first(m, x + i), factor), load_first(m, weight + i)));
      });
    });
  }
}

/// Row t of the normed: from memory to y.
template<class Acc>
void normalise(auto const& rows, index_t t, Acc const* weight, Acc* x_memory, Acc* z_memory, Acc* y) {
  Acc const* x = row_of(rows.x, t, x_memory);
  if constexpr (requires { rows.gate.z; }) {
    gate_row(row_of(rows.gate.z, t, z_memory), x, rows.cols(), x_memory);
    x = x_memory;
  }
  normalise_row(x, weight, Acc(rows.eps), rows.groups.groups, rows.cols(), y);
}

/// Y = rms_norm(X, weight, eps), one head of one sequence; Y may be X or Z itself: a row is read before it is written.
/// 4 D T flops; 4 D numbers of workspace.
template<class Acc, class X, class W, class Gate, class O>
void evaluate_into(cpu, accumulate<Acc>, workspace memory, rms_normed<X, W, Gate> const& rows, view<O, 2> Y) {
  index_t D = rows.cols();
  scratch<Acc> spare(memory, 4, D);
  Acc const* weight = features_of(rows.weight, spare.row(3).data());
  for (index_t t = 0; t < rows.rows(); ++t)
    write_row(Y, t, spare.row(2).data(),
              [&](Acc* y) { normalise(rows, t, weight, spare.row(0).data(), spare.row(1).data(), y); });
}

}  // namespace transxssm
