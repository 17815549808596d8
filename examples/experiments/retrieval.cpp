// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "../train/retrieval.hpp"
#include <cstdio>
#include <memory>
#include "../train/associative_recall.hpp"
#include "../train/needle.hpp"
#include "../train/small_model.hpp"
#include "commands.hpp"
#include "jobs.hpp"
#include "statistics.hpp"

namespace experiments {

namespace {

using training::associative_recall, training::needle_in_a_haystack, training::task_sequence;
static_assert(task_sequence::not_asked == no_target);

/// Sequences of a task, a function of seed and number, so that a position is a number.
struct task_source final : any_source {
  using draw = std::function<task_sequence(random_numbers&)>;

  draw one;
  index_t count;
  std::uint64_t seed;
  std::int64_t batches = 0;

  task_source(draw d, index_t of_each_batch, std::uint64_t s) : one(std::move(d)), count(of_each_batch), seed(s) {}

  void next(text_batch& batch) override {
    batch.clear();
    random_numbers random(seed + 0x9e3779b97f4a7c15 * (std::uint64_t(batches++) + 1));
    for (index_t i = 0; i < count; ++i) {
      task_sequence const s = one(random);
      for (token id : s.tokens) batch.inputs.append(id);
      batch.inputs.end_sequence();
      auto const targets = s.targets();
      batch.targets.insert(batch.targets.end(), targets.begin(), targets.end());
    }
  }
  text_position position() const override { return {0, batches}; }
  void seek(text_position at) override { batches = at.row; }
};

/// What is asked in training, where length and difficulty are mixed, and in each cell of a map. A cell's "row" is how deep
/// the needle is, or how many pairs there are.
struct task {
  std::string name, row;
  task_source::draw in_training;
  std::vector<double> rows;
  std::vector<index_t> lengths;
  std::function<task_sequence(index_t length, double row, random_numbers&)> in_cell;
};

index_t drawn_between(index_t least, index_t most, random_numbers& random) {
  return least + index_t(random.below(std::uint64_t(most - least + 1)));
}

task needle(corpus const& text, index_t T) {
  return {"needle",
          "depth",
          [&text, T](random_numbers& random) {
            index_t const length = drawn_between(T / 4, T, random);
            return needle_in_a_haystack{length, random.uniform()}(text.training.bytes, random);
          },
          {0, 0.25, 0.5, 0.75, 1},
          {T / 4, T / 2, T, 2 * T},
          [&text](index_t length, double depth, random_numbers& random) {
            return needle_in_a_haystack{length, depth}(text.validation.bytes, random);
          }};
}

task recall(index_t T) {
  constexpr index_t tokens = 64;  // 31 keys, 32 values
  std::vector<double> rows;
  for (index_t pairs = 2; pairs <= std::min<index_t>(16, T / 16); pairs *= 2) rows.push_back(double(pairs));
  return {"recall",
          "pairs",
          [T, most = index_t(rows.back())](random_numbers& random) {
            index_t const length = drawn_between(T / 4, T, random);
            return associative_recall{length, drawn_between(1, most, random), tokens}(random);
          },
          rows,
          {T / 4, T / 2, T, 2 * T},
          [](index_t length, double pairs, random_numbers& random) {
            return associative_recall{length, index_t(pairs), tokens}(random);
          }};
}

struct retrieval_options : experiment_options {
  std::string systems, tasks;
  index_t trials = 32;

  void run() const {
    extent const e = chosen();
    if (e.length < 256)
      refuse("retrieval", "--length", e.length, "tokens", "at least 256, to hold a needle in a quarter of it");
    corpus const text(*this, 2 * e.length);
    auto same = described();
    same["trials"] = std::to_string(trials);
    std::vector<task> const all{needle(text, e.length), recall(e.length)};
    auto const wanted = names_in(tasks, {"needle", "recall"});

    std::vector<job> jobs;
    for (int seed = 1; seed <= e.seeds; ++seed)
      for (task const& t : all)
        for (std::string const& system : names_in(systems, {"transxssm", "llama3", "mamba2", "jamba"}))
          if (std::ranges::find(wanted, t.name) != wanted.end())
            jobs.push_back(
                {t.name + "-" + system + "-" + std::to_string(seed), [&, seed, system](training::run_options how) {
                   return one(t, system, e, std::uint64_t(seed),
                              training_of(e, std::uint64_t(seed), std::move(how), same));
                 }});
    carry_out(*this, same, jobs, [&](std::vector<json> const& runs) { publish(all, runs, e.length); });
    std::fputs(file_text(directory / "table.md").c_str(), stdout);
  }

  std::optional<json> one(task const& t, std::string const& system, extent const& e, std::uint64_t seed,
                          training::run_options how) const {
    how.same["task"] = t.name;
    model m = new_model(training::small_model(system, e.d_model, e.layers), seed);
    task_source data(t.in_training, e.rows / how.batches, seed);
    auto const done = learn(m, data, e.length, {}, how);
    if (!done.finished) return {};
    json cells = json::array();
    random_numbers random(seed ^ 0xd1b54a32d192ed03);  // none of those of training
    for (index_t of_length : t.lengths)
      for (double row : t.rows) {
        training::retrieval_score score;
        for (index_t i = 0; i < trials; ++i) {
          task_sequence const s = t.in_cell(of_length, row, random);
          score.add(s, logits_for(m, s.tokens, how.where));
        }
        cells.push_back({{"model", system},
                         {"task", t.name},
                         {"seed", seed},
                         {"length", of_length},
                         {t.row, row},
                         {"accuracy", score.accuracy()},
                         {"exact", score.exact()}});
      }
    return json{{"task", t.name},    {"model", system},         {"seed", seed},
                {"loss", done.loss}, {"seconds", done.seconds}, {"cells", cells}};
  }

  /// Cells as lines, for the maps, and their means over each length as a table.
  void publish(std::vector<task> const& all, std::vector<json> const& runs, index_t T) const {
    std::string md;
    for (task const& t : all) {
      std::vector<json> cells;
      std::vector<std::string> order;
      std::map<std::string, std::map<index_t, std::map<int, std::vector<double>>>> accuracy;  // by model, length, seed
      for (json const& run : runs)
        if (run.at("task") == t.name)
          for (json const& c : run.at("cells")) {
            cells.push_back(c);
            auto const name = c.at("model").get<std::string>();
            if (accuracy.find(name) == accuracy.end()) order.push_back(name);
            accuracy[name][c.at("length").get<index_t>()][c.at("seed").get<int>()].push_back(
                c.at("accuracy").get<double>());
          }
      if (cells.empty()) continue;
      write_file(directory / (t.name + ".jsonl"), lines_of(cells));
      md += "| " + t.name + ", accuracy in % |", md += " seeds |";
      std::string rule = "|---|---|";
      for (index_t tokens : t.lengths) md += " length " + std::to_string(tokens) + " |", rule += "---|";
      md += "\n" + rule + "\n";
      for (std::string const& name : order) {
        md += "| " + name + " | " + std::to_string(accuracy[name].begin()->second.size()) + " |";
        for (auto const& [tokens, by_seed] : accuracy[name]) {
          std::vector<double> means;
          for (auto const& [seed, places] : by_seed) means.push_back(100 * estimate(places).mean);
          md += " " + estimate(means).text(1) + " |";
        }
        md += "\n";
      }
      md += "\n";
    }
    md +=
        "Of each token that was asked, over all depths of a needle, or all numbers of pairs; means over seeds ± half "
        "the width of "
        "their 95 % confidence intervals (Student). Guessing gives 10 % of a needle's digits, 3 % of the recalled "
        "values. Trained at lengths " +
        std::to_string(T / 4) + " to " + std::to_string(T) + ". " + sentence() + "\n";
    write_file(directory / "table.md", md);
  }
};

}  // namespace

void add_retrieval(CLI::App& program) {
  auto o = std::make_shared<retrieval_options>();
  auto* command = program.add_subcommand("retrieval",
                                         "A needle in a haystack, and associative recall: the four systems (Figure 5)");
  o->add_to(*command, {{"smoke", {64, 4, 256, 8, 3000, 3e-3, 1}}, {"long", {128, 8, 512, 32, 6000, 1e-3, 3}}});
  command->add_option("--systems", o->systems, "Some of transxssm,llama3,mamba2,jamba (default: all)");
  command->add_option("--tasks", o->tasks, "needle or recall (default: both)");
  command->add_option("--trials", o->trials, "Sequences in each cell of a map")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->callback([=] { o->run(); });
}

}  // namespace experiments
