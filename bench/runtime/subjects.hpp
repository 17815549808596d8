// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
// What is measured: the library, as its users call it.
#include <variant>
#include <transxssm/policy/form.hpp>
#include "interleaved.hpp"
#include "operands.hpp"

namespace bench {

using ssd_form = std::variant<transxssm::automatic, transxssm::chunked, transxssm::recurrent>;
inline std::pair<char const*, ssd_form> const ssd_forms[] = {{"automatic", transxssm::automatic{}},
                                                             {"chunked", transxssm::chunked{}}};

/// Y = (L o rotate(C) rotate(B)^T) (dt X), from zero; in flops of the recurrence, whatever the form does.
preparation ssd_prefill(ssd_shape const&, int threads, ssd_form = transxssm::automatic{});
/// One step of it for every sequence, in place; in bytes of the state, read once and written once.
preparation ssd_decode(ssd_shape const&, int threads);

/// Z = softmax(causal + rotate(Q) rotate(K)^T / sqrt(N)) V; in flops of the pairs that are seen.
preparation attention_prefill(attention_shape const&, int threads);
/// One step of it for every sequence, after T steps in the cache; in bytes of the cache, read once.
preparation attention_decode(attention_shape const&, int threads);

/// X = rotate(X), in place; in bytes of X, read once and written once.
preparation rotation(rotation_shape const&, int threads);

}  // namespace bench
