// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <deque>
#include <memory_resource>
#include "../operator/applied.hpp"
#include "../operator/resumed.hpp"
#include "head_runs.hpp"
#include "ssd_head_adjoint.hpp"

namespace transxssm {

/// The state that a product starts from.
template<class A, class C, class B, class D, class W>
view<accumulator_t<scalar_of<C>> const, 4> first_state(semiseparable_operator<A, C, B, D, W> const&) {
  return {};
}
template<class M, class S>
view<S const, 4> first_state(resumed<M, ssm_state<S>> const& M_from) {
  return M_from.state->h();
}

/// The gradients of log_a, C, B, X, D and the first state, in any form: each of the adjoint's three products is taken in
/// it (see ssd_head_adjoint, which has the equations).
///
/// 12 T N P flops for a head, three times those of the product itself. For each head in flight, four for each thread,
/// (4 + T / 128) N P numbers of workspace and 3 T, and 130 (5 N + 3 P) for each thread; where heads share C or B (or X), T N
/// (or T P) for each of them. Linear in T. See also: ssd_tiled, ssd_chunked.
template<class How, class Acc, class M, class X, class... Parts, class G>
requires requires(M const& m) { requires batch_semiseparable<decltype(m.stateless())>; }
void adjoint_into(How how, cpu place, accumulate<Acc>, workspace memory, applied<M, X, Parts...> const& e,
                  view<G, 4> dY, view<Acc const, 4> dh, semiseparable_gradient<Acc> const& gradient) {
  auto const m = e.m.stateless();
  auto const first = first_state(e.m);
  index_t const batch = e.batch(), H = e.heads(), T = e.rows(), sequences = m.sequences(batch);
  constexpr bool clear = !std::same_as<decltype(m.where), whole>;
  gradient_in_pieces<Acc, decltype(m.c)> const c(memory, m.c, gradient.C, batch, H, clear);
  gradient_in_pieces<Acc, decltype(m.b)> const b(memory, m.b, gradient.B, batch, H, clear);
  gradient_in_pieces<Acc, X> const x(memory, e.x, gradient.X, batch, H, clear);
  scratch<Acc> decays(memory, gradient.log_a.data ? batch * T : 0, H), skips(memory, sequences, H);
  decays.setZero();
  view<Acc, 3> const log_a(decays.data(), {batch, T, H});
  // Some heads together, since they lie together: block by block, each in turn.
  index_t const together = std::clamp<index_t>(sequences * H / std::max(place.threads, 1), 1, 4);
  index_t const runs = (H + together - 1) / together;
  for_each_index(place, memory, sequences * runs, [&](index_t i, workspace turns) {
    index_t const s = i / runs, first_head = i % runs * together, heads = std::min(together, H - first_head);
    auto const [entry, from, count] = m.where(s, T);
    auto const state_of = [&](auto const& all, index_t h) {
      return all.data ? all.head(s, h, H) : decltype(all.head(s, h, H))();
    };
    auto const head = [&](index_t h) {
      some_rows const at{entry, h, H, from, count};
      return moving_head{m.head(entry, h, H).middle_rows(from, count), at.of(e.x), at.of(dY), no_skip{}};
    };
    using one = ssd_head_adjoint<How, Acc, decltype(head(0)), decltype(m.c), decltype(m.b), X>;
    std::pmr::deque<one> all(turns.memory);
    for (index_t h = first_head; h < first_head + heads; ++h)
      all.emplace_back(c, b, x, some_rows{entry, h, H, from, count}, head(h), state_of(first, h), state_of(dh, h),
                       turns);
    ssd_adjoint_rows<How, Acc> window(how, turns, count, m.b.cols(), e.x.cols());
    index_t const blocks = all[0].blocks();
    for (index_t k = 0; k < blocks; ++k)
      for (std::size_t h = 0; h < all.size(); ++h)
        all[h].forwards(k, window, h + 1 < all.size() ? all[h + 1].rows_of(k) : all[0].rows_of(k + 1));
    for (one& each : all) each.turn();
    for (index_t k = blocks; k-- > 0;)
      for (std::size_t h = 0; h < all.size(); ++h)
        all[h].backwards(k, window,
                         h + 1 < all.size() ? all[h + 1].rows_of(k) : all[0].rows_of(std::max<index_t>(k, 1) - 1));
    for (one& each : all) {
      each.finish(log_a.data ? each.at.of(log_a) : view<Acc, 1>(), state_of(view<Acc, 4>(gradient.state), each.at.h));
      skips(s, each.at.h) = each.D;
    }
  });
  c.pull_back(place, memory), b.pull_back(place, memory), x.pull_back(place, memory);
  pull_back(m.log_a, log_a, gradient.log_a);
  if (!gradient.D.data) return;
  index_t const shared = gradient.D.rows();
  for (index_t h = 0; h < H; ++h)
    for (index_t s = 0; s < sequences; ++s) {
      Acc& sum = gradient.D(h * shared / H);
      sum = s == 0 && (h == 0 || h * shared / H != (h - 1) * shared / H) ? skips(s, h) : Acc(sum + skips(s, h));
    }
}

}  // namespace transxssm
