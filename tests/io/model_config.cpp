// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <transxssm/io/model_config_json.hpp>
#include <transxssm/io/write_model_config.hpp>
#include <transxssm/model/presets.hpp>
#include <fstream>

namespace io_model_config {

using namespace transxssm;

namespace {

/// What config.json of this text is read as.
model_config read(std::string const& text) {
  auto const file = std::filesystem::temp_directory_path() / "transxssm_config.json";
  std::ofstream(file) << text;
  return read_model_config(file);
}
std::string refused(std::string const& text) {
  try {
    read(text);
  } catch (file_error const& e) {
    std::string const message = e.what();
    return message.substr(message.find(".json: ") + 7);
  }
  return "accepted";
}

/// Llama's, with a change.
std::string llama(std::string const& more) {
  return R"({"model_type": "llama", "vocab_size": 100, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, )"
         R"("num_attention_heads": 4)" +
         more + "}";
}

}  // namespace

TEST_CASE("a configuration that is written is read as the same, for all presets and for what only our own can say") {
  auto configs = presets();
  model_config rich = transxssm_320m();
  rich.ssd.conv_width = 4, rich.ssd.skip = rich.ssd.dt_bias = rich.ssd.gate = rich.ssd.growing_decay = true;
  rich.ssd.norm_groups = 2, rich.ssd.norm_eps = 1e-4, rich.learned_residual = true, rich.tied_embeddings = false,
  rich.log_n_length = 99;
  rich.rotary = {.base = 12345,
                 .pairs = pairing::interleaved,
                 .scaling = rotary_scaling::llama3,
                 .factor = 8,
                 .trained_length = 8192,
                 .low_frequency_factor = 1,
                 .high_frequency_factor = 4,
                 .precision = angle_precision::in_float};
  configs.push_back(rich);
  rich.rotary = {.scaling = rotary_scaling::dynamic_ntk, .factor = 4, .trained_length = 2048, .declared_length = 8192};
  configs.push_back(rich);
  for (model_config const& c : configs) {
    CAPTURE(c.name);
    model_config const again = read(to_json(c).dump());
    CHECK(to_json(again) == to_json(c));
    CHECK(again.parameters() == c.parameters());
    CHECK(again.rotary.scaling == c.rotary.scaling);
    CHECK(again.ssd.norm_groups == c.ssd.norm_groups);
    CHECK(again.rotary_features() == c.rotary_features());
    for (index_t i = 0; i < c.n_layers; ++i) CHECK(again.mixer(i) == c.mixer(i));
  }
  rich.kind = family::llama;
  CHECK_THROWS_WITH_AS(to_json(rich), doctest::Contains("\"llama\" has no words for all that"), std::invalid_argument);
  for (auto const& change : std::vector<void (*)(model_config&)>{
           [](auto& c) { c.ssd.rotary_features = 128; }, [](auto& c) { c.ssd.skip = false; },
           [](auto& c) { c.ssd.norm_eps = 1e-3; }, [](auto& c) { c.learned_residual = true; },
           [](auto& c) { c.attention.head_dim = 32; },
           [](auto& c) {
             c.rotary.base = 7, c.attention.rotary_features = 64, c.rotary.pairs = pairing::interleaved;
           }}) {
    model_config changed = jamba_320m();
    CHECK_NOTHROW(to_json(changed));
    change(changed);
    CHECK_THROWS_AS(to_json(changed), std::invalid_argument);
  }
}

TEST_CASE("Llama's defaults, and its rotary scalings in both spellings") {
  model_config const c = read(llama(""));
  CHECK((c.attention.kv_heads == 4 && c.attention.head_dim == 16 && c.attention.rotary_features == 16 &&
         !c.tied_embeddings));
  CHECK(c.rotary.base == 10000);
  model_config const scaled = read(llama(R"(, "rope_theta": 5e5, "rope_scaling": {"type": "linear", "factor": 2})"));
  CHECK((scaled.rotary.scaling == rotary_scaling::linear && scaled.rotary.factor == 2 && scaled.rotary.base == 5e5));
  model_config const five = read(llama(R"(, "rope_parameters": {"rope_theta": 5e5, "rope_type": "default"})"));
  CHECK((five.rotary.scaling == rotary_scaling::none && five.rotary.base == 5e5));
  model_config const dynamic = read(llama(
      R"(, "max_position_embeddings": 4096, "rope_scaling": {"rope_type": "dynamic", "factor": 4}, "time_step_limit": [0.0, Infinity])"));
  CHECK((dynamic.rotary.declared_length == 4096 && dynamic.rotary.trained_length == 4096));
}

TEST_CASE("infinities are numbers, but not in a text") {
  CHECK(without_infinities("[0.0, Infinity, -Infinity]") == "[0.0, 1e308, -1e308]");
  CHECK(without_infinities(R"({"a\\": Infinity, "b\" Infinity": "Infinity"})") ==
        R"({"a\\": 1e308, "b\" Infinity": "Infinity"})");
}

TEST_CASE("what is missing, of another type, or cannot be done, is refused by name") {
  CHECK(refused(llama("")) == "accepted");
  CHECK(refused("[]") == "is no JSON object");
  CHECK(refused("{").starts_with("no JSON from byte"));
  CHECK(refused("{}") == "\"model_type\" is missing, expected a text");
  CHECK(refused(R"({"model_type": "gpt2"})") == "\"model_type\" is gpt2, expected llama, mamba2, bamba or transxssm");
  CHECK(refused(R"({"model_type": "llama"})") == "\"hidden_size\" is missing, expected an integer up to 2^31");
  CHECK(refused(llama(R"(, "num_key_value_heads": "two")")) ==
        "\"num_key_value_heads\" is \"two\", expected an integer up to 2^31");
  CHECK(refused(llama(R"(, "num_key_value_heads": 3)")) ==
        "attention_config: kv_heads has 3 heads, expected a divisor of 4");
  CHECK(
      refused(llama(R"(, "num_key_value_heads": 99999999999)")).starts_with("\"num_key_value_heads\" is 99999999999"));
  CHECK(refused(llama(R"(, "attention_bias": true)")) ==
        "\"attention_bias\" is true, expected false: linear layers have no bias here");
  CHECK(refused(llama(R"(, "hidden_act": "gelu")")) == "\"hidden_act\" is gelu, expected silu");
  CHECK(refused(llama(R"(, "rope_scaling": {"rope_type": "longrope"})")) ==
        "\"rope_type\" is \"longrope\", expected default, linear, dynamic, yarn or llama3");
  CHECK(refused(llama(R"(, "time_step_limit": [0.0, 0.1])")) ==
        "\"time_step_limit\" is a limit, expected 0 to infinity");
  CHECK(
      refused(
          R"({"model_type": "bamba", "hidden_size": 64, "num_hidden_layers": 2, "intermediate_size": 8, "attn_layer_indices": [2]})") ==
      "\"attn_layer_indices\" is 2, expected 0 to 1");
  CHECK_THROWS_AS(read_model_config("/nowhere/config.json"), file_error);
}

}  // namespace io_model_config
