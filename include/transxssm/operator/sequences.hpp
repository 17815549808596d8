// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <concepts>
#include "../core/errors.hpp"

namespace transxssm {

// Where the sequences of a batch lie in its rows. The rows of one sequence never see those of another, and rows of no
// sequence (padding) are neither read nor do they move a state; an operator's result is zero there. It is not a matter
// of the mask: a sequence is evaluated on its own rows, by any algorithm, in any form, with a state of its own.

/// Rows [first, first + count) of an entry of the batch.
struct sequence_rows {
  index_t batch, first, count;
};

struct sequences_option {};

/// Each entry of the batch is one sequence, over all rows: the default.
struct whole : sequences_option {
  index_t count(index_t batch) const { return batch; }
  sequence_rows operator()(index_t s, index_t T) const { return {s, 0, T}; }
  void expect_rows(char const*, index_t, index_t) const {}
  whole borrowed() const { return *this; }
};

}  // namespace transxssm
