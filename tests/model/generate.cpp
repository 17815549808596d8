// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <transxssm/model/generate.hpp>
#include <map>
#include "small_model.hpp"

namespace model_generate {

using namespace transxssm;
using small_model::made, small_model::tokens;

namespace {

using sequences = std::vector<std::vector<token>>;

/// How often each token is drawn, of n.
std::map<token, double> drawn(sampling how, std::vector<double> const& logits, int n = 20000,
                              std::vector<token> const& seen = {}) {
  sampler choose(how);
  std::map<token, double> share;
  for (int i = 0; i < n; ++i) share[choose(std::span<double const>(logits), seen)] += 1. / n;
  return share;
}

}  // namespace

TEST_CASE("tokens are drawn as often as their probability says") {
  std::vector<double> const logits{0, std::log(2.), std::log(5.), std::log(2.)};  // 0.1, 0.2, 0.5, 0.2
  auto const share = drawn({.temperature = 1}, logits);
  double const expected[] = {0.1, 0.2, 0.5, 0.2};
  for (token i = 0; i < 4; ++i) CHECK(std::abs(share.at(i) - expected[i]) < 0.015);
  auto const colder = drawn({.temperature = 0.5}, logits);  // squares: 1, 4, 25, 4 of 34
  CHECK(std::abs(colder.at(2) - 25. / 34) < 0.015);
  CHECK(drawn({.temperature = 0}, logits, 10).at(2) == doctest::Approx(1));
}

TEST_CASE("top k, top p, and the repetition penalty") {
  std::vector<double> const logits{0, std::log(2.), std::log(5.), std::log(2.)};
  auto const two = drawn({.temperature = 1, .top_k = 2}, logits);  // of equal logits the first token
  CHECK((two.size() == 2 && std::abs(two.at(2) - 5. / 7) < 0.015 && two.contains(1)));
  CHECK(drawn({.temperature = 1, .top_p = 0.5}, {1, 1}, 1000).size() == 1);   // 0.5 is enough
  CHECK(drawn({.temperature = 1, .top_p = 0.51}, logits, 1000).size() == 2);  // and now it is not
  CHECK(drawn({.temperature = 1, .top_k = 3, .top_p = 1}, logits, 3000).size() == 3);
  // log 5 / 3 < log 2; and a negative logit becomes less likely, too.
  auto const penalised = drawn({.temperature = 0, .repetition_penalty = 3}, logits, 1, {2, 2});
  CHECK(penalised.contains(1));
  CHECK(drawn({.temperature = 0, .repetition_penalty = 2}, {-1, -1.5}, 1, {0}).contains(1));
}

TEST_CASE("what no sampling can be is refused") {
  CHECK_THROWS_WITH_AS(sampler({.temperature = -1}), "sampling: temperature is -1.000000, expected 0 to 1e6",
                       std::invalid_argument);
  CHECK_THROWS_AS(sampler({.top_k = -1}), std::invalid_argument);
  CHECK_THROWS_AS(sampler({.top_p = 0}), std::invalid_argument);
  CHECK_THROWS_AS(sampler({.repetition_penalty = 0}), std::invalid_argument);
  std::vector<double> const logits{0, std::nan("")};
  CHECK_THROWS_AS(sampler(sampling{})(std::span<double const>(logits), {}), std::domain_error);
}

TEST_CASE("greedy generation is the likeliest token after each prefix; a batch is what each text is alone") {
  auto const model = made<double>(small_model::of(transxssm_320m()));
  sequences const prompts{tokens(6, 1), tokens(11, 2)};
  model_cache<double> cache(model.config(), 40, 2);
  auto const texts = generate(model, cache, prompts, {.max_tokens = 12});
  for (std::size_t s = 0; s < 2; ++s) {
    std::vector<token> all = prompts[s];
    for (int i = 0; i < 12; ++i) {
      model_cache<double> fresh(model.config(), 40);
      index_t likeliest;
      model(all, fresh).row(0).maxCoeff(&likeliest);
      all.push_back(token(likeliest));
    }
    CHECK(texts[s] == std::vector<token>(all.end() - 12, all.end()));
  }
}

TEST_CASE("the same seed, the same text; another seed, another") {
  auto const model = made<float>(small_model::of(jamba_320m()));
  auto text = [&](std::uint64_t seed) {
    model_cache<float> cache(model.config(), 60);
    return generate(model, cache, {tokens(5)}, {.max_tokens = 40, .how = {.temperature = 1.5, .seed = seed}})[0];
  };
  CHECK(text(1) == text(1));
  CHECK(text(1) != text(2));
}

TEST_CASE("tokens stream as they come; a stop sequence ends a text and is not part of it") {
  auto const model = made<double>(small_model::of(transxssm_320m()));
  auto run = [&](generation const& wanted, auto const& on_tokens) {
    model_cache<double> cache(model.config(), 60);
    return generate(model, cache, {tokens(5)}, wanted, on_tokens)[0];
  };
  std::vector<token> streamed;
  std::size_t calls = 0;
  auto keep = [&](index_t, std::span<token const> part) {
    streamed.insert(streamed.end(), part.begin(), part.end());
    ++calls;
    return true;
  };
  generation const plain{.max_tokens = 30, .how = {.temperature = 1, .seed = 4}};
  auto const text = run(plain, keep);
  CHECK((text.size() == 30 && streamed == text && calls == 30));

  generation stopping = plain;
  stopping.stop = {{text[10], text[11], text[12]}, {text[20]}};
  streamed.clear();
  auto const stopped = run(stopping, keep);
  std::size_t const first_20 = std::size_t(std::ranges::find(text, text[20]) - text.begin());
  CHECK(stopped == std::vector<token>(text.begin(), text.begin() + index_t(std::min<std::size_t>(10, first_20))));
  CHECK(streamed == stopped);

  int left = 3;
  CHECK(run(plain, [&](index_t, std::span<token const>) { return --left > 0; }).size() == 3);
}

TEST_CASE("a stop sequence that does not come to its end is given out after all") {
  std::vector<std::vector<token>> const stop{{1, 2, 3}, {2, 9}};
  stopping_text text(stop);
  auto next = [&](token id) {
    CHECK(text.add(id));
    auto part = text.next(false);
    return std::vector<token>(part.begin(), part.end());
  };
  CHECK(next(5) == std::vector<token>{5});
  CHECK(next(1).empty());
  CHECK(next(2).empty());
  CHECK(next(4) == std::vector<token>{1, 2, 4});
  CHECK(next(2).empty());
  CHECK(!text.add(9));
  CHECK(text.next(true).empty());
  CHECK(text.text() == std::vector<token>{5, 1, 2, 4});
}

TEST_CASE("what cannot be generated is refused before anything is seen") {
  auto const model = made<float>(small_model::of(llama3_320m()));
  model_cache<float> cache(model.config(), 10);
  CHECK_THROWS_WITH_AS(generate(model, cache, {tokens(6)}, {.max_tokens = 5}),
                       "generate: the cache has 10 free rows, expected at least 11", std::invalid_argument);
  CHECK_THROWS_AS(generate(model, cache, {{}}, {.max_tokens = 5}), std::invalid_argument);
  CHECK_THROWS_AS(generate(model, cache, {tokens(1), tokens(1)}, {.max_tokens = 5}), std::invalid_argument);
  CHECK(cache.length() == 0);
  CHECK(generate(model, cache, {tokens(6)}, {.max_tokens = 0})[0].empty());
}

}  // namespace model_generate
