// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include <string>
#include "retrieval.hpp"

namespace training {

/// A needle in a haystack (Section 4.2, Figure 5), in miniature: somewhere in a text stands "\nThe number of K is 3141.\n",
/// and the text ends with "\nThe number of K is " and the digits, which are asked. The letter K and the digits are drawn for
/// each sequence, so that only the context knows them. Tokens are bytes.
struct needle_in_a_haystack {
  index_t length = 512;  // T, of all of it
  double depth = 0.5;    // how much of the filler stands before the needle, 0 to 1
  index_t digits = 4;

  /// `haystack` is any longer text; the filler is a piece of it, from a place that is drawn, too. Throws
  /// std::invalid_argument if the needle and the question do not fit, or the text is too short.
  task_sequence operator()(std::string_view haystack, random_numbers& random) const {
    constexpr auto here = "needle_in_a_haystack";
    std::string const question = std::string("\nThe number of ") + char('A' + random.below(26)) + " is ";
    std::string number;
    for (index_t i = 0; i < digits; ++i) number += char('0' + random.below(10));
    std::string const needle = question + number + ".\n";
    index_t const filler = length - index_t(needle.size() + question.size() + number.size());
    if (digits < 1) transxssm::refuse(here, "the number", digits, "digits", "at least 1");
    if (filler < 0)
      transxssm::refuse(here, "the sequence", length, "tokens", "at least " + std::to_string(length - filler));
    if (index_t(haystack.size()) < filler)
      transxssm::refuse(here, "the haystack", index_t(haystack.size()), "bytes", "at least " + std::to_string(filler));
    if (!(depth >= 0 && depth <= 1))
      throw std::invalid_argument("needle_in_a_haystack: depth is " + std::to_string(depth) + ", expected 0 to 1");

    std::string_view const text =
        haystack.substr(random.below(haystack.size() - std::size_t(filler) + 1), std::size_t(filler));
    std::size_t const before = std::size_t(std::lround(depth * double(filler)));
    std::string all(text.substr(0, before));
    all.append(needle).append(text.substr(before)).append(question);
    task_sequence s;
    for (index_t i = 0; i < digits; ++i) s.asked.push_back(index_t(all.size()) + i);
    s.tokens = transxssm::tokens_of_bytes(all + number);
    return s;
  }
};

}  // namespace training
