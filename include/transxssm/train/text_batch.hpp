// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../model/tokens.hpp"
#include "text_split.hpp"

namespace transxssm {

/// Tokens, and behind each the one that it is to predict: targets[i] follows inputs.ids()[i].
struct text_batch {
  token_batch inputs{std::vector<std::vector<token>>{}};
  std::vector<token> targets;

  void clear() { inputs.clear(), targets.clear(); }
  /// One sequence: n bytes, and the n that follow one later.
  void append(std::string_view bytes) {
    for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
      inputs.append(static_cast<unsigned char>(bytes[i]));
      targets.push_back(static_cast<unsigned char>(bytes[i + 1]));
    }
    inputs.end_sequence();
  }
};

/// Everything that is held out, each byte but the first of a document predicted once: windows of at most `length` tokens
/// from each document, so many of them a batch.
inline std::vector<text_batch> validation_batches(documents const& text, index_t length, index_t count) {
  if (length < 1 || count < 1)
    refuse("validation_batches(text, length, count)", length < 1 ? "a window" : "a batch", std::min(length, count),
           length < 1 ? "tokens" : "windows", "at least 1");
  std::vector<text_batch> batches;
  for (index_t i = 0; i < text.count(); ++i)
    for (index_t first = text.first(i), end = text.last(i); first + 1 < end; first += length) {
      if (batches.empty() || batches.back().inputs.sequences() == count) batches.emplace_back();
      index_t const n = std::min(length + 1, end - first);
      batches.back().append(std::string_view(text.bytes).substr(std::size_t(first), std::size_t(n)));
    }
  return batches;
}

}  // namespace transxssm
