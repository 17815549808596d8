// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <span>
#include <vector>
#include "sequences.hpp"

namespace transxssm {

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

}  // namespace transxssm
