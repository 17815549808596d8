// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>
#include "../operator/padded.hpp"

namespace transxssm {

using token = std::int32_t;

/// Whose logits are wanted: of every token, or of the last one of each sequence.
enum class logits_of { every_token, last_token };

/// The next tokens of some sequences, one sequence after the other. Each may have another number of them, or none: padding
/// is left out before anything is computed.
///
///     token_batch(ids)                             one sequence
///     token_batch({{1, 2, 3}, {4}})                two
///     token_batch(matrix, lengths, side::left)     the rows of a padded matrix
class token_batch {
 public:
  token_batch(std::span<token const> one) : ids_(one.begin(), one.end()), offsets_{0, index_t(one.size())} {}
  token_batch(std::vector<token> one) : ids_(std::move(one)), offsets_{0, index_t(ids_.size())} {}
  token_batch(std::vector<std::vector<token>> const& sequences) {
    for (auto const& s : sequences) add(s);
  }
  /// `rows`: as many tokens as lengths.size() times the padded length. Throws std::invalid_argument if that does not fit.
  token_batch(std::span<token const> rows, std::vector<index_t> const& lengths, side padding) {
    index_t const sequences = index_t(lengths.size()), T = sequences == 0 ? 0 : index_t(rows.size()) / sequences;
    if (sequences * T != index_t(rows.size()))
      throw std::invalid_argument("token_batch: " + std::to_string(rows.size()) + " tokens in " +
                                  std::to_string(sequences) + " rows, expected the same number in each");
    padded_view const where(lengths.data(), sequences, padding);
    where.expect_rows("token_batch", sequences, T);
    for (index_t s = 0; s < sequences; ++s) {
      auto [b, first, count] = where(s, T);
      add(rows.subspan(std::size_t(b * T + first), std::size_t(count)));
    }
  }

  index_t sequences() const { return index_t(offsets_.size()) - 1; }
  index_t rows() const { return offsets_.back(); }
  index_t count(index_t s) const { return offsets_[std::size_t(s) + 1] - offsets_[std::size_t(s)]; }
  index_t first(index_t s) const { return offsets_[std::size_t(s)]; }
  std::span<token const> of(index_t s) const {
    return std::span(ids_).subspan(std::size_t(first(s)), std::size_t(count(s)));
  }
  std::span<token const> ids() const { return ids_; }

  // One token after the other, and one sequence after the other: memory is kept, so that no step needs new one.
  void clear() { ids_.clear(), offsets_.resize(1); }
  void append(token id) { ids_.push_back(id); }
  void end_sequence() { offsets_.push_back(index_t(ids_.size())); }

 private:
  void add(std::span<token const> s) {
    ids_.insert(ids_.end(), s.begin(), s.end());
    end_sequence();
  }
  std::vector<token> ids_;
  std::vector<index_t> offsets_ = {0};
};

/// Tokens of several sequences as the rows that go through the layers: where each sequence lies, each row's position in its
/// sequence, and the row of logits that it leads to, or -1.
struct token_rows {
  std::vector<index_t> offsets, positions, logits;
  std::vector<token> ids;

  void clear() { offsets.assign(1, 0), positions.clear(), logits.clear(), ids.clear(); }
};

/// Byte-level tokens: each byte of a text is its own token, 0 to 255.
inline std::vector<token> tokens_of_bytes(std::string_view text) {
  std::vector<token> ids;
  for (char c : text) ids.push_back(static_cast<unsigned char>(c));
  return ids;
}
/// The text again; what is no byte becomes "?".
inline std::string bytes_of_tokens(std::span<token const> ids) {
  std::string text;
  for (token id : ids) text += id >= 0 && id < 256 ? static_cast<char>(id) : '?';
  return text;
}

}  // namespace transxssm
