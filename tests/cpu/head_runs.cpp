// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <algorithm>
#include <transxssm/transxssm.hpp>
#include <vector>

namespace cpu_head_runs {

using namespace transxssm;

TEST_CASE("the runs of a batch hold every column of every head of every sequence once") {
  for (int threads : {1, 2, 3, 8})
    for (index_t sequences : {0, 1, 3})
      for (index_t H : {0, 1, 2, 5, 12})
        for (index_t P : {0, 1, 8, 31, 64})
          for (index_t step : {0, 1, 8}) {
            INFO(threads, " threads, ", sequences, " sequences, H ", H, ", P ", P, ", step ", step);
            head_runs const runs(cpu{threads}, sequences, H, P, 4, step);
            std::vector<int> taken(std::size_t(sequences * H * P));
            for (index_t run = 0; run < runs.size(); ++run) {
              CHECK(runs.heads(run) >= 1);
              CHECK(runs.heads(run) <= 4);
              if (step > 0) CHECK(runs.first_column(run) % step == 0);
              for (index_t h = runs.first_head(run); h < runs.first_head(run) + runs.heads(run); ++h)
                for (index_t p = runs.first_column(run); p < runs.first_column(run) + runs.columns(run); ++p)
                  ++taken[std::size_t((runs.sequence(run) * H + h) * P + p)];
            }
            CHECK(std::all_of(taken.begin(), taken.end(), [](int times) { return times == 1; }));
          }
}

TEST_CASE("there is a run for every thread, as long as there are heads and vectors of columns") {
  CHECK(head_runs(cpu{2}, 1, 12, 64, 100, 8).size() == 2);
  CHECK(head_runs(cpu{2}, 1, 1, 64, 100, 8).size() == 2);
  CHECK(head_runs(cpu{8}, 1, 2, 64, 100, 8).size() == 8);
  CHECK(head_runs(cpu{8}, 4, 2, 64, 100, 8).size() == 8);
  CHECK(head_runs(cpu{8}, 1, 1, 16, 100, 8).size() == 2);
  CHECK(head_runs(cpu{1}, 1, 12, 64, 5, 8).size() == 3);
}

}  // namespace cpu_head_runs
