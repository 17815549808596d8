// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <numeric>
#include "../math/random_numbers.hpp"
#include "text_batch.hpp"

namespace transxssm {

/// Rows of text, in what order and how cut.
struct text_rows {
  index_t length = 1024;  // T: tokens of a row
  index_t count = 8;      // rows of a batch
  /// false: all documents are read as one text, and each row is one sequence, across their borders.
  /// true: no token sees another document. Documents follow each other in another order each time; a row holds as many
  /// sequences as it has documents, and a document that does not fit goes on in a row of its own.
  bool packed = false;
  std::uint64_t seed = 0;
  bool operator==(text_rows const&) const = default;
};

/// Where a reader stands: all that has to be kept for it to go on as if it had never stopped.
struct text_position {
  std::int64_t epoch = 0;  // times that all has been read
  std::int64_t row = 0;    // rows that have been read since
  bool operator==(text_position const&) const = default;
};

/// Reads documents over and over, byte by byte a token, in a seeded order that is another one each time:
///
///     text_data data(split.training, {.length = 1024, .count = 8});
///     data.next(batch);                          // 8 rows of 1024 tokens, and their targets
///     text_position const here = data.position();    ...    data.seek(here);
///
/// The order is a function of seed and epoch, so that a position is two numbers. In each epoch rows are cut from another
/// offset, and read in another order, each once; what is left at the ends, less than a row each, is not read.
///
/// Throws std::invalid_argument if the text has less than one row, and one byte to be predicted.
class text_data {
 public:
  text_data(documents text, text_rows rows) : text_(std::move(text)), rows_(rows) {
    constexpr auto here = "text_data(text, rows)";
    if (rows.length < 1) refuse(here, "a row", rows.length, "tokens", "at least 1");
    if (rows.count < 1) refuse(here, "a batch", rows.count, "rows", "at least 1");
    if (!rows.packed) text_.starts.assign(1, 0);
    index_t total = 0;
    for (index_t i = 0; i < text_.count(); ++i)
      if (index_t const n = text_.last(i) - text_.first(i) - 1; n > 0) order_.push_back(i), total += n;
    if (total < rows.length)
      refuse(here, "text", total, "tokens that another one follows", "at least " + std::to_string(rows.length));
    total_ = total;
    lay_out();
  }

  text_rows const& rows() const { return rows_; }
  text_position position() const { return at_; }
  /// Rows of this epoch.
  index_t rows_of_epoch() const { return index_t(row_order_.size()); }
  /// Tokens that are there to be read, each time.
  index_t tokens() const { return total_; }

  /// Goes on from there. Throws std::invalid_argument if there is no such place.
  void seek(text_position to) {
    if (to.epoch < 0) refuse("text_data.seek(position)", "epoch", to.epoch, "as its number", "at least 0");
    text_position const before = at_;
    at_ = to;
    lay_out();
    if (to.row >= 0 && to.row <= rows_of_epoch()) return;
    index_t const most = rows_of_epoch();
    at_ = before;
    lay_out();
    refuse("text_data.seek(position)", "row", to.row, "as its number", "0 to " + std::to_string(most));
  }

  /// The next rows.count rows.
  void next(text_batch& batch) {
    batch.clear();
    for (index_t i = 0; i < rows_.count; ++i) {
      if (at_.row == rows_of_epoch()) {
        at_ = {at_.epoch + 1, 0};
        lay_out();
      }
      append_row(row_order_[std::size_t(at_.row++)], batch);
    }
  }

 private:
  /// What the epoch looks like: the order of documents, the offset of the first row, the order of rows.
  void lay_out() {
    random_numbers random(rows_.seed + 0x9e3779b97f4a7c15 * (std::uint64_t(at_.epoch) + 1));
    auto shuffle = [&](std::vector<index_t>& x) {
      for (std::size_t n = x.size(); n > 1; --n) std::swap(x[n - 1], x[std::size_t(random.below(n))]);
    };
    std::ranges::sort(order_);  // so that nothing depends on the epoch before
    shuffle(order_);
    ends_.clear();
    index_t end = 0;
    for (index_t i : order_) ends_.push_back(end += text_.last(i) - text_.first(i) - 1);
    index_t const T = rows_.length;
    offset_ = index_t(random.below(std::uint64_t(std::min(T, total_ - T + 1))));
    row_order_.resize(std::size_t((total_ - offset_) / T));
    std::iota(row_order_.begin(), row_order_.end(), 0);
    shuffle(row_order_);
  }

  /// Row r: steps [first, first + T) of all documents in their order, where a document of n bytes has n - 1 steps.
  void append_row(index_t r, text_batch& batch) const {
    index_t first = offset_ + r * rows_.length;
    index_t const last = first + rows_.length;
    for (auto d = std::size_t(std::ranges::upper_bound(ends_, first) - ends_.begin()); first < last; ++d) {
      index_t const begins = d == 0 ? 0 : ends_[d - 1], until = std::min(last, ends_[d]);
      index_t const from = text_.first(order_[d]) + first - begins;
      batch.append(std::string_view(text_.bytes).substr(std::size_t(from), std::size_t(until - first + 1)));
      first = until;
    }
  }

  documents text_;
  text_rows rows_;
  text_position at_;
  index_t total_ = 0, offset_ = 0;
  std::vector<index_t> order_, ends_, row_order_;  // of documents; the steps until their ends; of rows
};

}  // namespace transxssm
