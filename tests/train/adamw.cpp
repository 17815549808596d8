// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <cmath>
#include <limits>
#include <transxssm/train/adamw.hpp>
#include "model/small_model.hpp"

namespace train_adamw {

using namespace transxssm;

/// As many numbers as it takes for runs of more than one length, in weights of one, two and three axes.
model_config const config = [] {
  model_config c = small_model::of(transxssm_320m(), 601);
  c.learned_residual = c.ssd.skip = c.ssd.dt_bias = true, c.ssd.conv_width = 3;
  return c;
}();

template<class S>
void fill(hybrid<S>& gradient, std::uint64_t seed, double scale = 1) {
  random_numbers random(seed);
  for (std::span<S> numbers : numbers_of(gradient))
    for (S& x : numbers) x = S(scale * random.normal() * std::exp(3 * random.normal()));
}
template<class S>
std::vector<S> all_numbers(hybrid<S>& model) {
  std::vector<S> all;
  for (std::span<S> numbers : numbers_of(model)) all.insert(all.end(), numbers.begin(), numbers.end());
  return all;
}
template<class S>
std::vector<bool> with_decay(hybrid<S>& model) {
  std::vector<bool> all;
  visit_weights(model, [&](std::string const& name, std::vector<index_t> const& shape, S*) {
    index_t n = 1;
    for (index_t x : shape) n *= x;
    bool plain = false;  // by their names, where the optimiser goes by their shapes
    for (char const* kind : {"norm", "residual", "bias", "A_log", "D"})
      plain = plain || name.find(kind) != std::string::npos;
    all.insert(all.end(), std::size_t(n), !plain);
  });
  return all;
}

/// Algorithm 2, line by line, in long double.
struct reference {
  std::vector<long double> w, m, v;
  template<class S>
  void step(std::vector<S> const& g, std::vector<bool> const& decays, int t, long double a, long double factor) {
    long double const b1 = 0.9L, b2 = 0.999L, c1 = 1 - std::pow(b1, t), c2 = 1 - std::pow(b2, t);
    m.resize(w.size()), v.resize(w.size());
    for (std::size_t i = 0; i < w.size(); ++i) {
      long double const x = factor * (long double)(g[i]);
      m[i] = b1 * m[i] + (1 - b1) * x;
      v[i] = b2 * v[i] + (1 - b2) * x * x;
      w[i] = w[i] - a * ((m[i] / c1) / (std::sqrt(v[i] / c2) + 1e-8L) + (decays[i] ? 0.01L * w[i] : 0));
    }
  }
};

TEST_CASE_TEMPLATE("AdamW: Algorithm 2, line by line", S, float, double) {
  hybrid<S> model(config), gradient(config);
  initialize(model, 1);
  adamw<S> optimiser(model);
  auto const first = all_numbers(model);
  auto const decays = with_decay(model);
  reference exact{{first.begin(), first.end()}, {}, {}};
  for (int t = 1; t <= 30; ++t) {
    double const rate = 1e-3 * t, factor = t % 3 == 0 ? 0.25 : 1;
    fill(gradient, std::uint64_t(t));
    optimiser.step(cpu{1}, model, gradient, rate, factor);
    exact.step(all_numbers(gradient), decays, t, rate, factor);
  }
  CHECK(optimiser.steps == 30);
  auto const w = all_numbers(model), m = all_numbers(optimiser.m), v = all_numbers(optimiser.v);
  double const eps = std::numeric_limits<S>::epsilon();
  double worst = 0, worst_m = 0, worst_v = 0;
  for (std::size_t i = 0; i < w.size(); ++i) {
    worst = std::max(worst, double(std::abs((long double)(w[i]) - exact.w[i])));
    worst_m = std::max(worst_m, double(std::abs((long double)(m[i]) - exact.m[i]) / (std::sqrt(exact.v[i]) + 1e-30L)));
    worst_v = std::max(worst_v, double(std::abs((long double)(v[i]) / exact.v[i] - 1)));
  }
  CHECK(worst < 30 * eps);  // of weights about 1, and 30 changes up to 0.03
  CHECK(worst_m < 200 * eps);
  CHECK(worst_v < 30 * eps);
}

TEST_CASE("AdamW: what can be worked out by hand") {
  hybrid<double> model(config), gradient(config);
  auto const decays = with_decay(model);
  auto const same = [](hybrid<double>& x, double number) {
    for (auto numbers : numbers_of(x)) std::ranges::fill(numbers, number);
  };
  // torch.optim.AdamW([1.0]), gradient 0.1, one step of the defaults: 1 (1 - 1e-3 1e-2) - 1e-3 0.1 / (0.1 + 1e-8).
  same(model, 1), same(gradient, 0.1);
  adamw<double> optimiser(model);
  optimiser.step(cpu{1}, model, gradient, 1e-3);
  auto w = all_numbers(model);
  for (std::size_t i = 0; i < w.size(); ++i)
    CHECK(w[i] == doctest::Approx(decays[i] ? 0.9989900001 : 0.9990000001).epsilon(1e-14));
  // The mean of a gradient that stays the same is that gradient: 49 steps more of 1e-3, and the decay between.
  for (int t = 2; t <= 50; ++t) optimiser.step(cpu{1}, model, gradient, 1e-3);
  w = all_numbers(model);
  double const pace = 1e-3 * 0.1 / (0.1 + 1e-8), q = 1 - 1e-5, q50 = std::pow(q, 50);
  for (std::size_t i = 0; i < w.size(); ++i)
    CHECK(w[i] == doctest::Approx(decays[i] ? q50 - pace * (1 - q50) / (1 - q) : 1 - 50 * pace).epsilon(1e-13));
}

TEST_CASE("AdamW: where there is no gradient, matrices decay and nothing else moves") {
  hybrid<float> model(config), gradient = zeros_like<float>(config);
  initialize(model, 1);
  auto const before = all_numbers(model);
  auto const decays = with_decay(model);
  adamw<float> optimiser(model, {.decay = 0.5});
  optimiser.step(cpu{1}, model, gradient, 0.5);
  auto const after = all_numbers(model);
  for (std::size_t i = 0; i < before.size(); ++i)
    CHECK(after[i] == (decays[i] ? before[i] - 0.25f * before[i] : before[i]));
}

TEST_CASE("AdamW: the bits do not depend on the threads; means that fade away end at zero") {
  hybrid<float> one(config), two(config), gradient(config);
  initialize(one, 1), initialize(two, 1);
  adamw<float> a(one), b(two);
  for (std::uint64_t t = 0; t < 3; ++t) {
    fill(gradient, t);
    a.step(cpu{1}, one, gradient, 1e-2), b.step(cpu{3}, two, gradient, 1e-2);
  }
  CHECK(all_numbers(one) == all_numbers(two));
  CHECK(all_numbers(a.v) == all_numbers(b.v));
  gradient = zeros_like<float>(config);
  for (int t = 0; t < 1200; ++t) a.step(cpu{1}, one, gradient, 0);
  for (float m : all_numbers(a.m)) CHECK(m == 0);
}

TEST_CASE_TEMPLATE("AdamW: weights of 16 bits are rounded copies of their masters", S, Eigen::bfloat16, Eigen::half) {
  hybrid<S> model(config);
  hybrid<float> wide(config), gradient(config);
  initialize(model, 1);
  adamw<S> optimiser(model);
  {
    auto const from = all_numbers(*optimiser.masters);
    std::size_t i = 0;
    for (auto numbers : numbers_of(wide))
      for (float& x : numbers) x = from[i++];
  }
  adamw<float> as_float(wide);
  fill(gradient, 7);
  for (int t = 0; t < 20; ++t) {  // steps that bfloat16 would not see, one by one
    optimiser.step(cpu{2}, model, gradient, 1e-5);
    as_float.step(cpu{1}, wide, gradient, 1e-5);
  }
  CHECK(all_numbers(*optimiser.masters) == all_numbers(wide));
  std::vector<float> rounded;
  visit_weights(model, [&](auto const&, std::vector<index_t> const& shape, auto const* numbers) {
    index_t n = 1;
    for (index_t x : shape) n *= x;
    for (index_t i = 0; i < n; ++i) rounded.push_back(float(numbers[i]));
  });
  auto const exact = all_numbers(wide);
  std::size_t i = 0;
  visit_weights(model, [&](auto const&, std::vector<index_t> const& shape, auto const* numbers) {
    index_t n = 1;
    for (index_t x : shape) n *= x;
    using Stored = bare<decltype(*numbers)>;
    for (index_t j = 0; j < n; ++j, ++i) CHECK(rounded[i] == float(Stored(exact[i])));
  });
}

TEST_CASE("AdamW: what it refuses, before anything is changed") {
  hybrid<float> model(config), gradient(config), other(small_model::of(llama3_320m()));
  initialize(model, 1), fill(gradient, 1);
  auto const before = all_numbers(model);
  adamw<float> optimiser(model);
  double const nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  CHECK_THROWS_WITH_AS(optimiser.step(cpu{1}, model, other, 1e-3),
                       "adamw.step(model, gradient): these are of two configurations", std::invalid_argument);
  CHECK_THROWS_AS(optimiser.step(cpu{1}, model, gradient, nan), std::domain_error);
  CHECK_THROWS_AS(optimiser.step(cpu{1}, model, gradient, 1e-3, nan), std::domain_error);
  CHECK_THROWS_AS(optimiser.step(cpu{1}, model, gradient, 1e-3, infinity), std::domain_error);
  CHECK_THROWS_AS(optimiser.step(cpu{1}, model, gradient, -1), std::domain_error);
  CHECK((optimiser.steps == 0 && all_numbers(model) == before));
  for (float x : all_numbers(optimiser.v)) CHECK(x == 0);
  CHECK_THROWS_WITH_AS(adamw<float>(model, {.beta2 = 1}), "adamw: beta2 is 1.000000, expected 0 to less than 1",
                       std::invalid_argument);
  CHECK_THROWS_AS(adamw<float>(model, {.epsilon = 0}), std::invalid_argument);
}

}  // namespace train_adamw
