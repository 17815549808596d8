// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <transxssm/model/generate.hpp>
#include <cstdio>
#include <memory>
#include "commands.hpp"
#include "model_options.hpp"

namespace program {

namespace {

struct generate_options : model_options {
  std::string prompt;
  std::vector<token> tokens;
  std::vector<std::string> stop;
  generation wanted{.max_tokens = 128, .how = {.temperature = 0.8, .top_p = 0.95}};

  void run() {
    auto const model = this->model();
    bool const bytes = tokens.empty();
    if (bytes && model->config().vocab_size < 256)
      throw std::invalid_argument("this model has " + std::to_string(model->config().vocab_size) +
                                  " tokens, fewer than there are bytes: give the prompt as --tokens");
    for (auto const& s : stop) wanted.stop.push_back(tokens_of_bytes(s));
    auto const start = bytes ? tokens_of_bytes(prompt) : tokens;
    model_cache<float> cache(model->config(), index_t(start.size()) + wanted.max_tokens);
    auto print = [&](index_t, std::span<token const> ids) {
      if (bytes) std::fputs(bytes_of_tokens(ids).c_str(), stdout);
      else
        for (token id : ids) std::printf("%d ", id);
      std::fflush(stdout);
      return true;
    };
    if (bytes) std::fputs(prompt.c_str(), stdout);
    transxssm::generate(*model, cache, {start}, wanted, print, how());
    std::printf("\n");
  }
};

}  // namespace

void add_generate(CLI::App& program) {
  auto o = std::make_shared<generate_options>();
  auto* command = program.add_subcommand("generate", "Goes on with a text, byte by byte, or with token ids");
  o->add_to(*command);
  auto* start = command->add_option_group("prompt", "Where to begin: one of these");
  start->add_option("--prompt", o->prompt, "A text; each of its bytes is a token")->check([](std::string const& s) {
    return s.empty() ? "a prompt has at least one byte" : "";
  });
  start->add_option("--tokens", o->tokens, "Token ids, for models with another vocabulary; ids are written, too");
  start->require_option(1);
  command->add_option("--max-tokens", o->wanted.max_tokens, "Ends after so many")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_option("--temperature", o->wanted.how.temperature, "0: always the likeliest token; 1: as the model says")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_option("--top-k", o->wanted.how.top_k, "Only the k likeliest tokens; 0: all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_option("--top-p", o->wanted.how.top_p, "Only the likeliest tokens that have this probability together")
      ->check(CLI::Range(1e-6, 1.0))
      ->capture_default_str();
  command
      ->add_option("--repetition-penalty", o->wanted.how.repetition_penalty,
                   "Above 1: what was there becomes less likely")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--seed", o->wanted.how.seed, "The same seed, the same text")->capture_default_str();
  command->add_option("--stop", o->stop, "Ends before this text; may be given more than once");
  command->callback([=] { o->run(); });
}

}  // namespace program
