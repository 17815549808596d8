// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstdio>
#include <memory>
#include "../train/small_model.hpp"
#include "commands.hpp"
#include "jobs.hpp"
#include "statistics.hpp"

namespace experiments {

namespace {

/// A way to reach beyond the length T of training. Nothing is learned for it: the weights are the same.
struct reach {
  char const* name;
  model_config config;
};

std::vector<reach> reaches(model_config const& trained, index_t T, index_t factor) {
  model_config ntk = trained, yarn = trained, focused = trained;
  ntk.rotary.scaling = rotary_scaling::dynamic_ntk, ntk.rotary.declared_length = factor * T;
  yarn.rotary.scaling = rotary_scaling::yarn, yarn.rotary.factor = double(factor);
  ntk.rotary.trained_length = yarn.rotary.trained_length = T;
  focused.log_n_length = T;
  return {{"plain", trained}, {"dynamic NTK", ntk}, {"YaRN", yarn}, {"log-n", focused}};
}

struct extrapolation_options : experiment_options {
  std::string systems = "transxssm";
  index_t factor = 4, windows = 64, bins = 32;

  void run() const {
    extent const e = chosen();
    index_t const longest = factor * e.length;
    if (longest % bins != 0) refuse("extrapolation", "--bins", bins, "bins", "a divisor of " + std::to_string(longest));
    corpus const text(*this, longest);
    auto same = described();
    same["factor"] = std::to_string(factor), same["windows"] = std::to_string(windows);
    same["bins"] = std::to_string(bins);
    auto const batches = windows_of(text.validation.bytes, longest);

    std::vector<job> jobs;
    for (int seed = 1; seed <= e.seeds; ++seed)
      for (std::string const& system : names_in(systems, {"transxssm", "llama3", "mamba2", "jamba"}))
        jobs.push_back({system + "-" + std::to_string(seed), [&, seed, system](training::run_options how) {
                          return one(system, e, std::uint64_t(seed), text, batches,
                                     training_of(e, std::uint64_t(seed), std::move(how), same));
                        }});
    carry_out(*this, same, jobs, [&](std::vector<json> const& runs) { publish(runs, e.length); });
    std::fputs(file_text(directory / "table.md").c_str(), stdout);
  }

  /// As many windows as were asked for, spread evenly over the text, or as many as there are without an overlap.
  std::vector<text_batch> windows_of(std::string_view text, index_t longest) const {
    index_t const room = index_t(text.size()) - 1, count = std::min(windows, room / longest);
    std::vector<text_batch> all(static_cast<std::size_t>(count));
    for (index_t i = 0; i < count; ++i)
      all[std::size_t(i)].append(text.substr(std::size_t(i * (room / count)), std::size_t(longest + 1)));
    return all;
  }

  std::optional<json> one(std::string const& system, extent const& e, std::uint64_t seed, corpus const& text,
                          std::span<text_batch const> batches, training::run_options const& how) const {
    model m = new_model(training::small_model(system, e.d_model, e.layers), seed);
    text_source data(text.training, {.length = e.length, .count = e.rows / how.batches, .seed = seed});
    if (!learn(m, data, e.length, {}, how).finished) return {};
    index_t const longest = factor * e.length, width = longest / bins;
    json points = json::array();
    for (reach const& r : reaches(m.config(), e.length, factor)) {
      model reaching = with_config(m, r.config);
      std::vector<double> sums(static_cast<std::size_t>(bins));
      for (text_batch const& b : batches) {
        auto const losses = losses_of(reaching, b, longest, how.where);
        for (index_t t = 0; t < longest; ++t) sums[std::size_t(t / width)] += losses[std::size_t(t)];
      }
      for (index_t i = 0; i < bins; ++i) {
        double const nats = sums[std::size_t(i)] / double(width) / double(batches.size());
        points.push_back({{"model", system},
                          {"rotary", r.name},
                          {"seed", seed},
                          {"position", double(i * width) + double(width) / 2},
                          {"loss", nats},
                          {"perplexity", std::exp(nats)}});
      }
    }
    return json{{"model", system}, {"seed", seed}, {"windows", batches.size()}, {"points", points}};
  }

  /// Positions before T, from T to 2 T, and so on: perplexity of the mean loss there, over seeds.
  void publish(std::vector<json> const& runs, index_t T) const {
    std::vector<json> points;
    std::map<std::pair<std::string, std::string>, std::vector<std::map<int, std::vector<double>>>> losses;
    std::vector<std::pair<std::string, std::string>> order;
    for (json const& run : runs)
      for (json const& p : run.at("points")) {
        points.push_back(p);
        std::pair const key{p.at("model").get<std::string>(), p.at("rotary").get<std::string>()};
        auto& ranges = losses[key];
        if (ranges.empty()) ranges.resize(std::size_t(factor)), order.push_back(key);
        std::size_t const range = std::size_t(p.at("position").get<double>() / double(T));
        ranges.at(range)[p.at("seed").get<int>()].push_back(p.at("loss").get<double>());
      }
    std::string md = "| Model | Rotary |", rule = "|---|---|";
    for (index_t k = 0; k < factor; ++k) {
      md += " positions " + std::to_string(k * T) + " to " + std::to_string((k + 1) * T) + " |";
      rule += "---|";
    }
    md += "\n" + rule + "\n";
    for (auto const& key : order) {
      md += "| " + key.first + " | " + key.second + " |";
      for (auto const& by_seed : losses[key]) {
        std::vector<double> perplexities;
        for (auto const& [seed, bins_of_seed] : by_seed) perplexities.push_back(std::exp(estimate(bins_of_seed).mean));
        md += " " + estimate(perplexities).text(3) + " |";
      }
      md += "\n";
    }
    md +=
        "\nPerplexity per byte, means over seeds ± half the width of their 95 % confidence intervals (Student). "
        "Trained at T " +
        std::to_string(T) + "; nothing was trained for the other rows than \"plain\". " + sentence() + "\n";
    write_file(directory / "points.jsonl", lines_of(points));
    write_file(directory / "table.md", md);
  }
};

}  // namespace

void add_extrapolation(CLI::App& program) {
  auto o = std::make_shared<extrapolation_options>();
  auto* command = program.add_subcommand(
      "extrapolation", "Loss against position beyond the length of training: plain, dynamic NTK, YaRN, log-n");
  o->add_to(*command, {{"smoke", {64, 8, 256, 8, 1000, 4e-3, 1}},
                       {"long", {96, 8, 512, 8, 2000, 3e-3, 3}},
                       {"paper", {256, 8, 8192, 1, 8000, 1e-3, 3}}});
  command->add_option("--systems", o->systems, "Some of transxssm,llama3,mamba2,jamba")->capture_default_str();
  command->add_option("--factor", o->factor, "Evaluated up to so many times the length of training")
      ->check(CLI::Range(2, 64))
      ->capture_default_str();
  command->add_option("--windows", o->windows, "Windows of validation text")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--bins", o->bins, "Points of each curve")->check(CLI::PositiveNumber)->capture_default_str();
  command->callback([=] { o->run(); });
}

}  // namespace experiments
