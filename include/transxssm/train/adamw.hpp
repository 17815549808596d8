// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include <optional>
#include "adamw_step.hpp"
#include "numbers_of.hpp"

namespace transxssm {

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019, Algorithm 2; their defaults, which are the paper's and
/// PyTorch's). Step t = 1, 2, ... with gradient g and learning rate a:
///
///     m <- beta1 m + (1 - beta1) g            v <- beta2 v + (1 - beta2) g^2
///     w <- w - a lambda w - a m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon)
///
/// (As in PyTorch, a decays the weights as it moves them: it is both alpha and eta_t of Algorithm 2.)
///
/// Only weights of two axes and more decay: matrices, whose scale the norms behind them take away again, so that a decay
/// keeps their learning rate alive. Norms, residuals, biases, D, A_log and dt_bias say themselves how large something is:
/// to pull A_log and dt_bias to 0 is to pull every head's memory to one length.
///
/// Where S has 16 bits, the weights of the model are rounded copies of masters in Acc, which are kept here: most steps are
/// smaller than half a unit in the last place of 8 bits, and would be lost.
///
///     adamw<float> optimiser(model);
///     optimiser.step(cpu{2}, model, gradient, rate(i), clip_factor(norm, 1));
///
/// Memory: 2 numbers for each weight, and with 16 bits a third. Cost: about 12 flops, a root and a division for each
/// weight; 7 numbers of Acc read or written. The bits of the result do not depend on the number of threads.
template<class S>
struct adamw {
  using Acc = accumulator_t<S>;
  static constexpr bool rounds = !std::same_as<S, Acc>;

  adamw_settings settings;
  hybrid<Acc> m, v;                    // the means of g and g^2
  std::optional<hybrid<Acc>> masters;  // the weights, if the model's are rounded
  index_t steps = 0;                   // that have been done

  /// For this model with the weights that it has now. Throws std::invalid_argument if a setting is out of its range.
  explicit adamw(hybrid<S>& model, adamw_settings s = {}) : settings(s), m(zeros_like<Acc>(model.config())), v(m) {
    settings.expect_valid();
    if constexpr (rounds) {
      masters = m;
      take_weights(model);
    }
  }

  /// The weights as they are trained: the masters, or the model's own.
  hybrid<Acc>& weights(hybrid<S>& model) {
    if constexpr (rounds) return *masters;
    else return model;
  }

  /// One step against the gradient, times `factor` (see clip_factor). Throws std::invalid_argument if the gradient is of
  /// another configuration, std::domain_error if learning rate or factor is negative or no number; nothing is changed then.
  void step(cpu where, hybrid<S>& model, hybrid<Acc>& gradient, double learning_rate, double factor = 1) {
    for (auto const* other : {&gradient.config(), &m.config()})
      if (!(*other == model.config()))
        throw std::invalid_argument("adamw.step(model, gradient): these are of two configurations");
    for (double x : {learning_rate, factor})
      if (!(x >= 0 && std::isfinite(x)))
        throw std::domain_error("adamw.step(learning_rate, factor): one is " + number(x) + ", expected at least 0");

    std::vector<bool> decays;  // by weight
    visit_weights(m, [&](auto const&, std::vector<index_t> const& shape, Acc*) { decays.push_back(shape.size() > 1); });
    adamw_step<Acc> const one(settings, double(steps + 1), learning_rate, factor);
    auto const w = numbers_of(weights(model)), g = numbers_of(gradient), means = numbers_of(m), squares = numbers_of(v);
    std::vector<number_run> const runs = runs_of(w);
    for_each_index(where, {}, index_t(runs.size()), [&](index_t i, workspace) {
      number_run const& r = runs[std::size_t(i)];
      one(r.count, r.of(g), r.of(means), r.of(squares), r.of(w), decays[r.weight]);
    });
    ++steps;
    if constexpr (rounds) give_weights(where, model);
  }

  /// masters <- model, exactly
  void take_weights(hybrid<S>& model) requires rounds
  {
    auto const w = numbers_of(*masters);
    std::size_t i = 0;
    visit_weights(model, [&](auto const&, auto const&, auto const* from) {
      auto const& to = w[i++];
      for (std::size_t j = 0; j < to.size(); ++j) to[j] = Acc(from[j]);
    });
  }
  /// model <- masters, rounded where its weights have 16 bits
  void give_weights(cpu where, hybrid<S>& model) requires rounds
  {
    auto const w = numbers_of(*masters);
    std::vector<std::variant<S*, Acc*>> to;
    visit_weights(model, [&](auto const&, auto const&, auto* numbers) { to.emplace_back(numbers); });
    std::vector<number_run> const runs = runs_of(w);
    for_each_index(where, {}, index_t(runs.size()), [&](index_t i, workspace) {
      number_run const& r = runs[std::size_t(i)];
      std::visit(
          [&](auto* numbers) {
            std::transform(r.of(w), r.of(w) + r.count, numbers + r.first,
                           [](Acc x) { return bare<decltype(*numbers)>(x); });
          },
          to[r.weight]);
    });
  }
};

}  // namespace transxssm
