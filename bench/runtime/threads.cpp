// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT

// What more threads give, over one of them; of the ceiling itself too, as threads share caches and memory.
#include "ceilings.hpp"
#include "comparison.hpp"
#include "subjects.hpp"

namespace bench {

void thread_rows(options how) {
  compare(how, "threads/sgemm", no_goal, sgemm(how.threads), sgemm(1));
  for (index_t H : {1, 2, 12}) {
    ssd_shape s{H, 128, H};
    goal asked = how.threads != 2 ? no_goal : H == 1 ? at_least(1.6, 1.8) : at_least(1.8, 1.95);
    compare(how, "threads/ssd/" + s.name(), asked, ssd_prefill(s, how.threads), ssd_prefill(s, 1));
  }
  for (index_t H : {1, 2, 12}) {
    attention_shape s{H, H};
    compare(how, "threads/attention/" + s.name(), no_goal, attention_prefill(s, how.threads), attention_prefill(s, 1));
  }
}

}  // namespace bench
