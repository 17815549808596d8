// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace training {

/// The chapters of a text: what stands between empty lines, each with the line end that closes it. Views into `text`.
inline std::vector<std::string_view> chapters(std::string_view text) {
  std::vector<std::string_view> found;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of('\n'), text.size()));
    if (text.empty()) return found;
    std::size_t const end = std::min(text.find("\n\n"), text.size());
    found.push_back(text.substr(0, std::min(end + 1, text.size())));
    text.remove_prefix(found.back().size());
  }
}

/// What a model learns from, and what it is judged by.
struct split_text {
  std::string training, validation;
};

/// One chapter in `every` is for validation, all others are for training: both see all books and all styles of a text,
/// which the last tenth of it would not. Chapters are followed by one empty line in either.
///
/// Throws std::invalid_argument if there are fewer chapters than `every`, for then nothing would be left to validate on.
inline split_text interleaved_chapters(std::string_view text, std::size_t every = 10) {
  auto const all = chapters(text);
  if (every < 2 || all.size() < every)
    throw std::invalid_argument("interleaved_chapters: " + std::to_string(all.size()) + " chapters and every = " +
                                std::to_string(every) + ", expected every to be 2 to the number of chapters");
  split_text parts;
  for (std::size_t i = 0; i < all.size(); ++i)
    ((i + 1) % every == 0 ? parts.validation : parts.training).append(all[i]) += '\n';
  return parts;
}

}  // namespace training
