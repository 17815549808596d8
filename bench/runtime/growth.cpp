// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT

// How the cost of a flop grows with T, N, P and H: the time of each size over that of a base size, both per flop. For SSD
// this is the time per token; for attention, whose flops grow with T^2, that of a pair.
#include "comparison.hpp"
#include "subjects.hpp"

namespace bench {

void growth_rows(options how) {
  auto ssd = [=](char axis, index_t size, ssd_shape const& s, ssd_shape const& base, goal asked = no_goal_for_cost) {
    compare(how, std::string("ssd_growth/") + axis + "/" + std::to_string(size), asked, ssd_prefill(s, how.threads),
            ssd_prefill(base, how.threads));
  };
  for (index_t T : {512, 1024, 2048, 4096, 8192, 16384, 32768, 65536})
    ssd('T', T, {12, 128, 12, T}, {12, 128, 12, 1024}, T == 16384 ? at_most(1.25, 1.1) : no_goal_for_cost);
  ssd_shape const base{12, 128, 12};
  for (index_t N : {16, 32, 64, 128, 256}) ssd('N', N, {12, N, 12}, base);
  for (index_t P : {16, 32, 64, 128}) ssd('P', P, {12, 128, 12, 2048, P}, base);
  for (index_t H : {1, 2, 4, 8, 12, 16, 32}) ssd('H', H, {H, 128, H}, base);
  for (index_t q : {16, 32, 64, 128, 256})  // the length of a chunk
    compare(how, "ssd_growth/q/" + std::to_string(q), no_goal_for_cost,
            ssd_prefill(base, how.threads, transxssm::chunked{q}),
            ssd_prefill(base, how.threads, transxssm::chunked{64}));
  for (index_t T : {512, 1024, 2048, 4096, 8192})
    compare(how, "attention_growth/T/" + std::to_string(T), no_goal_for_cost, attention_prefill({4, 4, T}, how.threads),
            attention_prefill({4, 4, 1024}, how.threads));
}

}  // namespace bench
