// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include "../cpu/for_each_index.hpp"
#include "../cpu/packed_row.hpp"
#include "../cpu/softmax_exponential.hpp"
#include "../model/tokens.hpp"

namespace transxssm {

/// The target of a row that is not asked for anything.
inline constexpr token no_target = -1;

/// -log softmax(row)[target], and row <- factor (softmax(row) - onehot(target)).     row (V)
///
/// Three passes, of which a row of 50k numbers leaves the first cache once; the exponentials are those of attention
/// (relative error 3e-7 in float, and exact zeros below e^-69). They are summed 1024 at a time, the sums in double.
template<class Acc>
double cross_entropy_row(Acc* row, index_t V, token target, Acc const& factor) {
  constexpr softmax_exponential<Acc> exponential;
  constexpr index_t at_once = 1024;
  Acc const highest = row_array<Acc const>(row, V).maxCoeff();  // if it overlooks a NaN, the sum will not
  double const of_target = double(Acc(row[target] - highest));
  auto const shift = simd::pset1<packet<Acc>>(highest), scale = simd::pset1<packet<Acc>>(Acc(exponential.factor));
  double sum = 0;
  for (index_t first = 0; first < V; first += at_once) {
    index_t const n = std::min(at_once, V - first);
    for_each_packet<Acc>(n, [&](index_t j, auto vectors, auto size) {
      unrolled<vectors>([&](auto i) {
        Acc* at = row + first + j + i * size;
        store_first(size, at, exponential(simd::pmul(simd::psub(load_first(size, at), shift), scale)));
      });
    });
    sum += double(row_array<Acc const>(row + first, n).sum());
  }
  row_array<Acc>(row, V) *= Acc(double(factor) / sum);
  row[target] -= factor;
  return std::log(sum) - of_target;
}

/// The cross-entropy of some rows of logits, which become their own gradient:
///
///     returns sum_t -log softmax(logits_t)[targets_t]          in nats; the rows without target (-1) add nothing
///     logits_t <- factor (softmax(logits_t) - onehot(targets_t))          and are 0 there
///
/// `factor` is what the sum is multiplied by to be the loss: 1 / (all targets of the batch) for their mean. So a caller
/// takes some rows at a time, and the logits of a whole batch never exist.
///
/// logits (n, V), the numbers of a row side by side; targets (n). Each row's largest logit is taken from all: nothing
/// overflows. A logit of -inf has probability 0. NaN and +inf make the sum NaN, as they should. The bits do not depend on
/// the number of threads. Cost: about 20 flops, 3 reads and 2 writes for each logit.
///
/// Throws std::invalid_argument if there are not as many targets as rows, or if one is not in the vocabulary; nothing is
/// written then.
template<class Acc>
double cross_entropy(cpu where, view<Acc, 2> logits, std::span<token const> targets, Acc const& factor) {
  constexpr auto here = "cross_entropy(logits, targets)";
  index_t const rows = logits.rows(), V = logits.cols();
  expect(here, "targets", index_t(targets.size()), "tokens", rows);
  if (rows > 0 && V > 1) expect(here, "logits", logits.strides[1], "numbers from one column to the next", 1);
  for (token t : targets)
    if (t != no_target && (t < 0 || t >= V))
      throw std::invalid_argument(std::string(here) + ": target " + std::to_string(t) +
                                  " is not in the vocabulary of " + std::to_string(V));
  std::vector<double> losses(targets.size());
  index_t const at_once = std::max<index_t>(1, (1 << 13) / std::max<index_t>(1, V));  // rows that are worth a thread
  for_each_index(where, {}, (rows + at_once - 1) / at_once, [&](index_t i, workspace) {
    for (index_t t = i * at_once; t < std::min(rows, (i + 1) * at_once); ++t) {
      Acc* row = logits.data + t * logits.strides[0];
      if (token const target = targets[std::size_t(t)]; target != no_target)
        losses[std::size_t(t)] = cross_entropy_row(row, V, target, factor);
      else std::fill_n(row, V, Acc(0));
    }
  });
  double sum = 0;
  for (double loss : losses) sum += loss;
  return sum;
}

}  // namespace transxssm
