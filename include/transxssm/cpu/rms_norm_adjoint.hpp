// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "rms_norm.hpp"
#include "swiglu_adjoint.hpp"

namespace transxssm {

/// The adjoint of normalise_row: dx, which may be dy, and dweight += r x dy.     all (D)
template<class Acc>
void normalise_row_adjoint(Acc const* x, Acc const* weight, Acc const* dy, Acc const& eps, index_t groups, index_t D,
                           Acc* dx, Acc* dweight) {
  using std::sqrt;
  for (index_t n = D / groups; groups > 0; --groups, x += n, weight += n, dy += n, dx += n, dweight += n) {
    row_array<Acc const> const rows(x, n), w(weight, n), d(dy, n);
    Acc const r = Acc(Acc(1) / sqrt(Acc(rows.square().sum() / Acc(double(n)) + eps)));
    Acc const along = Acc(r * r * Acc((rows * w * d).sum() / Acc(double(n))));
    auto const factor = simd::pset1<packet<Acc>>(r), back = simd::pset1<packet<Acc>>(Acc(-along));
    for_each_packet<Acc>(n, [&](index_t j, auto vectors, auto m) {
      prefetch(x + n + j), prefetch(dy + n + j);  // the next rows, most often
      unrolled<vectors>([&](auto v) {
        index_t const i = j + v * m;
        packet<Acc> const at = load_first(m, x + i), g = load_first(m, dy + i);
        packet<Acc> const sum = simd::pmadd(back, at, simd::pmul(load_first(m, weight + i), g));
        store_first(m, dx + i, simd::pmul(factor, sum));
        store_first(m, dweight + i, simd::pmadd(simd::pmul(factor, at), g, load_first(m, dweight + i)));
      });
    });
  }
}

/// The adjoint of rms_norm(X, weight, eps), with r = 1 / sqrt(mean(x^2) + eps) of a row, or of each of its groups:
///
///     dx = r (weight dy - x r^2 mean(weight x dy))     dweight = sum of r x dy, over all rows
///
/// and of rms_norm(X, weight, eps, gated(Z)): what is normalised is x silu(z), whose gradient goes on through swiglu's adjoint.
///
///     dY (batch, T, head, D) -> {dX, dweight, dZ}, as X, weight and Z
///
/// 9 D T flops for each head (gated: and 2 D T exponentials); every number is read once from memory, and written once. A
/// piece of rows has a sum of its own of dweight, and these are added in order. 7 D numbers of workspace for each thread, and
/// at most 64 of the weight.
template<class Acc, class X, class W, class Gate, class G>
void adjoint_into(form auto, cpu place, accumulate<Acc>, workspace memory, rms_normed<X, W, Gate> const& rows,
                  view<G, 4> dY, rms_norm_gradient<Acc> const& to) {
  constexpr bool is_gated = requires { rows.gate.z; };
  index_t const H = rows.heads(), D = rows.cols(), together = steps_together(H, rows.rows());
  step_pieces<whole> const pieces({}, rows.batch(), rows.rows(), H * D);
  scratch<Acc> dweight(memory, pieces.size(), rows.weight.rows()), weights(memory, 1, rows.weight.rows());
  Acc const* weight = features_of(rows.weight, weights.data());
  for_each_index(place, memory, pieces.size(), [&](index_t piece, workspace turns) {
    scratch<Acc> spare(turns, 7, D);
    auto memory_of = [&](int i) { return spare.row(i).data(); };
    dweight.row(piece).setZero();
    pieces.visit(piece, together, [&](sequence_rows in, index_t first, index_t n) {
      for (index_t h = 0; h < H; ++h) {
        auto of = [&](auto const& x) { return x.head(in.batch, h, H).middle_rows(first, n); };
        auto const x = of(rows);
        auto const dy = of(dY);
        view<Acc, 2> const dX = of(to.X), dZ = of(to.Z);
        index_t const own = rows.weight.rows() == D ? 0 : h * D;
        for (index_t t = 0; t < n; ++t) {
          Acc const *x_t = row_of(x.x, t, memory_of(0)), *dy_t = row_of(dy, t, memory_of(1));
          auto normalised = [&](Acc const* at, Acc* dx) {
            normalise_row_adjoint(at, weight + own, dy_t, Acc(rows.eps), rows.groups.groups, D, dx,
                                  dweight.row(piece).data() + own);
          };
          write_wanted(dX, t, memory_of(2), [&](Acc* dx) {
            if constexpr (is_gated) {
              write_wanted(dZ, t, memory_of(3), [&](Acc* dz) {
                Acc const* z_t = row_of(x.gate.z, t, memory_of(4));
                gate_row(z_t, x_t, D, memory_of(5));
                normalised(memory_of(5), memory_of(6));
                gate_row_adjoint(z_t, x_t, memory_of(6), D, dz, dx);
              });
            } else {
              normalised(x_t, dx);
            }
          });
        }
      }
    });
  });
  add_pieces(dweight);
  for (index_t j = 0; to.weight.data && j < dweight.cols(); ++j) to.weight(j) = dweight(0, j);
}

}  // namespace transxssm
