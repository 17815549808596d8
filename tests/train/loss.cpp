// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <cmath>
#include <limits>
#include <transxssm/math/random_numbers.hpp>
#include <transxssm/train/loss.hpp>

namespace train_loss {

using namespace transxssm;

template<class S>
struct problem {
  index_t rows, V, stride;
  std::vector<S> logits;
  std::vector<token> targets;

  problem(index_t n, index_t v, double scale, std::uint64_t seed, index_t gap = 0)
      : rows(n), V(v), stride(v + gap), logits(std::size_t(n * stride), S(77)) {
    random_numbers random(seed);
    for (index_t t = 0; t < n; ++t) {
      for (index_t j = 0; j < v; ++j) logits[std::size_t(t * stride + j)] = S(scale * random.normal());
      targets.push_back(t % 3 == 2 ? no_target : token(random.below(std::uint64_t(v))));
    }
  }
  view<S, 2> all() { return {logits.data(), {rows, V}, {stride, 1}}; }
  S& at(index_t t, index_t j) { return logits[std::size_t(t * stride + j)]; }
};

/// In long double: the loss, and each p - onehot, times factor.
template<class S>
void check(problem<S> p, S factor) {
  problem<S> was = p;
  double const loss = cross_entropy(cpu{1}, p.all(), p.targets, factor);
  long double expected = 0;
  double const eps = std::numeric_limits<S>::epsilon();
  for (index_t t = 0; t < p.rows; ++t) {
    token const target = p.targets[std::size_t(t)];
    long double highest = was.at(t, 0), sum = 0;
    for (index_t j = 0; j < p.V; ++j) highest = std::max<long double>(highest, was.at(t, j));
    for (index_t j = 0; j < p.V; ++j) sum += std::exp((long double)(was.at(t, j)) - highest);
    if (target != no_target) expected += std::log(sum) + highest - (long double)(was.at(t, target));
    double worst = 0;
    for (index_t j = 0; j < p.V; ++j) {
      long double const softmax = std::exp((long double)(was.at(t, j)) - highest) / sum;
      long double const g = target == no_target ? 0 : (long double)(factor) * (softmax - (j == target));
      // The argument of an exponential is rounded, too: a logit of -20 has 20 times the relative error.
      worst = std::max(
          worst, double(std::abs(g - (long double)(p.at(t, j))) / (softmax + (j == target)) / (long double)(factor)));
    }
    CHECK(worst < 60 * eps);
    for (index_t j = p.V; j < p.stride; ++j) CHECK(p.at(t, j) == S(77));
  }
  CHECK(loss == doctest::Approx(double(expected)).epsilon(8 * eps));
}

TEST_CASE_TEMPLATE("cross-entropy: loss and gradient against the definition", S, float, double) {
  for (index_t V : {1, 2, 7, 8, 15, 61, 256, 1023, 1025, 50'257})
    for (double scale : {0.1, 3.}) check(problem<S>(5, V, scale, std::uint64_t(V), V % 2), S(0.125));
}

TEST_CASE("cross-entropy: logits as large as they can be") {
  float const infinity = std::numeric_limits<float>::infinity();
  auto of = [](std::vector<float> logits, token target) {
    std::vector<token> const targets{target};
    double const loss = cross_entropy(cpu{1}, view<float, 2>(logits.data(), {1, index_t(logits.size())}), targets, 1.f);
    return std::pair(loss, logits);
  };
  CHECK(of({1e30f, 0, -1e30f}, 0) == std::pair(0., std::vector<float>{0, 0, 0}));
  CHECK(of({1e30f, 1e30f}, 0) == std::pair(std::log(2.), std::vector<float>{-0.5f, 0.5f}));
  CHECK(of({-infinity, 5, 5}, 1) == std::pair(std::log(2.), std::vector<float>{0, -0.5f, 0.5f}));
  CHECK(of({200, 0, 0}, 1).first == 200);
  CHECK(of({-infinity, 5}, 0).first == infinity);  // what cannot happen, happened
  for (std::size_t i : {0u, 1u, 8u, 16u}) {
    std::vector<float> logits(17, 0.5f);
    logits[i] = infinity;
    CHECK(std::isnan(of(logits, 3).first));
    logits[i] = std::numeric_limits<float>::quiet_NaN();
    CHECK(std::isnan(of(logits, 3).first));
  }
}

TEST_CASE("cross-entropy: rows do not know of each other, nor of threads") {
  problem<float> const p(50, 256, 2, 1);
  problem<float> all = p, parts = p, by_three = p;
  double const loss = cross_entropy(cpu{1}, all.all(), p.targets, 0.02f);
  CHECK(cross_entropy(cpu{3}, by_three.all(), p.targets, 0.02f) == loss);
  CHECK(by_three.logits == all.logits);
  double sum = 0;
  for (index_t first : {0, 20, 40}) {
    index_t const n = std::min<index_t>(20, 50 - first);
    sum += cross_entropy(cpu{2}, parts.all().middle_rows(first, n),
                         std::span(p.targets).subspan(std::size_t(first), std::size_t(n)), 0.02f);
  }
  CHECK(sum == doctest::Approx(loss).epsilon(1e-15));
  CHECK(parts.logits == all.logits);
  CHECK(cross_entropy(cpu{2}, view<float, 2>(nullptr, {0, 256}), {}, 1.f) == 0);
}

TEST_CASE("cross-entropy: what it refuses, before anything is written") {
  problem<float> p(3, 5, 1, 1);
  auto const was = p.logits;
  p.targets = {1, 5, 0};
  CHECK_THROWS_WITH_AS(cross_entropy(cpu{1}, p.all(), p.targets, 1.f),
                       "cross_entropy(logits, targets): target 5 is not in the vocabulary of 5", std::invalid_argument);
  p.targets = {1, -2, 0};
  CHECK_THROWS_AS(cross_entropy(cpu{1}, p.all(), p.targets, 1.f), std::invalid_argument);
  p.targets = {1, 2};
  CHECK_THROWS_WITH_AS(cross_entropy(cpu{1}, p.all(), p.targets, 1.f),
                       "cross_entropy(logits, targets): targets has 2 tokens, expected 3", std::invalid_argument);
  p.targets = {1, 2, 3};
  CHECK_THROWS_AS(cross_entropy(cpu{1}, view<float, 2>(p.logits.data(), {3, 5}, {1, 3}), p.targets, 1.f),
                  std::invalid_argument);
  CHECK(p.logits == was);
}

}  // namespace train_loss
