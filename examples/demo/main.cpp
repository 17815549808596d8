// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
// The demo: verifies on a text what Unified RoPE promises, measures what each form costs, trains a small
// model, and writes a page to look at.
#include <cstdio>
#include <exception>
#include "arguments.hpp"
#include "measure.hpp"
#include "progress.hpp"
#include "report.hpp"
#include "text.hpp"

namespace {

using namespace demo;

results verify(arguments const& wanted) {
  results r;
  r.path = wanted.text, r.threads = wanted.threads;
  expect_writable(wanted.report);
  r.text = read_text(wanted.text, 256, 16384);
  r.tokens = embed(r.text, r.how);  // equal bytes, equal rows

  progress bar({{"(a) only distance counts", 10},
                {"(b) all forms agree", 15},
                {"(c) the future is not read", 2},
                {"(d) the origin is free", 1},
                {"the growth of cost", 12},
                {"a model learns the text", 18}});
  done const tell = [&bar](double fraction) { bar.at(fraction); };

  bar.next();
  r.measured.relative_position = measure_relative_position(r.how, tell);
  r.measured.repeated = measure_repeated_pair(r.text, r.tokens);
  bar.next();
  r.measured.duality = measure_duality(r.tokens, tell);
  bar.next();
  r.measured.causality = measure_causality(r.tokens, tell);
  bar.next();
  r.measured.shift = measure_shift(r.tokens, tell);
  bar.next();
  r.cost = measure_growth(r.tokens, r.threads, 5, tell);
  bar.next();
  r.learning = learn(read_text(wanted.text, 256, 1 << 23), tell);
  r.seconds = bar.seconds();
  return r;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    arguments const wanted = read_arguments(argc, argv);
    if (wanted.help) return std::fputs(usage, stdout), 0;
    Eigen::setNbThreads(1);  // Eigen's own products: threads are taken where --threads says so, and nowhere else
    results const r = verify(wanted);
    write_whole(wanted.report, report(r));
    std::fputs(summary(r).c_str(), stdout);
    std::printf("\n  report: %s\n", wanted.report.c_str());
    return r.hold() ? 0 : 1;
  } catch (bad_input const& error) {
    std::fprintf(stderr, "transxssm_demo: %s\n", error.what());
    return 2;
  } catch (std::exception const& error) {
    std::fprintf(stderr, "transxssm_demo: unexpectedly, %s\n", error.what());
    return 3;
  }
}
