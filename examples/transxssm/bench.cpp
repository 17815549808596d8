// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <transxssm/model/presets.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include "../../bench/runtime/ceilings.hpp"
#include "../demo/progress.hpp"
#include "commands.hpp"
#include "model_options.hpp"

namespace program {

namespace {

using namespace bench;
constexpr clock_of wall = clock_of::the_wall;

double median(std::vector<double> const& x) { return quantile(x, 0.5); }

/// Flops per second of one product on one thread: what this machine can do just now.
double sgemm_rate() {
  work const product = sgemm(1)();
  return product.amount / seconds(product, runs_lasting(0.02, product), wall);
}

/// Flops of the products and operators for T tokens, the head's only for the last one.
double flops(model_config const& c, index_t T) {
  double const weights = double(c.parameters() - c.vocab_size * c.d_model), t = double(T);
  double const state = double(c.count('S')) * 4 * double(c.ssd.inner() * c.ssd.d_state);
  double const scores =
      double(c.count('A')) * 2 * double(c.attention.heads * c.attention.head_dim) * t;  // half of T x T, twice
  return t * (2 * weights + state + scores) + 2 * double(c.vocab_size * c.d_model);
}

struct bench_options {
  std::string size = "320m", dtype = "float32", json;
  std::vector<index_t> lengths = {512, 2048, 4096};
  std::vector<std::string> systems = {"transxssm", "llama3", "mamba2", "jamba"};
  int threads = 2, rounds = 1;
  index_t decoded = 16;
  std::pmr::unsynchronized_pool_resource memory;

  struct measurement {
    std::vector<double> prefill, decode, share;  // seconds, seconds for one token, of sgemm
  };

  void measure(any_model const& model, index_t T, measurement& m) {
    std::vector<token> ids;
    for (index_t t = 0; t < T; ++t) ids.push_back(token(t * 7919 % model.config().vocab_size));
    model_cache<float> cache(model.config(), T + decoded + 1);
    logits_matrix logits(1, model.config().vocab_size);
    how_t const how{cpu{threads}, workspace{&memory}};
    double const before = sgemm_rate(), start = now(wall);
    model(ids, cache, logits, logits_of::last_token, how);
    m.prefill.push_back(now(wall) - start);
    m.share.push_back(flops(model.config(), T) / m.prefill.back() / threads / ((before + sgemm_rate()) / 2));
    token_batch next(std::vector<token>{1});
    model(next, cache, logits, logits_of::last_token, how);
    std::vector<double> steps;
    for (index_t i = 0; i < decoded; ++i) {
      double const begun = now(wall);
      model(next, cache, logits, logits_of::last_token, how);
      steps.push_back(now(wall) - begun);
    }
    m.decode.push_back(median(steps));
  }

  void run() {
    Eigen::setNbThreads(1);  // the ceiling's product is one thread's
    std::ranges::sort(lengths);
    lengths.erase(std::ranges::unique(lengths).begin(), lengths.end());
    std::ofstream out;
    if (!json.empty()) {
      out.open(json);
      if (!out) throw std::invalid_argument("cannot write " + json);
    }
    std::vector<demo::progress::stage> stages;
    for (int r = 0; r < rounds; ++r)
      for (auto const& s : systems) stages.push_back({s + "-" + size, 1});
    demo::progress progress(stages);
    std::map<std::pair<std::string, index_t>, measurement> all;
    for (int r = 0; r < rounds; ++r)  // one model at a time: four would not fit into memory
      for (auto const& s : systems) {
        progress.next();
        auto const model = random(preset(s + "-" + size), storage_of(dtype), 0);
        double total = 0, done = 0;
        for (index_t T : lengths) total += flops(model->config(), T);
        for (index_t T : lengths) {
          measure(*model, T, all[{s, T}]);
          progress.at((done += flops(model->config(), T)) / total);
        }
      }
    print(all);
    if (out) write(all, out);
  }

  void print(auto const& all) const {
    std::printf("%s, %s, %d threads, medians of %d rounds\n\n%-12s %7s %14s %10s %14s %16s %16s\n", size.c_str(),
                dtype.c_str(), threads, rounds, "", "T", "prefill tok/s", "of sgemm", "decode tok/s", "prefill, llama3",
                "flops, llama3");
    for (auto const& s : systems)
      for (index_t T : lengths) {
        measurement const& m = all.at({s, T});
        std::printf("%-12s %7td %14.1f %10.2f %14.1f", s.c_str(), T, double(T) / median(m.prefill), median(m.share),
                    1 / median(m.decode));
        if (auto other = all.find({"llama3", T}); other != all.end())
          std::printf(" %15.2fx %15.2fx", median(other->second.prefill) / median(m.prefill),
                      flops(preset("llama3-" + size), T) / flops(preset(s + "-" + size), T));
        std::printf("\n");
      }
    std::printf(
        "\nThe last two columns: how much faster than Llama 3 it is, and how much faster it would be if only flops "
        "counted.\n"
        "The paper's Figure 4 has TransXSSM 42.3 %% faster in training and 29.5 %% in inference at T = 4096, on "
        "GPUs.\n");
  }
  void write(auto const& all, std::ofstream& out) const {
    out << "[\n";
    char const* comma = "";
    for (auto const& [key, m] : all) {
      out << comma << "  {\"system\": \"" << key.first << "\", \"size\": \"" << size << "\", \"dtype\": \"" << dtype
          << "\", \"threads\": " << threads << ", \"T\": " << key.second
          << ", \"prefill_seconds\": " << median(m.prefill) << ", \"share_of_sgemm\": " << median(m.share)
          << ", \"decode_seconds\": " << median(m.decode) << "}";
      comma = ",\n";
    }
    out << "\n]\n";
    if (!out.flush()) throw std::runtime_error("cannot write " + json);
  }
};

}  // namespace

void add_bench(CLI::App& program) {
  auto o = std::make_shared<bench_options>();
  auto* command = program.add_subcommand("bench", "Tokens per second of the four systems, over T, with random weights");
  command->add_option("--size", o->size, "320m or 1.3b")->check(CLI::IsMember({"320m", "1.3b"}))->capture_default_str();
  command->add_option("--lengths", o->lengths, "Tokens in the prompt; 16384 takes minutes")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--systems", o->systems, "Which of them")
      ->check(CLI::IsMember(o->systems))
      ->capture_default_str();
  command->add_option("--dtype", o->dtype, "What the weights are stored in")
      ->check(CLI::IsMember({"float32", "bfloat16"}))
      ->capture_default_str();
  command->add_option("--threads", o->threads, "How many threads work")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_option("--rounds", o->rounds, "Each system so many times, in turn")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--json", o->json, "Writes the figures to this file, too");
  command->callback([=] { o->run(); });
}

}  // namespace program
