// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <deque>
#include "../core/kept_memory.hpp"
#include "adamw.hpp"
#include "clip.hpp"
#include "model_gradient.hpp"
#include "schedule.hpp"
#include "text_data.hpp"

namespace transxssm {

/// How a model is trained. The defaults are the paper's (Appendix B).
struct training_settings {
  warm_up_cosine learning_rate = {};
  adamw_settings optimiser = {};
  double clip = 1;  // the most that the norm of all gradients may be
};

/// What a step has come to.
struct training_step {
  double loss;  // mean -log p(target), in nats, before the step
  double gradient_norm, learning_rate;
  index_t targets;
};

/// Trains a model, step by step:
///
///     trainer train(model, 256, {.learning_rate = {.peak = 2e-3, .steps = 1000}});
///     for (index_t i = 0; i < 1000; ++i) {
///       for (text_batch& b : batches) data.next(b);
///       training_step const done = train(cpu{2}, batches);
///     }
///
/// A step is one of AdamW against the gradient of the mean loss of all its batches. Threads share batches, if there are
/// several, or else work on the one together; each batch has a gradient of its own, and these are added in their order: not
/// a bit depends on the number of threads. Memory: a gradient, and what model_gradient keeps, for each batch of a step.
template<class S>
class trainer {
 public:
  using Acc = accumulator_t<S>;
  training_settings settings;
  adamw<S> optimiser;

  /// For sequences of up to `longest` tokens. Throws std::invalid_argument if a setting is out of its range.
  trainer(hybrid<S>& model, index_t longest, training_settings s)
      : settings(s), optimiser(model, s.optimiser), model_(model), learn_(model, longest) {
    settings.learning_rate.expect_valid();
  }

  index_t steps() const { return optimiser.steps; }

  /// Throws std::domain_error if the gradient has become infinite or no number: the model is then as it was.
  training_step operator()(cpu where, std::span<text_batch const> batches) {
    index_t const count = index_t(batches.size());
    index_t const targets = targets_of(batches);
    while (index_t(shards_.size()) < count) shards_.emplace_back(zeros_like<Acc>(model_.config()));
    for_each_index(where, {}, count, [&](index_t i, workspace) {
      shard& own = shards_[std::size_t(i)];
      text_batch const& b = batches[std::size_t(i)];
      for (std::span<Acc> numbers : numbers_of(own.gradient)) std::ranges::fill(numbers, Acc(0));
      policy const how{cpu{count > 1 ? 1 : where.threads}, workspace{&own.memory}};
      own.loss = learn_(b.inputs, b.targets, Acc(1 / double(targets)), own.gradient, how);
    });
    hybrid<Acc>& gradient = sum_of(where, count);
    double loss = 0;
    for (index_t i = 0; i < count; ++i) loss += shards_[std::size_t(i)].loss;
    double const norm = global_norm(where, gradient), rate = settings.learning_rate(steps());
    optimiser.step(where, model_, gradient, rate, clip_factor(norm, settings.clip));
    return {loss / double(targets), norm, rate, targets};
  }

  /// Mean -log p(target) over some batches, in nats.
  double loss(cpu where, std::span<text_batch const> batches) {
    std::vector<double> sums(batches.size());
    index_t const targets = targets_of(batches), n = index_t(batches.size()), threads = std::max(where.threads, 1);
    for_each_index(where, {}, threads, [&](index_t first, workspace) {
      kept_memory memory;
      for (index_t i = first; i < n; i += threads) {
        text_batch const& b = batches[std::size_t(i)];
        sums[std::size_t(i)] = learn_.loss(b.inputs, b.targets, policy{workspace{&memory}});
      }
    });
    double sum = 0;
    for (double s : sums) sum += s;
    return sum / double(targets);
  }

 private:
  struct shard {
    kept_memory memory;
    hybrid<Acc> gradient;
    double loss = 0;
    explicit shard(hybrid<Acc> zeros) : gradient(std::move(zeros)) {}
  };

  static index_t targets_of(std::span<text_batch const> batches) {
    index_t targets = 0;
    for (text_batch const& b : batches) targets += index_t(b.targets.size()) - std::ranges::count(b.targets, no_target);
    if (targets == 0) throw std::invalid_argument("trainer(batches): there is no target");
    return targets;
  }

  hybrid<Acc>& sum_of(cpu where, index_t count) {
    auto const sum = numbers_of(shards_[0].gradient);
    std::vector<number_run> const runs = runs_of(sum);
    for (index_t i = 1; i < count; ++i) {
      auto const more = numbers_of(shards_[std::size_t(i)].gradient);
      for_each_index(where, {}, index_t(runs.size()), [&](index_t r, workspace) {
        number_run const& run = runs[std::size_t(r)];
        using row = Eigen::Array<Acc, Eigen::Dynamic, 1>;
        Eigen::Map<row>(run.of(sum), run.count) += Eigen::Map<row const>(run.of(more), run.count);
      });
    }
    return shards_[0].gradient;
  }

  hybrid<S>& model_;
  model_gradient<S> learn_;
  std::deque<shard> shards_;
};

}  // namespace transxssm
