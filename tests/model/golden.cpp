// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <transxssm/io/model.hpp>
#include <transxssm/io/read_tensor.hpp>
#include <transxssm/io/safetensors.hpp>
#include <fstream>
#include <random>

// The logits of PyTorch (tests/golden): Hugging Face's Llama, Mamba-2 and Bamba in float, and the paper's equations, written
// down independently, in float64.
namespace model_golden {

using namespace transxssm;

namespace {

std::filesystem::path folder(std::string const& name) {
  return std::filesystem::path(__FILE__).parent_path().parent_path() / "golden" / name;
}

/// What PyTorch says to some tokens, (batch T, V).
struct expectation {
  index_t batch, T;
  std::vector<token> ids;
  std::vector<double> logits;
};
expectation expected(std::string const& name, char const* logits) {
  safetensors const file(folder(name) / "expected.safetensors");
  stored_tensor const& ids = file.tensor("input_ids");
  expectation e{ids.shape[0], ids.shape[1], std::vector<token>(std::size_t(ids.shape[0] * ids.shape[1])),
                read_tensor<double>(file, logits)};
  std::memcpy(e.ids.data(), ids.bytes.data(), ids.bytes.size());
  return e;
}

template<class S>
double error(tile<S> const& got, expectation const& e) {
  Eigen::Map<tile<double> const> const exact(e.logits.data(), got.rows(), got.cols());
  return (got.template cast<double>() - exact).norm() / exact.norm();
}

/// All logits, the tokens of each sequence cut into pieces: piece() says how long the next one is.
template<class S>
tile<S> logits(hybrid<S> const& model, expectation const& e, auto const& piece) {
  model_cache<S> cache(model.config(), e.T, e.batch);
  tile<S> all(e.batch * e.T, model.config().vocab_size);
  for (index_t t = 0, n = 0; t < e.T; t += n) {
    n = std::min<index_t>(piece(), e.T - t);
    std::vector<std::vector<token>> next;
    for (index_t b = 0; b < e.batch; ++b)
      next.emplace_back(e.ids.begin() + b * e.T + t, e.ids.begin() + b * e.T + t + n);
    tile<S> const part = model(token_batch(next), cache, logits_of::every_token);
    for (index_t b = 0; b < e.batch; ++b) all.middleRows(b * e.T + t, n) = part.middleRows(b * n, n);
  }
  return all;
}

/// In one piece, token by token, and in pieces of random lengths.
template<class S>
double worst_error(std::string const& name, char const* of, std::string const& checkpoint = "") {
  auto const model = load_model<S>(folder(checkpoint.empty() ? name : checkpoint));
  expectation const e = expected(name, of);
  std::mt19937 random(7);
  double worst = error(logits(model, e, [&] { return e.T; }), e);
  worst = std::max(worst, error(logits(model, e, [] { return 1; }), e));
  for (int i = 0; i < 3; ++i)
    worst = std::max(worst, error(logits(model, e, [&] { return std::uniform_int_distribution(1, 20)(random); }), e));
  return worst;
}

constexpr double in_float = 5e-6, in_double = 1e-13;

}  // namespace

TEST_CASE("logits of Hugging Face's models, in float: prefill, decode, and prefill cut at random points") {
  for (char const* name : {"llama", "mamba2", "bamba"}) {
    CAPTURE(name);
    CHECK(worst_error<float>(name, "logits") < in_float);
    CHECK(worst_error<double>(name, "logits64") < in_double);
  }
}

TEST_CASE("the same checkpoint in shards, and stored in bfloat16") {
  CHECK(worst_error<float>("mamba2", "logits", "mamba2/sharded") < in_float);
  CHECK(worst_error<double>("mamba2", "logits64", "mamba2/bfloat16") < in_double);
  auto const model = load_model<Eigen::bfloat16>(folder("mamba2/bfloat16"));  // 16 bits in memory, too
  expectation const e = expected("mamba2", "logits64");
  model_cache<float> cache(model.config(), e.T, e.batch);
  token_batch const batch(e.ids, std::vector<index_t>(std::size_t(e.batch), e.T), side::left);
  CHECK(error(model(batch, cache, logits_of::every_token), e) < in_float);
}

TEST_CASE("logits of the paper's equations: pairings, dynamic NTK, groups, learned residuals, tied and untied") {
  for (char const* name : {"transxssm_half_split", "transxssm_half_split_ntk", "transxssm_interleaved",
                           "transxssm_interleaved_ntk", "transxssm_shared_group", "transxssm_raw_decay"}) {
    CAPTURE(name);
    CHECK(worst_error<double>(name, "logits") < in_double);
    CHECK(worst_error<float>(name, "logits32") < in_float);
  }
}

TEST_CASE("Mamba-2's gated norm over all features, as transformers 4 has it") {
  model_config c = read_model_config(folder("mamba2") / "config.json");
  CHECK(c.ssd.norm_groups == 2);
  c.ssd.norm_groups = 1;
  hybrid<double> model(c);
  read_weights(checkpoint(folder("mamba2")), named_weights<double>(model).stored);
  expectation const e = expected("mamba2", "logits64_norm_over_all");
  CHECK(error(logits(model, e, [&] { return e.T; }), e) < in_double);
}

TEST_CASE("both spellings of a configuration say the same") {
  for (char const* name : {"llama", "mamba2", "bamba"}) {
    auto const four = read_model_config(folder(name) / "config.json"),
               five = read_model_config(folder(name) / "config_transformers5.json");
    CHECK(to_json(four) == to_json(five));
  }
}

TEST_CASE("a model that was saved is the model that is loaded") {
  auto const directory = std::filesystem::temp_directory_path() / "transxssm_saved_model";
  for (char const* name : {"llama", "mamba2", "bamba", "transxssm_interleaved_ntk", "transxssm_raw_decay"}) {
    CAPTURE(name);
    remove_all(directory);
    auto model = load_model<double>(folder(name));
    save_model(directory, model, {.shard_bytes = 100'000});
    expectation const e = expected(name, "logits");
    auto const whole = [&] { return e.T; };
    CHECK(logits(load_model<double>(directory), e, whole) == logits(model, e, whole));
  }
  remove_all(directory);
}

TEST_CASE("what does not fit is named, with both shapes") {
  auto const directory = std::filesystem::temp_directory_path() / "transxssm_wrong_model";
  remove_all(directory);
  create_directories(directory);
  copy(folder("llama") / "config.json", directory / "config.json");
  copy(folder("mamba2") / "model.safetensors", directory / "model.safetensors");
  auto message = [&] {
    try {
      load_model<float>(directory);
    } catch (file_error const& e) { return std::string(e.what()); }
    return std::string();
  }();
  CHECK(message.find("\"model.layers.0.self_attn.q_proj.weight\" (128, 64) is missing") != message.npos);
  CHECK(message.find("\"backbone.layers.0.mixer.A_log\" (8) is none of the model's") != message.npos);
  CHECK_THROWS_AS(load_model<float>(directory / "nowhere"), file_error);
  std::ofstream(directory / "config.json")
      << R"({"model_type": "llama", "vocab_size": 2000000000, "hidden_size": 262144, )"
      << R"("intermediate_size": 9, "num_hidden_layers": 4096, "num_attention_heads": 1024})";
  CHECK_THROWS_WITH_AS(load_model<float>(directory), doctest::Contains("parameters, but there are 30"),
                       file_error);  // and needs no memory
  remove_all(directory);
}

}  // namespace model_golden
