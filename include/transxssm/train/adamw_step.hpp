// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include <stdexcept>
#include <string>
#include "../core/errors.hpp"
#include "../cpu/packed_row.hpp"

namespace transxssm {

struct adamw_settings {
  double beta1 = 0.9, beta2 = 0.999;  // of the running means of g and g^2
  double epsilon = 1e-8;              // added to the root
  double decay = 0.01;                // lambda

  void expect_valid() const {
    auto expect_range = [](char const* name, double x, bool fits, char const* expected) {
      if (!fits)
        throw std::invalid_argument(std::string("adamw: ") + name + " is " + number(x) + ", expected " + expected);
    };
    expect_range("beta1", beta1, beta1 >= 0 && beta1 < 1, "0 to less than 1");
    expect_range("beta2", beta2, beta2 >= 0 && beta2 < 1, "0 to less than 1");
    expect_range("epsilon", epsilon, epsilon > 0 && epsilon < 1, "more than 0, and less than 1");
    expect_range("decay", decay, decay >= 0 && decay < 1, "0 to less than 1");
  }
  bool operator==(adamw_settings const&) const = default;
};

/// What one step does to every number, with all that is the same for all of them worked out in double.
template<class Acc>
struct adamw_step {
  Acc factor, new_in_m, new_in_v, root, epsilon, rate, decay;

  adamw_step(adamw_settings const& s, double t, double learning_rate, double gradient_factor)
      : factor(Acc(gradient_factor)),
        new_in_m(Acc(1 - s.beta1)),
        new_in_v(Acc(1 - s.beta2)),
        root(Acc(1 / std::sqrt(1 - std::pow(s.beta2, t)))),
        epsilon(Acc(s.epsilon)),
        rate(Acc(learning_rate / (1 - std::pow(s.beta1, t)))),
        decay(Acc(learning_rate * s.decay)) {}

  /// The means as m + (1 - beta) (g - m), and the weight as w - (all that changes it): a float next to 1, as 1 - 3e-6,
  /// has lost a fiftieth of what it says. Means that only fade away end at 0, and not among the denormal numbers, where
  /// each step would be many times slower.     w, g, m, v (n)
  void operator()(index_t n, Acc const* g, Acc* m, Acc* v, Acc* w, bool decays) const {
    auto const all = [](Acc const& x) { return simd::pset1<packet<Acc>>(x); };
    Acc const shrink = decays ? decay : Acc(0);
    for_each_packet<Acc>(n, [&](index_t j, auto vectors, auto size) {
      unrolled<vectors>([&](auto i) {
        index_t const at = j + i * size;
        auto const mean = load_first(size, m + at), square = load_first(size, v + at),
                   weight = load_first(size, w + at);
        auto const now = simd::pmul(load_first(size, g + at), all(factor));
        auto const new_mean = packet_normal_or_zero<Acc>(simd::pmadd(all(new_in_m), simd::psub(now, mean), mean));
        auto const new_square =
            packet_normal_or_zero<Acc>(simd::pmadd(all(new_in_v), simd::psub(simd::pmul(now, now), square), square));
        auto const below = simd::pmadd(simd::psqrt(new_square), all(root), all(epsilon));
        auto const change = simd::pmadd(all(shrink), weight, simd::pdiv(simd::pmul(all(rate), new_mean), below));
        store_first(size, m + at, packet<Acc>(new_mean));
        store_first(size, v + at, packet<Acc>(new_square));
        store_first(size, w + at, packet<Acc>(simd::psub(weight, change)));
      });
    });
  }
};

}  // namespace transxssm
