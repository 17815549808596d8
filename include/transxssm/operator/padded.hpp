// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <vector>
#include "sequences.hpp"

namespace transxssm {

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

/// Zeros in the rows that belong to no sequence.
template<class O>
void clear_padding(view<O, 4>, auto const&) {}
template<class O>
void clear_padding(view<O, 4> y, padded_view const& where) {
  for (index_t s = 0; s < where.sequences; ++s) {
    auto [b, first, count] = where(s, y.rows());
    for (index_t t = 0; t < y.rows(); ++t)
      for (index_t h = 0; (t < first || t >= first + count) && h < y.heads(); ++h)
        for (index_t p = 0; p < y.cols(); ++p) y(b, t, h, p) = O(0);
  }
}

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
