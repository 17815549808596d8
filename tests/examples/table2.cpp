// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "../../examples/train/table2.hpp"
#include <doctest/doctest.h>
#include <set>
#include <transxssm/model/weights.hpp>

namespace table2_tests {

using namespace training;

/// As many numbers as visiting all weights of a model shows.
index_t counted(model_config const& c) {
  transxssm::hybrid<float> model(c);
  index_t count = 0;
  transxssm::visit_weights(model, [&](std::string const&, std::vector<index_t> const& shape, auto*) {
    index_t n = 1;
    for (index_t extent : shape) n *= extent;
    count += n;
  });
  return count;
}

TEST_CASE("the cells of Table 2 are of equal size, within 1 %") {
  for (auto [d_model, n_layers] : {std::pair<index_t, index_t>{64, 2}, {64, 4}, {128, 4}, {128, 8}, {256, 8}}) {
    CAPTURE(d_model);
    auto const cells = table2_cells(d_model, n_layers);
    REQUIRE(cells.size() == 7);
    for (auto const& cell : cells) {
      CAPTURE(cell.config.name);
      CHECK_NOTHROW(cell.config.expect_valid());
      double const usual =
          double(12 * d_model * d_model * n_layers + 256 * d_model);  // 4 d^2, 8 d^2, and the embedding
      CHECK(std::abs(double(counted(cell.config)) / usual - 1) < 0.01);
      CHECK(cell.config.d_ff > d_model);
    }
  }
  for (auto const& cell : table2_cells(128, 8, 2'000'000))
    CHECK(std::abs(double(counted(cell.config)) / 2e6 - 1) < 0.005);
}

TEST_CASE("the cells of Table 2 differ in their layers, in what knows positions, and in nothing else") {
  auto const cells = table2_cells(256, 16);
  std::set<std::string> names;
  for (auto const& [modules, positions, perplexity, speed, c] : cells) {
    CAPTURE(c.name);
    names.insert(c.name);
    CHECK(c.pattern == (modules == "Self-Attention" ? "A" : modules == "State-Space" ? "S" : "SSSSSSSA"));
    CHECK(c.attention.rotary_features == 64);
    CHECK(c.ssd.rotary_features == (positions == "RoPE" ? 128 : 0));
    CHECK(c.ssd.conv_width == (positions == "Conv1d + D" ? 4 : 0));
    CHECK(c.ssd.skip == (positions == "Conv1d + D"));
    model_config same = c;
    same.pattern = cells[0].config.pattern, same.name = cells[0].config.name, same.d_ff = cells[0].config.d_ff;
    same.ssd.rotary_features = 128, same.ssd.conv_width = 0, same.ssd.skip = false;
    CHECK(same == cells[0].config);
  }
  CHECK(names.size() == 7);
  CHECK((cells[6].config.count('S') == 14 && cells[6].paper_perplexity == 8.18));
  CHECK(table2_cells(128, 4)[6].config.pattern == "SSSA");
}

TEST_CASE("the four systems in small are of equal size, and as their presets are") {
  for (index_t n_layers : {4, 8})
    for (std::string const name : {"transxssm", "llama3", "mamba2", "jamba"}) {
      CAPTURE(name);
      model_config const c = small_model(name, 128, n_layers), preset = transxssm::preset(name + "-320m");
      CHECK_NOTHROW(c.expect_valid());
      CHECK(std::abs(double(counted(c)) / double(12 * 128 * 128 * n_layers + 256 * 128) - 1) < 0.01);
      CHECK(
          (c.kind == preset.kind && c.vocab_size == 256 && c.rotary == preset.rotary && c.norm_eps == preset.norm_eps));
      if (n_layers == 8) CHECK(c.pattern == preset.pattern);
      CHECK((c.count('S') > 0) == (name != "llama3"));
      CHECK((c.count('A') > 0) == (name != "mamba2"));
      CHECK((c.ssd.conv_width == preset.ssd.conv_width || name == "llama3"));
      CHECK((c.ssd.rotary_features > 0) == (name == "transxssm"));
      CHECK((c.attention.rotary_features > 0) == (name != "jamba"));
    }
  CHECK_THROWS_AS(small_model("gpt", 128, 4), std::invalid_argument);
  CHECK_THROWS_AS(small_model("llama3", 100, 4), std::invalid_argument);
  CHECK_THROWS_WITH_AS(small_model("llama3", 128, 4, 1000),
                       "fitted: the model has 1000 parameters, expected at least 302208", std::invalid_argument);
}

}  // namespace table2_tests
