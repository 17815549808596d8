// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <span>
#include <vector>
#include "../cpu/for_each_index.hpp"
#include "../model/weights.hpp"

namespace transxssm {

// A gradient of a model is a model of the same configuration whose weights are the gradients; so are the moments of an
// optimiser. Their numbers lie in the same order.

/// The numbers of each weight, in the order of visit_weights; for models whose weights are all of one scalar.
template<class S>
requires std::same_as<S, accumulator_t<S>>
std::vector<std::span<S>> numbers_of(hybrid<S>& model) {
  std::vector<std::span<S>> all;
  visit_weights(model, [&](std::string const&, std::vector<index_t> const& shape, S* numbers) {
    std::size_t count = 1;
    for (index_t n : shape) count *= std::size_t(n);
    all.emplace_back(numbers, count);
  });
  return all;
}

/// A model of that configuration whose weights are all zero, its norms and residuals too.
template<class S>
hybrid<S> zeros_like(model_config const& config) {
  hybrid<S> model(config);
  for (std::span<S> numbers : numbers_of(model)) std::ranges::fill(numbers, S(0));
  return model;
}

/// A run of one weight's numbers.
struct number_run {
  std::size_t weight;
  index_t first, count;

  template<class S>
  S* of(std::vector<std::span<S>> const& numbers) const {
    return numbers[weight].data() + first;
  }
};

/// All numbers in runs of at most so many. What is worked or summed run by run does not depend on the number of threads,
/// because the runs do not.
template<class S>
std::vector<number_run> runs_of(std::vector<std::span<S>> const& numbers, index_t most = 1 << 14) {
  std::vector<number_run> runs;
  for (std::size_t w = 0; w < numbers.size(); ++w)
    for (index_t n = index_t(numbers[w].size()), first = 0; first < n; first += most)
      runs.push_back({w, first, std::min(most, n - first)});
  return runs;
}

}  // namespace transxssm
