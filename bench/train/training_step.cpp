// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT

// A training step (forward, backward, clipping, AdamW) of a small model for bytes, as a share of sgemm, each in turn:
//
//     transxssm_training_step [system] [d_model] [layers] [T] [rows] [threads] [rounds]         llama3 128 8 256 8 1 7
//
// One line of JSON, as pytorch_llama.py writes it. Flops of a token are those of the mathematics: forward 2 for each weight
// that multiplies, the head's too, 2 (T + 1) heads head_dim for causal attention, 4 heads N P for SSD; backward twice as
// many. sgemm is Eigen's, 512^3, one in each thread.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <transxssm/model.hpp>
#include <transxssm/train/trainer.hpp>
#include <transxssm/transxssm.hpp>
#include "../../examples/train/small_model.hpp"
#include "../runtime/ceilings.hpp"

namespace {

using namespace transxssm;

double flops_per_token(model_config const& c, index_t T) {
  hybrid<float> model(c);
  double weights = c.tied_embeddings ? 0 : -double(model.embedding.numbers.size());  // a look-up multiplies nothing
  visit_weights(model, [&](auto const&, std::vector<index_t> const& shape, float*) {
    if (shape.size() == 2) weights += double(shape[0] * shape[1]);
  });
  double const attention = 2. * double((T + 1) * c.attention.heads * c.attention.head_dim),
               ssd = 4. * double(c.ssd.heads * c.ssd.d_state * c.ssd.head_dim);
  return 3 * (2 * weights + double(c.count('A')) * attention + double(c.count('S')) * ssd);
}

}  // namespace

int main(int argc, char** argv) try {
  auto number_at = [&](int i, index_t otherwise) { return argc > i ? index_t(std::atol(argv[i])) : otherwise; };
  std::string const system = argc > 1 ? argv[1] : "llama3";
  index_t const d_model = number_at(2, 128), layers = number_at(3, 8), T = number_at(4, 256), rows = number_at(5, 8),
                threads = number_at(6, 1), rounds = number_at(7, 7);
  if (rows < threads || rows % threads != 0 || threads < 1 || T < 1 || rounds < 1)
    throw std::invalid_argument("rows are shared out evenly among threads; T and rounds are at least 1");
  Eigen::setNbThreads(1);
  model_config const config = training::small_model(system, d_model, layers);
  hybrid<float> model(config);
  initialize(model);
  trainer<float> train(model, T, {.learning_rate = {.peak = 1e-3, .steps = 1000}});
  random_numbers random(1);
  std::vector<text_batch> batches(static_cast<std::size_t>(threads));
  for (text_batch& b : batches)
    for (index_t r = 0; r < rows / threads; ++r) {
      std::string text;
      for (index_t t = 0; t <= T; ++t) text += char(random.below(256));
      b.append(text);
    }
  double const tokens = double(rows * T), flops = flops_per_token(config, T);
  double first = 0, last = 0;
  bench::work const step{tokens * flops, [&] {
                           last = train(cpu{int(threads)}, batches).loss;
                           if (first == 0) first = last;
                         }};
  bench::interleaved turns(step, bench::sgemm(int(threads))(),
                           threads == 1 ? bench::clock_of::the_processor : bench::clock_of::the_wall, 0.2);
  for (index_t i = 0; i < rounds; ++i) turns.round();
  if (!(last < first)) throw std::runtime_error("it does not learn");
  double const seconds = bench::quantile(turns.subject_seconds, 0.5);
  std::printf(
      "{\"name\": \"transxssm/train/%s\", \"config\": {\"d_model\": %td, \"layers\": %td, \"T\": %td, \"batch\": %td}, "
      "\"parameters\": %td, \"threads\": %td, \"tokens_per_second\": %.1f, \"seconds_per_step\": %.5f, "
      "\"flops_per_token\": %.0f, \"gflops\": %.2f, \"sgemm_gflops\": %.2f, \"share_of_sgemm\": %.3f}\n",
      system.c_str(), d_model, layers, T, rows, config.parameters(), threads, tokens / seconds, seconds, flops,
      1e-9 * tokens * flops / seconds, 1e-9 * turns.reference_rate(bench::quantile(turns.reference_seconds, 0.5)),
      bench::quantile(turns.speed, 0.5));
} catch (std::exception const& e) {
  std::fprintf(stderr, "error: %s\n", e.what());
  return 1;
}
