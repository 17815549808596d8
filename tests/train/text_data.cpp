// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <set>
#include <transxssm/train/text_data.hpp>

namespace train_text_data {

using namespace transxssm;

/// Bytes of which no four are twice in a row.
std::string noise(index_t n, std::uint64_t seed = 1) {
  random_numbers random(seed);
  std::string text;
  for (index_t i = 0; i < n; ++i) text += static_cast<char>(random.below(256));
  return text;
}
documents one_text(std::string const& text) {
  documents d;
  d.append(text);
  return d;
}
/// What a sequence was cut from: its inputs, and its last target.
std::string cut_from(text_batch const& batch, index_t s) {
  index_t const first = batch.inputs.first(s), n = batch.inputs.count(s);
  std::string text = bytes_of_tokens(batch.inputs.of(s));
  for (index_t i = 0; i + 1 < n; ++i)
    CHECK(batch.targets[std::size_t(first + i)] == batch.inputs.of(s)[std::size_t(i + 1)]);
  return text + bytes_of_tokens(std::span(batch.targets).subspan(std::size_t(first + n - 1), 1));
}

TEST_CASE("text: in one epoch every row is a piece of the text, and no token is read twice") {
  std::string const text = noise(1000);
  text_data data(one_text(text), {.length = 16, .count = 1, .seed = 5});
  std::set<std::vector<std::size_t>> orders;
  std::set<std::size_t> offsets;
  for (int epoch = 0; epoch < 4; ++epoch) {
    std::vector<std::size_t> places;
    for (index_t n = data.rows_of_epoch(), i = 0; i < n; ++i) {
      text_batch batch;
      data.next(batch);
      CHECK((batch.inputs.sequences() == 1 && batch.inputs.count(0) == 16 && batch.targets.size() == 16));
      places.push_back(text.find(cut_from(batch, 0)));
      CHECK(places.back() != std::string::npos);
      CHECK(data.position() == text_position{epoch, i + 1});
      if (i + 1 == n) data.seek({epoch + 1, 0});
    }
    orders.insert(places);
    std::ranges::sort(places);
    for (std::size_t i = 1; i < places.size(); ++i) CHECK(places[i] == places[i - 1] + 16);
    CHECK((places.front() < 16 && places.back() + 16 + 1 + 16 > text.size()));
    offsets.insert(places.front());
  }
  CHECK((orders.size() == 4 && offsets.size() > 1));
}

TEST_CASE("text: rows that are packed hold documents that do not see each other") {
  documents many;
  std::string all;
  index_t steps = 0;
  for (index_t i = 0; i < 60; ++i) {
    std::string const text = noise(i == 7 ? 100 : i % 13, std::uint64_t(i) + 100);  // one is long, some are no text
    many.append(text), all += text;
    steps += std::max<index_t>(0, index_t(text.size()) - 1);
  }
  text_data data(many, {.length = 32, .count = 2, .packed = true});
  CHECK(data.tokens() == steps);
  std::set<std::size_t> read;
  index_t batches = data.rows_of_epoch() / 2, sequences = 0;
  CHECK(data.rows_of_epoch() >= (steps - 31) / 32);
  for (index_t i = 0; i < batches; ++i) {
    text_batch batch;
    data.next(batch);
    CHECK((batch.inputs.rows() == 64 && batch.targets.size() == 64));
    for (index_t s = 0; s < batch.inputs.sequences(); ++s, ++sequences) {
      std::string const piece = cut_from(batch, s);
      if (piece.size() < 5) continue;  // may be found in two places
      std::size_t const at = all.find(piece);
      CHECK(at != std::string::npos);
      index_t document = 0;
      while (many.last(document) <= index_t(at)) ++document;
      CHECK(index_t(at + piece.size()) <= many.last(document));
      for (std::size_t j = 0; j + 1 < piece.size(); ++j) CHECK(read.insert(at + j).second);
    }
  }
  CHECK(sequences > 3 * batches);
}

TEST_CASE("text: a reader goes on where another one stopped") {
  for (bool packed : {false, true}) {
    documents text = one_text(noise(700));
    for (std::uint64_t i = 0; i < 5; ++i) text.append(noise(50, i));
    text_rows const rows{.length = 24, .count = 5, .packed = packed, .seed = 3};
    text_data data(text, rows);
    auto next = [](text_data& from) {
      text_batch batch;
      from.next(batch);
      return std::pair(std::vector<token>(batch.inputs.ids().begin(), batch.inputs.ids().end()), batch.targets);
    };
    std::vector<std::pair<std::vector<token>, std::vector<token>>> batches;
    std::vector<text_position> positions;
    for (int i = 0; i < 25; ++i) positions.push_back(data.position()), batches.push_back(next(data));
    CHECK(positions.back().epoch > 1);
    for (std::size_t i : {0u, 24u, 11u, 3u, 17u}) {
      text_data other(text, rows);
      other.seek(positions[i]), data.seek(positions[i]);
      CHECK((other.position() == positions[i] && next(other) == batches[i] && next(data) == batches[i]));
      if (i < 24) CHECK((next(other) == batches[i + 1] && next(data) == batches[i + 1]));
    }
    text_rows another = rows;
    another.seed = 4;
    text_data other(text, another);
    CHECK(next(other) != batches[0]);
  }
}

TEST_CASE("text: a split of parts that are spread over it") {
  std::string const text = "?aabbbcddddeef";
  text_split const split(text, {1, 3, 6, 7, 11, 13}, 3);  // aa bbb c dddd ee f
  CHECK(split.training.bytes == "aabbbddddee");
  CHECK(split.validation.bytes == "cf");
  CHECK(split.training.starts == std::vector<index_t>{0, 2, 5, 9});
  CHECK(split.validation.starts == std::vector<index_t>{0, 1});
  CHECK((split.training.last(1) == 5 && split.training.last(3) == 11));
  CHECK(block_starts("1234567", 3) == std::vector<index_t>{0, 3, 6});
  CHECK(block_starts("", 3).empty());
}

TEST_CASE("text: chapters are what empty lines separate") {
  using starts = std::vector<index_t>;
  CHECK(chapter_starts("one\ntwo\n\nthree\n\nfour\n") == starts{0, 9, 16});
  CHECK(chapter_starts("\n\n\none\n\n\n\ntwo") == starts{3, 10});
  CHECK(chapter_starts("one\n\n") == starts{0});
  CHECK(chapter_starts("one") == starts{0});
  CHECK((chapter_starts("\n\n").empty() && chapter_starts("\n").empty() && chapter_starts("").empty()));

  std::string const text = "1\n\n2\n\n3\n\n4\n\n5\n\n6\n\n7\nseven\n";
  text_split const split(text, chapter_starts(text), 3);
  CHECK(split.training.bytes == "1\n\n2\n\n4\n\n5\n\n7\nseven\n");
  CHECK(split.validation.bytes == "3\n\n6\n\n");
}

TEST_CASE("text: its parts are its chapters, or else blocks") {
  using starts = std::vector<index_t>;
  CHECK(part_starts("one\n\ntwo\n\nthree", 3) == starts{0, 5, 10});
  CHECK(part_starts("one\n\ntwo\n\nthree", 4) == starts{0, 3, 6, 9, 12});
  CHECK(part_starts(std::string(100000, 'a'), 10) == block_starts(std::string(100000, 'a'), 4096));
  CHECK(part_starts(std::string(20480, 'a'), 10).size() == 10);
  CHECK(part_starts("abc", 10) == starts{0, 1, 2});
  CHECK(part_starts("", 10).empty());
  CHECK_THROWS_AS(part_starts("abc", 0), std::invalid_argument);
}

TEST_CASE("text: what is held out is predicted once, all but the first byte of a document") {
  documents held;
  std::vector<std::string> const texts{noise(35, 1), "", "x", noise(11, 2), noise(10, 3), noise(12, 4)};
  for (std::string const& text : texts) held.append(text);
  auto const batches = validation_batches(held, 10, 3);
  std::string expected, targets;
  for (std::string const& text : texts)
    if (!text.empty()) expected += text.substr(1);
  index_t windows = 0;
  for (text_batch const& batch : batches) {
    targets += bytes_of_tokens(batch.targets);
    CHECK(batch.inputs.sequences() == (&batch == &batches.back() ? 2 : 3));
    for (index_t s = 0; s < batch.inputs.sequences(); ++s, ++windows) {
      CHECK((batch.inputs.count(s) >= 1 && batch.inputs.count(s) <= 10));
      cut_from(batch, s);
    }
  }
  CHECK(targets == expected);
  CHECK(windows == 4 + 1 + 1 + 2);
  CHECK(validation_batches(documents{}, 10, 3).empty());
}

TEST_CASE("text: what it refuses") {
  CHECK_NOTHROW(text_data(one_text("12345"), {.length = 4}));
  CHECK_THROWS_WITH_AS(text_data(one_text("1234"), {.length = 4}),
                       "text_data(text, rows): text has 3 tokens that another one follows, expected at least 4",
                       std::invalid_argument);
  documents crumbs;
  for (char const* text : {"a", "b", "c", "d", "e"}) crumbs.append(text);
  CHECK_NOTHROW(text_data(crumbs, {.length = 4}));
  CHECK_THROWS_AS(text_data(crumbs, {.length = 4, .packed = true}), std::invalid_argument);
  CHECK_THROWS_AS(text_data(documents{}, {.length = 4}), std::invalid_argument);
  CHECK_THROWS_AS(text_data(one_text("12345"), {.length = 0}), std::invalid_argument);
  CHECK_THROWS_AS(text_data(one_text("12345"), {.length = 1, .count = 0}), std::invalid_argument);

  text_data data(one_text(noise(100)), {.length = 9, .count = 1});
  text_batch batch;
  data.next(batch);
  CHECK_THROWS_AS(data.seek({0, data.rows_of_epoch() + 1}), std::invalid_argument);
  CHECK_THROWS_AS(data.seek({-1, 0}), std::invalid_argument);
  CHECK_THROWS_AS(data.seek({0, -1}), std::invalid_argument);
  CHECK(data.position() == text_position{0, 1});

  CHECK_THROWS_WITH_AS(text_split("123456", {0, 2}, 3),
                       "text_split(text, starts, every): text has 2 parts, expected at least 3", std::invalid_argument);
  CHECK_THROWS_WITH_AS(text_split("123456", {0, 4, 4}, 3),
                       "text_split(text, starts, every): part 1 is [4, 4) of 6 bytes", std::invalid_argument);
  CHECK_THROWS_AS(text_split("123456", {0, 4, 6}, 3), std::invalid_argument);
  CHECK_THROWS_AS(text_split("123456", {-1, 4, 5}, 3), std::invalid_argument);
  CHECK_THROWS_AS(text_split("123456", {0, 1}, 1), std::invalid_argument);
  CHECK_THROWS_AS(block_starts("123456", 0), std::invalid_argument);
  CHECK_THROWS_AS(validation_batches(one_text("123"), 0, 1), std::invalid_argument);
}

}  // namespace train_text_data
