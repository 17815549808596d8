// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "kv_cache.hpp"
#include "sequences.hpp"

namespace transxssm {

/// Sequences whose queries lie in the rows of a batch as `Where` says, and whose keys and values lie in a cache, which
/// holds those of these very steps, too, but does not count them yet.
template<class Where, class S>
struct cached : sequences_option {
  Where where;
  kv_cache<S> const* cache;

  cached(Where queries, kv_cache<S> const& held) : where(queries), cache(&held) {}
  index_t count(index_t batch) const { return where.count(batch); }
  sequence_rows operator()(index_t s, index_t T) const { return where(s, T); }
  sequence_rows keys(index_t s, index_t T) const { return {s, 0, cache->length(s) + where(s, T).count}; }
  cached borrowed() const { return *this; }
};

}  // namespace transxssm
