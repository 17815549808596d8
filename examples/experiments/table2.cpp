// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "../train/table2.hpp"
#include <cmath>
#include <cstdio>
#include <memory>
#include <numbers>
#include "commands.hpp"
#include "jobs.hpp"
#include "statistics.hpp"

namespace experiments {

namespace {

using training::table2_cell;

struct table2_options : experiment_options {
  std::string only;

  static std::string id(table2_cell const& c) {
    std::string const modules = c.modules == "Self-Attention" ? "attention"
                                : c.modules == "State-Space"  ? "ssd"
                                                              : "hybrid";
    return modules + (c.positions == "RoPE" ? "-rope" : c.positions == "a_t" ? "-decay" : "-conv");
  }

  void run() const {
    extent const e = chosen();
    corpus const text(*this, e.length);
    auto const same = described();
    std::vector<text_batch> const validation = validation_batches(text.validation, e.length, 8);
    std::span const some(validation.data(), std::min<std::size_t>(validation.size(), 8));  // for the curve

    auto const cells = training::table2_cells(e.d_model, e.layers);
    std::vector<std::string> ids;
    for (auto const& c : cells) ids.push_back(id(c));
    auto const wanted = names_in(only, ids);

    std::vector<job> jobs;  // seed by seed, so that there soon is a whole table
    for (int seed = 1; seed <= e.seeds; ++seed)
      for (auto const& c : cells)
        if (std::ranges::find(wanted, id(c)) != wanted.end())
          jobs.push_back({id(c) + "-" + std::to_string(seed), [&, seed](training::run_options how) {
                            return one(c, e, std::uint64_t(seed), text, validation, some,
                                       training_of(e, std::uint64_t(seed), std::move(how), same));
                          }});
    carry_out(*this, same, jobs, [&](std::vector<json> const& runs) { publish(cells, runs); });
    std::fputs(file_text(directory / "table.md").c_str(), stdout);
  }

  static std::optional<json> one(table2_cell const& c, extent const& e, std::uint64_t seed, corpus const& text,
                                 std::span<text_batch const> validation, std::span<text_batch const> some,
                                 training::run_options const& how) {
    model m = new_model(c.config, seed);
    text_source data(text.training, {.length = e.length, .count = e.rows / how.batches, .seed = seed});
    auto const done = learn(m, data, e.length, some, how);
    if (!done.finished) return {};
    double const nats = loss_of(m, validation, e.length, how.where);
    return json{{"cell", id(c)},
                {"modules", c.modules},
                {"positions", c.positions},
                {"seed", seed},
                {"parameters", c.config.parameters()},
                {"perplexity_per_byte", std::exp(nats)},
                {"bits_per_byte", nats / std::numbers::ln2},
                {"steps_per_second", double(done.steps) / done.seconds}};
  }

  /// That number of all runs of a cell, by seed.
  static std::map<int, double> numbers(std::vector<json> const& runs, std::string const& cell, char const* name) {
    std::map<int, double> all;
    for (json const& r : runs)
      if (r.at("cell") == cell) all[r.at("seed").get<int>()] = r.at(name).get<double>();
    return all;
  }
  static estimate estimate_of(std::map<int, double> const& by_seed) {
    std::vector<double> all;
    for (auto const& [seed, x] : by_seed) all.push_back(x);
    return estimate(all);
  }
  /// x - y of those seeds that both have: they saw the same text in the same order.
  static estimate difference(std::map<int, double> const& x, std::map<int, double> const& y) {
    std::vector<double> all;
    for (auto const& [seed, a] : x)
      if (auto const b = y.find(seed); b != y.end()) all.push_back(a - b->second);
    return estimate(all);
  }

  void publish(std::vector<table2_cell> const& cells, std::vector<json> const& runs) const {
    std::string md =
        "| Modules | Positions | paper: perplexity | ours, per byte | bits per byte | bits more than RoPE "
        "| paper: steps/s | ours | parameters | seeds |\n|---|---|---|---|---|---|---|---|---|---|\n";
    json summary = json::array();
    for (auto const& c : cells) {
      auto const bits = numbers(runs, id(c), "bits_per_byte");
      auto const perplexity = estimate_of(numbers(runs, id(c), "perplexity_per_byte"));
      auto const speed = estimate_of(numbers(runs, id(c), "steps_per_second"));
      std::string const rope = id(c).substr(0, id(c).find('-')) + "-rope";
      auto const more = difference(bits, numbers(runs, rope, "bits_per_byte"));
      char paper[2][16];
      std::snprintf(paper[0], sizeof paper[0], "%.2f", c.paper_perplexity);
      std::snprintf(paper[1], sizeof paper[1], "%.1f", c.paper_steps_per_second);
      for (std::string const& entry :
           {c.modules, c.positions, std::string(paper[0]), perplexity.text(4), estimate_of(bits).text(4),
            id(c) == rope ? "" : more.text(4), std::string(paper[1]), speed.text(2),
            std::to_string(c.config.parameters()), std::to_string(bits.size())})
        md += "| " + entry + " ";
      md += "|\n";
      auto interval = [](estimate const& x) {  // what is infinite or no number becomes null
        return json{{"mean", x.mean}, {"half_width", x.half_width}, {"count", x.count}};
      };
      summary.push_back({{"cell", id(c)},
                         {"modules", c.modules},
                         {"positions", c.positions},
                         {"paper_perplexity", c.paper_perplexity},
                         {"paper_steps_per_second", c.paper_steps_per_second},
                         {"perplexity_per_byte", interval(perplexity)},
                         {"bits_per_byte", interval(estimate_of(bits))},
                         {"bits_more_than_rope", interval(more)},
                         {"steps_per_second", interval(speed)}});
    }
    md +=
        "\nMeans over seeds ± half the width of their 95 % confidence intervals (Student). \"Bits more than RoPE\": of "
        "the same "
        "modules and seeds, pair by pair. " +
        sentence() + "\n";
    write_file(directory / "table.md", md);
    write_file(directory / "table.json",
               json{{"settings", described()}, {"cells", summary}, {"runs", runs}}.dump(2) + "\n");
  }
};

}  // namespace

void add_table2(CLI::App& program) {
  auto o = std::make_shared<table2_options>();
  auto* command =
      program.add_subcommand("table2", "RoPE against Conv1d + D and a_t at equal size and equal tokens (Table 2)");
  o->add_to(*command, {{"smoke", {64, 8, 256, 8, 1000, 4e-3, 2}},
                       {"long", {96, 8, 512, 8, 2000, 3e-3, 3}},
                       {"paper", {256, 8, 8192, 1, 8000, 1e-3, 3}}});
  command->add_option("--only", o->only,
                      "Some cells, as in ssd-rope,ssd-decay: {attention,ssd,hybrid}-rope, {ssd,hybrid}-{conv,decay}");
  command->callback([=] { o->run(); });
}

}  // namespace experiments
