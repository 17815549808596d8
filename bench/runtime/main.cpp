// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT

// The benchmarks.      transxssm_bench [--threads 1] [--rounds 11] [Google Benchmark's own options, --help lists them]
#include <cstdio>
#include <cstdlib>
#include <Eigen/Core>
#include "comparison.hpp"

namespace {

/// Takes `name value` out of the arguments, if it is there.
int taken(int& argc, char** argv, std::string_view name, int otherwise) {
  for (int i = 1; i + 1 < argc; ++i)
    if (argv[i] == name) {
      int value = std::atoi(argv[i + 1]);
      if (value < 1) std::fprintf(stderr, "%s takes a number, 1 or more\n", argv[i]), std::exit(2);
      std::copy(argv + i + 2, argv + argc + 1, argv + i);
      argc -= 2;
      return value;
    }
  return otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  bench::options how{.threads = taken(argc, argv, "--threads", 1), .rounds = taken(argc, argv, "--rounds", 11)};
  Eigen::setNbThreads(1);  // its products do not share themselves out: each thread makes its own
  benchmark::AddCustomContext("threads", std::to_string(how.threads));
  benchmark::AddCustomContext("simd", Eigen::SimdInstructionSetsInUse());
  bench::ssd_prefill_rows(how);
  bench::attention_rows(how);
  bench::rotation_rows(how);
  bench::row_operator_rows(how);
  bench::decode_rows(how);
  bench::gradient_rows(how);
  bench::growth_rows(how);
  if (how.threads > 1) bench::thread_rows(how);
#ifdef TRANSXSSM_BENCH_GGML
  benchmark::AddCustomContext("ggml", "yes");
  bench::ggml_rows(how);
#else
  std::fprintf(stderr, "ggml was not found when this was built: it is not compared with\n");
#endif
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
}
