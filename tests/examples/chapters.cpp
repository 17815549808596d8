// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "../../examples/train/chapters.hpp"
#include <doctest/doctest.h>

namespace chapters_tests {

using training::chapters, training::interleaved_chapters;
using texts = std::vector<std::string_view>;

TEST_CASE("chapters are what empty lines separate") {
  CHECK(chapters("one\ntwo\n\nthree\n\nfour\n") == texts{"one\ntwo\n", "three\n", "four\n"});
  CHECK(chapters("\n\n\none\n\n\n\ntwo") == texts{"one\n", "two"});
  CHECK(chapters("one\n\n") == texts{"one\n"});
  CHECK(chapters("\n\n").empty());
  CHECK(chapters("").empty());
}

TEST_CASE("every third chapter validates, each chapter is in one part, in order") {
  auto const parts = interleaved_chapters("1\n\n2\n\n3\n\n4\n\n5\n\n6\n\n7\nseven\n", 3);
  CHECK(parts.training == "1\n\n2\n\n4\n\n5\n\n7\nseven\n\n");
  CHECK(parts.validation == "3\n\n6\n\n");
  CHECK(chapters(parts.training).size() == 5);
}

TEST_CASE("a text that leaves nothing to validate on is refused") {
  CHECK_THROWS_WITH_AS(
      interleaved_chapters("one\n\ntwo\n", 10),
      "interleaved_chapters: 2 chapters and every = 10, expected every to be 2 to the number of chapters",
      std::invalid_argument);
  CHECK_THROWS_AS(interleaved_chapters("one\n\ntwo\n", 1), std::invalid_argument);
}

}  // namespace chapters_tests
