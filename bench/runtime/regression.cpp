// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT

// A check for every build, also a slow one on a busy machine: that no form has become several times slower than it was, or
// quadratic. The bars stand far from what is measured; the best of a few interleaved rounds counts, as noise only adds.
#include <cstdio>
#include <transxssm/transxssm.hpp>
#include "ceilings.hpp"

namespace {

using namespace transxssm;
using Eigen::MatrixXf;

int failed = 0;

void expect(char const* what, double value, bool good, char const* bound, double bar) {
  failed += !good;
  std::printf("%-4s %-50s %6.2f, expected %s %.2f\n", good ? "ok" : "BAD", what, value, bound, bar);
}
void expect_below(double bar, char const* what, double value) { expect(what, value, value < bar, "below", bar); }
void expect_above(double bar, char const* what, double value) { expect(what, value, value > bar, "above", bar); }

double best(std::vector<double> const& seconds) { return bench::quantile(seconds, 0); }

/// Seconds of the subject over those of the reference, for the same amount of work.
double cost_over(bench::work subject, bench::work reference, int rounds = 9) {
  bench::interleaved both(std::move(subject), std::move(reference), bench::clock_of::the_processor, 0.002);
  for (int i = 0; i < rounds; ++i) both.round();
  return both.reference_rate(best(both.reference_seconds)) / both.subject_rate(best(both.subject_seconds));
}

/// One head of SSD of T steps; the amount is 4 N P T flops.
template<class Form>
bench::work ssd(index_t T, Form form) {
  index_t const N = 64, P = 64;
  MatrixXf C = MatrixXf::Random(T, N), B = MatrixXf::Random(T, N), X = MatrixXf::Random(T, P), Y(T, P);
  Eigen::VectorXf log_a = Eigen::VectorXf::Constant(T, -0.05f);
  auto R = std::make_shared<rotary_table<float>>(frequencies(N), T);
  return {4. * double(N * P * T),
          [=]() mutable { Y = with(form, semiseparable(log_a, rotate(C, *R), rotate(B, *R)) * X); }};
}
bench::work attend(index_t T) {
  index_t const N = 64;
  MatrixXf Q = MatrixXf::Random(T, N), K = MatrixXf::Random(T, N), V = MatrixXf::Random(T, N), Z(T, N);
  auto R = std::make_shared<rotary_table<float>>(frequencies(N), T);
  return {2. * double(N * T) * double(T + 1), [=]() mutable { Z = attention(rotate(Q, *R), rotate(K, *R)) * V; }};
}

/// How many times longer the double takes.
double doubled(bench::work once, bench::work twice) {
  once.amount = twice.amount = 1;
  return cost_over(std::move(twice), std::move(once));
}

}  // namespace

int main() {
  Eigen::setNbThreads(1);
  index_t const T = 1024;
  bench::work sgemm = bench::sgemm(1, 256)();
  expect_below(12, "SSD, automatic: time over sgemm's, flop by flop", cost_over(ssd(T, automatic{}), sgemm));
  expect_below(15, "SSD, chunked: the same", cost_over(ssd(T, chunked{}), sgemm));
  expect_below(18, "SSD, recurrent: the same", cost_over(ssd(T, recurrent{}), sgemm));
  expect_below(8, "causal attention: the same", cost_over(attend(T), sgemm));
  expect_below(3, "SSD, automatic: time of 2 T over that of T", doubled(ssd(T, automatic{}), ssd(2 * T, automatic{})));
  expect_below(3, "SSD, chunked: the same", doubled(ssd(T, chunked{}), ssd(2 * T, chunked{})));
  expect_above(3, "by the definition, or this could not tell", doubled(ssd(T, quadratic{}), ssd(2 * T, quadratic{})));
  return failed > 0;
}
