// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include "../demo/progress.hpp"
#include "commands.hpp"
#include "model_options.hpp"

namespace program {

namespace {

struct score_options : model_options {
  std::string file;
  index_t length = 2048;

  /// -ln p(token | logits).
  static double surprise(auto const& logits, token id) {
    double const highest = logits.maxCoeff();
    double sum = 0;
    for (index_t i = 0; i < logits.size(); ++i) sum += std::exp(double(logits(i)) - highest);
    return std::log(sum) + highest - double(logits(id));
  }

  void run() {
    std::ifstream in(file, std::ios::binary);
    std::string const text{std::istreambuf_iterator<char>(in), {}};
    auto const ids = tokens_of_bytes(text);
    if (ids.size() < 2) throw std::invalid_argument(file + " has fewer than 2 bytes: there is nothing to predict");
    auto const model = this->model();
    if (model->config().vocab_size < 256) throw std::invalid_argument("this model's tokens are no bytes");

    demo::progress progress({{"reading " + file, 1}});
    progress.next();
    constexpr index_t at_once = 256;
    logits_matrix logits(at_once, model->config().vocab_size);
    double sum = 0;
    index_t const last = index_t(ids.size()) - 1;  // the first byte is not predicted, the last predicts nothing
    for (index_t from = 0; from < last; from += length) {
      model_cache<float> cache(model->config(), std::min(length, last - from));
      for (index_t t = from, n = 0; t < std::min(from + length, last); t += n) {
        n = std::min({at_once, last - t, from + length - t});
        (*model)(std::span(ids).subspan(std::size_t(t), std::size_t(n)), cache, logits.topRows(n),
                 logits_of::every_token, how());
        for (index_t i = 0; i < n; ++i) sum += surprise(logits.row(i), ids[std::size_t(t + i + 1)]);
        progress.at(double(t + n) / double(last));
      }
    }
    double const nats = sum / double(last);
    std::printf("%td bytes in windows of %td: %.4f bits per byte, perplexity %.3f per byte\n", last, length,
                nats / std::log(2.), std::exp(nats));
  }
};

}  // namespace

void add_score(CLI::App& program) {
  auto o = std::make_shared<score_options>();
  auto* command = program.add_subcommand("score", "Bits per byte and perplexity of a text file");
  o->add_to(*command);
  command->add_option("file", o->file, "The text")->required()->check(CLI::ExistingFile);
  command->add_option("--length", o->length, "Tokens in a window; each window begins with nothing before it")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->callback([=] { o->run(); });
}

}  // namespace program
