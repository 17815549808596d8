// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>
#include "../core/errors.hpp"

namespace transxssm {

/// Texts one after the other: text i is [starts[i], starts[i + 1]) of `bytes`, and the last one ends with them.
struct documents {
  std::string bytes;
  std::vector<index_t> starts;

  index_t count() const { return index_t(starts.size()); }
  index_t first(index_t i) const { return starts[std::size_t(i)]; }
  index_t last(index_t i) const { return i + 1 < count() ? starts[std::size_t(i) + 1] : index_t(bytes.size()); }
  void append(std::string_view text) {
    starts.push_back(index_t(bytes.size()));
    bytes += text;
  }
};

/// Where blocks of so many bytes begin.
inline std::vector<index_t> block_starts(std::string_view text, index_t block) {
  if (block < 1) refuse("block_starts", "a block", block, "bytes", "at least 1");
  std::vector<index_t> starts;
  for (index_t at = 0; at < index_t(text.size()); at += block) starts.push_back(at);
  return starts;
}

/// Where chapters begin: at the first line that is not empty, and at each behind an empty one.
inline std::vector<index_t> chapter_starts(std::string_view text) {
  std::vector<index_t> starts;
  bool behind_empty = true;
  for (std::size_t at = 0; at < text.size(); at = std::min(text.find('\n', at), text.size()) + 1) {
    bool const empty = text[at] == '\n';
    if (behind_empty && !empty) starts.push_back(index_t(at));
    behind_empty = empty;
  }
  return starts;
}

/// Where the parts of a text begin that can be held out: its chapters, if it has as many as `least`, or else blocks of 4096
/// bytes, or less where that would be fewer than `least`.
inline std::vector<index_t> part_starts(std::string_view text, index_t least = 10) {
  if (least < 1) refuse("part_starts", "least", least, "parts", "at least 1");
  auto starts = chapter_starts(text);
  if (index_t(starts.size()) >= least) return starts;
  return block_starts(text, std::clamp<index_t>(index_t(text.size()) / least, 1, 4096));
}

/// What a model is trained on, and what it is judged by.
struct text_split {
  documents training, validation;

  /// Every `every`-th part of the text is held out, from the first one on that leaves as many before it: parts spread over
  /// the whole text are like it, where its last tenth may be a glossary. `starts` are where parts begin, in order, such as
  /// part_starts(text); what is before the first belongs to none.
  ///
  /// Throws std::invalid_argument if starts are not in order within the text, or if there are fewer than `every` of them.
  text_split(std::string_view text, std::vector<index_t> const& starts, index_t every = 10) {
    constexpr auto here = "text_split(text, starts, every)";
    if (every < 2) refuse(here, "every", every, "parts", "at least 2");
    if (index_t(starts.size()) < every)
      refuse(here, "text", index_t(starts.size()), "parts", "at least " + std::to_string(every));
    index_t const size = index_t(text.size());
    for (std::size_t i = 0; i < starts.size(); ++i) {
      index_t const first = starts[i], last = i + 1 < starts.size() ? starts[i + 1] : size;
      if (first < 0 || last > size || first >= last)
        throw std::invalid_argument(std::string(here) + ": part " + std::to_string(i) + " is [" +
                                    std::to_string(first) + ", " + std::to_string(last) + ") of " +
                                    std::to_string(size) + " bytes");
    }
    for (std::size_t i = 0; i < starts.size(); ++i) {
      index_t const first = starts[i], last = i + 1 < starts.size() ? starts[i + 1] : size;
      documents& to = index_t(i) % every == every - 1 ? validation : training;
      to.append(text.substr(std::size_t(first), std::size_t(last - first)));
    }
  }
};

}  // namespace transxssm
