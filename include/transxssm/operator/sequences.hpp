// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <concepts>
#include <span>
#include <vector>
#include "../core/errors.hpp"

namespace transxssm {

// Where the sequences of a batch lie in its rows. The rows of one sequence never see those of another, and rows of no
// sequence (padding) are neither read nor do they move a state; an operator's result is zero there. It is not a matter
// of the mask: a sequence is evaluated on its own rows, by any algorithm, in any form, with a state of its own.

/// Rows [first, first + count) of an entry of the batch.
struct sequence_rows {
  index_t batch, first, count;
};

struct sequences_option {};

/// Each entry of the batch is one sequence, over all rows: the default.
struct whole : sequences_option {
  index_t count(index_t batch) const { return batch; }
  sequence_rows operator()(index_t s, index_t T) const { return {s, 0, T}; }
  void expect_rows(char const*, index_t, index_t) const {}
  whole borrowed() const { return *this; }
};

/// packed, as an expression holds it: offsets that somebody else owns.
struct packed_view : sequences_option {
  index_t const* offsets;
  index_t sequences;

  packed_view(index_t const* first, index_t n) : offsets(first), sequences(n) {}
  index_t count(index_t) const { return sequences; }
  sequence_rows operator()(index_t s, index_t) const { return {0, offsets[s], offsets[s + 1] - offsets[s]}; }
  void expect_rows(char const* where, index_t batch, index_t T) const {
    expect(where, "a batch of packed sequences", batch, "entries", 1);
    expect(where, "packed", offsets[sequences], "rows", T);
  }
  packed_view borrowed() const { return *this; }
};

/// Sequences one after the other: sequence s has the rows [offsets[s], offsets[s + 1]).
///
///     packed documents({0, 15, 100, 300});                                       // three, over 300 rows
///     auto R = rotary_table<float>(frequencies(d), documents.positions());       // positions restart in each
///     auto M = semiseparable(log_a, rotate(C, R), rotate(B, R), documents);
///     auto A = attention(rotate(Q, R), rotate(K, R), documents);
///     ssm_state<float> states(N, P, heads, documents.sequences());               // a state for each
///
/// Throws std::invalid_argument if the offsets do not begin with 0, or if one is less than the one before it.
class packed : public sequences_option {
 public:
  explicit packed(std::vector<index_t> offsets) : offsets_(std::move(offsets)) {
    if (offsets_.empty() || offsets_[0] != 0) throw std::invalid_argument("packed(offsets): the first offset must be 0");
    for (std::size_t s = 1; s < offsets_.size(); ++s)
      if (offsets_[s] < offsets_[s - 1])
        throw std::invalid_argument("packed(offsets): offset " + std::to_string(s) + " is " + std::to_string(offsets_[s]) +
                                    ", less than the one before it");
  }
  index_t rows() const { return offsets_.back(); }
  index_t sequences() const { return static_cast<index_t>(offsets_.size()) - 1; }

  /// The position of every row: from first[s] on in sequence s, or from 0 on.
  std::vector<index_t> positions(std::span<index_t const> first = {}) const {
    if (!first.empty()) expect("packed.positions(first)", "first", std::ssize(first), "entries", sequences());
    std::vector<index_t> m;
    m.reserve(static_cast<std::size_t>(rows()));
    for (std::size_t s = 0; s + 1 < offsets_.size(); ++s)
      for (index_t t = offsets_[s]; t < offsets_[s + 1]; ++t) m.push_back((first.empty() ? 0 : first[s]) + t - offsets_[s]);
    return m;
  }
  packed_view borrowed() const { return {offsets_.data(), sequences()}; }

 private:
  std::vector<index_t> offsets_;
};

/// On which side of its sequence the padding lies.
enum class side { left, right };

/// padded, as an expression holds it.
struct padded_view : sequences_option {
  index_t const* lengths;
  index_t sequences;
  side padding;

  padded_view(index_t const* first, index_t n, side where) : lengths(first), sequences(n), padding(where) {}
  index_t count(index_t) const { return sequences; }
  sequence_rows operator()(index_t s, index_t T) const {
    return {s, padding == side::left ? T - lengths[s] : 0, lengths[s]};
  }
  void expect_rows(char const* where, index_t batch, index_t T) const {
    expect(where, "padded", sequences, "lengths", batch);
    for (index_t s = 0; s < sequences; ++s)
      if (lengths[s] < 0 || lengths[s] > T)
        refuse(where, "a padded sequence", lengths[s], "rows", "0 to " + std::to_string(T));
  }
  padded_view borrowed() const { return *this; }
};

/// One sequence in each entry of the batch, of its own length: the other rows are padding, on the right or on the left.
///
///     padded prompts({7, 4, 9}, side::left);
///     auto R = rotary_table<float>(frequencies(d), 3, prompts.positions(9));     // 3 sequences, 9 rows each
///     with(Y) = semiseparable(log_a, rotate(C, R), rotate(B, R), prompts).from(state) * X;
class padded : public sequences_option {
 public:
  explicit padded(std::vector<index_t> lengths, side padding = side::right)
      : lengths_(std::move(lengths)), padding_(padding) {}
  index_t sequences() const { return static_cast<index_t>(lengths_.size()); }

  /// The position of every row of a batch with T rows, (batch, T): from 0 on, and 0 where there is padding.
  std::vector<index_t> positions(index_t T) const {
    borrowed().expect_rows("padded.positions(T)", sequences(), T);
    std::vector<index_t> m;
    for (index_t s = 0; s < sequences(); ++s) {
      auto [batch, first, count] = borrowed()(s, T);
      for (index_t t = 0; t < T; ++t) m.push_back(t >= first && t < first + count ? t - first : 0);
    }
    return m;
  }
  padded_view borrowed() const { return {lengths_.data(), sequences(), padding_}; }

 private:
  std::vector<index_t> lengths_;
  side padding_;
};

}  // namespace transxssm
