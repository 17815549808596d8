// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <numeric>
#include <utility>
#include "retrieval.hpp"

namespace training {

/// Multi-query associative recall (Arora et al. 2023): `pairs` different keys, each followed by its value; then each key
/// once more, in another order and anywhere in the rest, again followed by its value, which is asked.
///
///     K3 V9 K1 V2 K7 V9 | .. .. K1 V2 .. .. K7 V9 K3 V9
///
/// Tokens: 0 fills (".."), 1 to vocab_size/2 - 1 are keys, vocab_size/2 to vocab_size - 1 are values. The places of the
/// queries are drawn evenly (Arora et al. prefer near ones, by a power law).
struct associative_recall {
  index_t length = 256;  // T
  index_t pairs = 8;
  index_t vocab_size = 256;

  /// Throws std::invalid_argument if so many pairs do not fit twice, or there are too few keys.
  task_sequence operator()(random_numbers& random) const {
    constexpr auto here = "associative_recall";
    index_t const keys = vocab_size / 2 - 1, values = vocab_size - vocab_size / 2, places = length / 2 - pairs;
    if (pairs < 1 || pairs > keys) transxssm::refuse(here, "the task", pairs, "pairs", "1 to " + std::to_string(keys));
    if (places < pairs)
      transxssm::refuse(here, "the sequence", length, "tokens", "at least " + std::to_string(4 * pairs));

    task_sequence s;
    s.tokens.assign(std::size_t(length), 0);
    std::vector<index_t> const chosen = drawn(keys, pairs, random);  // without replacement
    std::vector<index_t> const place = drawn(places, pairs, random);
    auto write = [&](index_t t, index_t key, token value) {
      s.tokens[std::size_t(t)] = token(1 + key), s.tokens[std::size_t(t) + 1] = value;
    };
    for (index_t i = 0; i < pairs; ++i) {
      token const value = token(vocab_size / 2 + index_t(random.below(std::uint64_t(values))));
      write(2 * i, chosen[std::size_t(i)], value);
      index_t const again = 2 * (pairs + place[std::size_t(i)]);
      write(again, chosen[std::size_t(i)], value);
      s.asked.push_back(again + 1);
    }
    std::sort(s.asked.begin(), s.asked.end());
    return s;
  }

 private:
  /// So many different numbers below n, in any order (the beginning of a Fisher-Yates shuffle).
  static std::vector<index_t> drawn(index_t n, index_t count, random_numbers& random) {
    std::vector<index_t> all(static_cast<std::size_t>(n));
    std::iota(all.begin(), all.end(), index_t(0));
    for (index_t i = 0; i < count; ++i)
      std::swap(all[std::size_t(i)], all[std::size_t(i) + random.below(std::uint64_t(n - i))]);
    all.resize(std::size_t(count));
    return all;
  }
};

}  // namespace training
