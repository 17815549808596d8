// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <string_view>
#include <transxssm/core/errors.hpp>
#include <transxssm/math/random_numbers.hpp>
#include <transxssm/model/tokens.hpp>
#include <vector>

namespace training {

using transxssm::index_t, transxssm::token, transxssm::random_numbers;

/// A sequence of tokens, some of which are to be told from those before them.
struct task_sequence {
  static constexpr token not_asked = -1;

  std::vector<token> tokens;   // (T)
  std::vector<index_t> asked;  // positions in it, ascending and not 0: the logits of t - 1 are to say tokens[t]

  /// What the logits of each position should say: the next token where that is asked, else not_asked. (T)
  std::vector<token> targets() const {
    std::vector<token> next(tokens.size(), not_asked);
    for (index_t t : asked) next[std::size_t(t) - 1] = tokens[std::size_t(t)];
    return next;
  }
};

/// How many of the tokens that were asked were the likeliest, and whether that was so in how many whole sequences.
struct retrieval_score {
  index_t asked = 0, right = 0, sequences = 0, all_right = 0;

  double accuracy() const { return asked == 0 ? 0 : double(right) / double(asked); }
  double exact() const { return sequences == 0 ? 0 : double(all_right) / double(sequences); }

  /// `logits`, (T, vocab), are those of every token of `s`; a tie is no answer. Throws std::invalid_argument unless there
  /// is one row for each token.
  void add(task_sequence const& s, auto const& logits) {
    transxssm::expect("retrieval_score", "logits", logits.rows(), "rows", index_t(s.tokens.size()));
    index_t right_here = 0;
    for (index_t t : s.asked) {
      auto const row = logits.row(t - 1);
      right_here += ((row.array() >= row(s.tokens[std::size_t(t)])).count() == 1);
    }
    asked += index_t(s.asked.size()), right += right_here;
    sequences += 1, all_right += right_here == index_t(s.asked.size());
  }
};

}  // namespace training
