// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <transxssm/model/weights.hpp>
#include <set>
#include "small_model.hpp"

namespace model_config_tests {

using namespace transxssm;

TEST_CASE("each preset has its nominal size, within 2 %, and the paper's layers") {
  double const nominal[] = {320e6, 320e6, 320e6, 320e6, 1.3e9, 1.3e9, 1.3e9, 1.3e9};
  auto const all = presets();
  for (std::size_t i = 0; i < all.size(); ++i) {
    CAPTURE(all[i].name);
    CHECK_NOTHROW(all[i].expect_valid());
    CHECK(std::abs(double(all[i].parameters()) / nominal[i] - 1) < 0.02);
    CHECK(all[i].n_layers == 24);
    CHECK(preset(all[i].name).parameters() == all[i].parameters());
  }
  CHECK((transxssm_320m().count('S') == 21 && transxssm_320m().count('A') == 3 && transxssm_320m().mixer(7) == 'A'));
  CHECK((jamba_1_3b().count('S') == 21 && jamba_1_3b().mixer(4) == 'A'));
  CHECK((llama3_320m().count('S') == 0 && mamba2_320m().count('A') == 0));
  CHECK_THROWS_AS(preset("gpt"), std::invalid_argument);
}

TEST_CASE("the number of parameters is that of all weights, each visited once, under a name of its own") {
  auto configs = small_model::all();
  model_config rich = small_model::of(transxssm_320m());  // everything that an SSD layer can have
  rich.ssd.conv_width = 3, rich.ssd.skip = rich.ssd.dt_bias = rich.ssd.gate = true, rich.ssd.norm_groups = 2;
  rich.learned_residual = true, rich.tied_embeddings = false;
  configs.push_back(rich);
  model_config plain = rich;
  plain.d_ff = 0, plain.learned_residual = false, plain.kind = family::bamba;
  configs.push_back(plain);
  for (model_config const& c : configs) {
    hybrid<float> model(c);
    std::set<std::string> names;
    index_t count = 0, visited = 0;
    visit_weights(model, [&](std::string const& name, std::vector<index_t> const& shape, auto* numbers) {
      index_t n = 1;
      for (index_t extent : shape) n *= extent;
      for (index_t i = 0; i < n; ++i) numbers[i] += 1000;  // writes each number once
      count += n, ++visited, names.insert(name);
    });
    CHECK(count == c.parameters());
    CHECK(index_t(names.size()) == visited);
    float largest = 0;
    visit_weights(model, [&](std::string const&, std::vector<index_t> const& shape, auto* numbers) {
      index_t n = 1;
      for (index_t extent : shape) n *= extent;
      for (index_t i = 0; i < n; ++i) largest = std::max(largest, numbers[i]);
    });
    CHECK(largest < 1500);
  }
}

TEST_CASE("what no model can be is refused by name") {
  auto refused = [](auto const& change) {
    model_config c = small_model::of(transxssm_320m());
    change(c);
    try {
      c.expect_valid();
    } catch (std::invalid_argument const& e) { return std::string(e.what()); }
    return std::string("accepted");
  };
  CHECK(refused([](auto&) {}) == "accepted");
  CHECK(refused([](auto& c) { c.pattern = "SXA"; }) ==
        "model_config: pattern is \"SXA\", expected letters S (SSD) and A (attention)");
  CHECK(refused([](auto& c) { c.pattern = ""; }).starts_with("model_config: pattern"));
  CHECK(refused([](auto& c) { c.ssd.groups = 3; }) == "ssd_config: groups has 3 groups, expected a divisor of 4");
  CHECK(refused([](auto& c) { c.attention.kv_heads = 3; }) ==
        "attention_config: kv_heads has 3 heads, expected a divisor of 4");
  CHECK(refused([](auto& c) { c.attention.rotary_features = 6; }) ==
        "model_config: the shared rotary table has 16 features, expected a multiple of 6");
  CHECK(refused([](auto& c) { c.ssd.rotary_features = 15; }).starts_with("ssd_config: rotary_features has 15"));
  CHECK(refused([](auto& c) { c.ssd.norm_groups = 5; }).starts_with("ssd_config: norm_groups has 5"));
  CHECK(refused([](auto& c) { c.vocab_size = 0; }) ==
        "model_config: vocab_size has 0 entries, expected 1 to 2147483648");
  CHECK(refused([](auto& c) { c.ssd.heads = 1 << 20; }) ==
        "ssd_config: heads has 1048576 entries, expected 1 to 16384");
  CHECK(refused([](auto& c) { c.log_n_length = 1; }).starts_with("model_config: log_n_length"));
}

TEST_CASE("initialisation is reproducible, of the stated spread, and the decay is one") {
  model_config const c = small_model::of(mamba2_320m());
  hybrid<float> a(c), b(c), other(c);
  initialize(a, 5), initialize(b, 5), initialize(other, 6);
  CHECK(a.embedding.numbers == b.embedding.numbers);
  CHECK(a.embedding.numbers != other.embedding.numbers);
  auto const& w = std::get<ssd_layer<float>>(a.layers[0].mixer);
  Eigen::Map<Eigen::ArrayXf const> const numbers(w.in.numbers.data(), index_t(w.in.numbers.size()));
  CHECK(std::abs(numbers.mean()) < 1e-3);
  CHECK(std::abs(std::sqrt(numbers.square().mean()) - 0.02) < 1e-3);
  for (std::size_t h = 0; h < w.A_log.size(); ++h) {
    CHECK((std::exp(w.A_log[h]) >= 1 && std::exp(w.A_log[h]) < 16));
    float const dt = std::log1p(std::exp(w.dt_bias[h]));
    CHECK((dt > 0.0009f && dt < 0.11f));
  }
}

TEST_CASE("the tokens of a padded batch are those without padding") {
  std::vector<token> const left{9, 9, 1, 2, 3, 4, 9, 9, 9}, right{1, 9, 9, 2, 3, 4, 9, 9, 9};
  for (token_batch const& batch :
       {token_batch(left, {1, 3, 0}, side::left), token_batch(right, {1, 3, 0}, side::right)}) {
    CHECK((batch.sequences() == 3 && batch.rows() == 4 && batch.first(1) == 1 && batch.count(2) == 0));
    CHECK(std::vector<token>(batch.ids().begin(), batch.ids().end()) == std::vector<token>{1, 2, 3, 4});
  }
  CHECK_THROWS_AS(token_batch(left, {1, 4, 0}, side::left), std::invalid_argument);
  CHECK_THROWS_WITH_AS(token_batch(left, {1, 1}, side::left),
                       "token_batch: 9 tokens in 2 rows, expected the same number in each", std::invalid_argument);
  CHECK(bytes_of_tokens(tokens_of_bytes("h\xc3\xa9!")) == "h\xc3\xa9!");
}

}  // namespace model_config_tests
