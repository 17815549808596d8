// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <transxssm/model/weights.hpp>
#include <transxssm/train/model_gradient.hpp>
#include <transxssm/train/numbers_of.hpp>
#include <transxssm/transxssm.hpp>
#include "model/small_model.hpp"

// The gradient of a whole model, against differences of its loss.
namespace gradient_of_model {

using namespace transxssm;

/// The four systems, and what else a layer may have.
std::vector<model_config> systems() {
  auto all = small_model::all();
  for (auto& c : all) c.n_layers = 3, c.pattern = c.count('S') == 0 ? "A" : c.count('A') == 0 ? "S" : "SAS";
  auto with = [&](auto const& change) { change(all.emplace_back(all[0])); };
  with([](model_config& c) { c.tied_embeddings = !c.tied_embeddings, c.learned_residual = !c.learned_residual; });
  with([](model_config& c) { c.log_n_length = 4, c.rotary.pairs = pairing::interleaved; });
  with([](model_config& c) { c.ssd.gate = true, c.ssd.norm_groups = 0, c.ssd.skip = true; });
  with([](model_config& c) { c.ssd.norm_groups = 2, c.ssd.groups = 2, c.ssd.conv_width = 3; });
  with([](model_config& c) { c.d_ff = 0, c.pattern = "S"; });
  return all;
}

struct text {
  token_batch tokens{small_model::tokens(0)};
  std::vector<token> targets;
  text()
      : tokens(std::vector<std::vector<token>>{small_model::tokens(9, 1), small_model::tokens(1, 2),
                                               small_model::tokens(5, 3)}) {
    targets = small_model::tokens(tokens.rows(), 4);
    targets[3] = no_target;
  }
};

/// f(name, numbers of a, numbers of b)
template<class S>
void for_each_pair(hybrid<S>& a, hybrid<S>& b, auto const& f) {
  auto const numbers = numbers_of(a), others = numbers_of(b);
  std::size_t i = 0;
  visit_weights(a, [&](std::string const& name, auto const&, S*) { f(name, numbers[i], others[i]), ++i; });
}

TEST_CASE("every weight of every system has the slope that differences of the loss have") {
  text const t;
  for (auto const& config : systems()) {
    INFO(config.name << ", pattern " << config.pattern);
    auto model = small_model::made<double>(config);
    model_gradient<double> const learn(model, 9);
    auto gradient = zeros_like<double>(config);
    double const factor = 0.25, loss = learn(t.tokens, t.targets, factor, gradient);
    CHECK(loss == doctest::Approx(learn.loss(t.tokens, t.targets)).epsilon(1e-14));
    auto change = [&](double& w, double by) {
      double const here = w;
      w = here + by;
      double const up = learn.loss(t.tokens, t.targets);
      w = here - by;
      double const down = learn.loss(t.tokens, t.targets);
      w = here;
      return up - down;
    };
    random_numbers random(5);
    for_each_pair(model, gradient, [&](std::string const& name, std::span<double> w, std::span<double> slope) {
      CAPTURE(name);
      double size = 0;
      for (double x : slope) size += x * x;
      CHECK(size > 0);
      for (int sample = 0; sample < 3; ++sample) {
        std::size_t const i = random.below(w.size());
        double const by_differences = factor * (8 * change(w[i], 1e-3) - change(w[i], 2e-3)) / 12e-3;
        CHECK(std::abs(slope[i] - by_differences) <= 1e-6 * std::sqrt(size));
      }
    });
  }
}

TEST_CASE("the loss is that of the model's logits") {
  text const t;
  for (auto const& config : systems()) {
    INFO(config.name << ", pattern " << config.pattern);
    auto const model = small_model::made<double>(config);
    model_cache<double> cache(config, 9, 3);
    auto const logits = model(t.tokens, cache, logits_of::every_token);
    std::vector<double> expected;
    for (index_t i = 0; i < logits.rows(); ++i) {
      token const target = t.targets[std::size_t(i)];
      double sum = 0;
      for (index_t j = 0; j < logits.cols(); ++j) sum += std::exp(logits(i, j));
      expected.push_back(target == no_target ? 0 : std::log(sum) - logits(i, target));
    }
    auto const got = model_gradient<double>(model, 9).losses(t.tokens, t.targets);
    REQUIRE(got.size() == expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) CHECK(got[i] == doctest::Approx(expected[i]).epsilon(1e-12));
  }
}

TEST_CASE("gradients add up, and not a bit depends on the number of threads") {
  text const t;
  for (auto const& config : small_model::all()) {
    INFO(config.name);
    auto model = small_model::made<float>(config);
    model_gradient<float> const learn(model, 9);
    auto one = zeros_like<float>(config), twice = one, many = one;
    learn(t.tokens, t.targets, 1, one);
    learn(t.tokens, t.targets, 1, twice), learn(t.tokens, t.targets, 1, twice);
    learn(t.tokens, t.targets, 1, many, policy{cpu{3}});
    for_each_pair(one, twice, [&](std::string const& name, std::span<float> a, std::span<float> b) {
      CAPTURE(name);
      double off = 0, size = 0;
      for (std::size_t i = 0; i < a.size(); ++i) off += std::pow(2 * a[i] - b[i], 2), size += a[i] * a[i];
      CHECK(off <= 1e-12 * size);
    });
    for_each_pair(one, many, [&](std::string const& name, std::span<float> a, std::span<float> b) {
      CAPTURE(name);
      CHECK(std::ranges::equal(a, b));
    });
  }
}

TEST_CASE("what does not fit is refused, and nothing is added") {
  auto const config = small_model::all()[0];
  auto model = small_model::made<float>(config);
  model_gradient<float> const learn(model, 4);
  hybrid<float> gradient(config), other(small_model::all()[1]);
  std::vector<token> const three = {1, 2, 3}, five = {1, 2, 3, 4, 5}, unknown = {1, 61, 3}, negative = {1, -2, 3};
  CHECK_THROWS_WITH_AS(learn(token_batch(five), five, 1, gradient),
                       "model_gradient(tokens, targets): a sequence has 5 tokens, expected at most 4",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(learn(token_batch(three), unknown, 1, gradient),
                       "model_gradient(tokens, targets): token 61 is not in the vocabulary of 61",
                       std::invalid_argument);
  CHECK_THROWS_AS(learn(token_batch(three), negative, 1, gradient), std::invalid_argument);
  CHECK_THROWS_AS(learn(token_batch(three), std::vector<token>{1}, 1, gradient), std::invalid_argument);
  CHECK_THROWS_AS(learn(token_batch(three), three, 1, other), std::invalid_argument);
  CHECK_THROWS_AS(learn(token_batch(std::vector<token>{-1}), std::vector<token>{1}, 1, gradient),
                  std::invalid_argument);
  visit_weights(gradient, [&](std::string const& name, auto const&, float* x) {
    if (name.find("_proj") != std::string::npos) CHECK(*x == 0);
  });
}

}  // namespace gradient_of_model
