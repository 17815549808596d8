// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <limits>
#include <transxssm/train/trainer.hpp>
#include <transxssm/transxssm.hpp>
#include "model/small_model.hpp"

namespace train_trainer {

using namespace transxssm;

model_config bytes_of(model_config c) {
  c = small_model::of(c, 256);
  c.n_layers = 2, c.pattern = c.count('S') == 0 ? "A" : c.count('A') == 0 ? "S" : "SA";
  c.ssd.dt_bias = true;
  return c;
}
template<class S>
hybrid<S> fresh(model_config const& c) {
  hybrid<S> model(c);
  initialize(model, 1);
  return model;
}
template<class S>
std::string bits(hybrid<S>& model) {
  std::string all;
  visit_weights(model, [&](auto const&, std::vector<index_t> const& shape, auto const* numbers) {
    std::size_t n = 1;
    for (index_t extent : shape) n *= std::size_t(extent);
    all.append(reinterpret_cast<char const*>(numbers), n * sizeof *numbers);
  });
  return all;
}
documents repeated(index_t times) {
  documents text;
  std::string all;
  for (index_t i = 0; i < times; ++i) all += "and God saw that it was good; ";
  text.append(all);
  return text;
}
std::vector<text_batch> batches_of(text_data& data, index_t count) {
  std::vector<text_batch> batches(static_cast<std::size_t>(count));
  for (text_batch& b : batches) data.next(b);
  return batches;
}
training_settings quick(index_t steps) { return {.learning_rate = {.peak = 1e-2, .steps = steps}}; }

/// The loss of each step.
template<class S>
std::vector<double> losses(hybrid<S>& model, index_t steps, index_t count, cpu where) {
  text_data data(repeated(40), {.length = 24, .count = 2, .seed = 3});
  trainer<S> train(model, 24, quick(steps));
  std::vector<double> all;
  for (index_t i = 0; i < steps; ++i) all.push_back(train(where, batches_of(data, count)).loss);
  return all;
}

TEST_CASE("each system learns a text that repeats itself, from knowing nothing to knowing what comes") {
  for (auto const& preset : {transxssm_320m(), llama3_320m(), mamba2_320m(), jamba_320m()}) {
    CAPTURE(preset.name);
    auto model = fresh<float>(bytes_of(preset));
    auto const loss = losses(model, 80, 2, cpu{2});
    CHECK(loss.front() == doctest::Approx(std::log(256)).epsilon(0.05));
    CHECK(loss.back() < 0.7);
  }
}

TEST_CASE("a trained model has the same bits with 1, 2 and 3 threads, whether these share batches or one batch") {
  for (index_t count : {1, 2, 4}) {
    CAPTURE(count);
    auto const config = bytes_of(transxssm_320m());
    auto one = fresh<float>(config);
    auto const loss = losses(one, 5, count, cpu{1});
    for (int threads : {2, 3}) {
      auto other = fresh<float>(config);
      CHECK(losses(other, 5, count, cpu{threads}) == loss);
      CHECK((bits(other) == bits(one)));
    }
  }
}

TEST_CASE("the batches of a step are one: loss and gradient are those of all their rows together") {
  auto const config = bytes_of(jamba_320m());
  text_data data(repeated(40), {.length = 24, .count = 2, .seed = 3});
  auto const apart = batches_of(data, 3);
  text_batch together;
  for (text_batch const& b : apart)
    for (index_t s = 0; s < b.inputs.sequences(); ++s) {
      auto const first = std::size_t(b.inputs.first(s)), n = std::size_t(b.inputs.count(s));
      together.append(bytes_of_tokens(b.inputs.of(s)) +
                      bytes_of_tokens(std::span(b.targets).subspan(first + n - 1, 1)));
    }
  auto a = fresh<double>(config), b = fresh<double>(config);
  trainer<double> first(a, 24, quick(10)), second(b, 24, quick(10));
  double const before = first.loss(cpu{2}, apart);
  auto const one = first(cpu{2}, apart), other = second(cpu{2}, std::span(&together, 1));
  CHECK((one.targets == 144 && other.targets == 144 && first.steps() == 1));
  CHECK(one.loss == doctest::Approx(other.loss).epsilon(1e-13));
  CHECK(one.loss == doctest::Approx(before).epsilon(1e-13));
  CHECK(one.gradient_norm == doctest::Approx(other.gradient_norm).epsilon(1e-12));
  CHECK(one.learning_rate == 1e-2);  // the peak: a tenth of ten steps
  CHECK(first.loss(cpu{1}, apart) < one.loss);
}

TEST_CASE("weights in bfloat16 learn as those in float do, for steps that they alone could not keep") {
  auto const config = bytes_of(transxssm_320m());
  auto wide = fresh<float>(config);
  auto narrow = fresh<Eigen::bfloat16>(config);
  auto const expected = losses(wide, 60, 2, cpu{2}), found = losses(narrow, 60, 2, cpu{2});
  for (std::size_t i : {0u, 10u, 20u, 40u, 59u}) CHECK(std::abs(found[i] - expected[i]) < 0.02 + 0.1 * expected[i]);
}

TEST_CASE("a step that cannot be leaves the model as it was") {
  auto const config = bytes_of(transxssm_320m());
  auto model = fresh<float>(config);
  text_data data(repeated(40), {.length = 24, .count = 2});
  trainer<float> train(model, 24, quick(10));
  auto batches = batches_of(data, 2);
  train(cpu{2}, batches);
  for (float lost : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    model.embedding.numbers[std::size_t(32 * ' ')] = lost;
    std::string const before = bits(model);
    CHECK_THROWS_AS(train(cpu{2}, batches), std::domain_error);
    CHECK((bits(model) == before && train.steps() == 1));
  }
  for (text_batch& b : batches) std::ranges::fill(b.targets, no_target);
  CHECK_THROWS_WITH_AS(train(cpu{2}, batches), "trainer(batches): there is no target", std::invalid_argument);
  CHECK_THROWS_AS(train(cpu{2}, {}), std::invalid_argument);
  CHECK_THROWS_AS(trainer<float>(model, 24, {.learning_rate = {.peak = -1}}), std::invalid_argument);
}

}  // namespace train_trainer
