// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT

// transxssm_train: one of the paper's four systems, from random weights to a model that has read a text.
#include <CLI/CLI.hpp>
#include "train_text.hpp"

namespace {

void add_options(CLI::App& program, training::train_options& o) {
  program.add_option("text", o.text, "Any file; chapters are what empty lines separate, and every tenth is held out")
      ->required()
      ->check(CLI::ExistingFile);
  program.add_option("--out", o.directory, "Where the training is kept, and the model in the end")->required();
  program.add_option("--system", o.system, "Which of the four")
      ->check(CLI::IsMember({"transxssm", "llama3", "mamba2", "jamba"}));
  program.add_option("--d-model", o.d_model, "Features of a token")->check(CLI::Range(16, 65536));
  program.add_option("--layers", o.layers, "How many")->check(CLI::Range(1, 1024));
  program.add_option("--length", o.length, "Bytes of a row")->check(CLI::Range(1, 1 << 24));
  program.add_option("--rows", o.rows, "Rows of a batch")->check(CLI::Range(1, 65536));
  program.add_option("--batches", o.batches, "Batches of a step, which threads share")->check(CLI::Range(1, 65536));
  program.add_option("--steps", o.steps, "Steps of the whole training")->check(CLI::PositiveNumber);
  program.add_option("--learning-rate", o.learning_rate, "The highest")->check(CLI::NonNegativeNumber);
  program.add_option("--weight-decay", o.weight_decay, "Of matrices")->check(CLI::NonNegativeNumber);
  program.add_option("--threads", o.threads, "How many threads work")->check(CLI::Range(1, 1024));
  program.add_option("--seed", o.seed, "Of weights, rows, and the sample");
  program.add_option("--dtype", o.dtype, "What weights are stored in; with bfloat16 they are trained in float32")
      ->check(CLI::IsMember({"float32", "bfloat16"}));
  program.add_option("--minutes", o.minutes, "Stops after so long; the same command goes on")
      ->check(CLI::PositiveNumber);
  program.add_option("--stop-at", o.stop_at, "Stops after this step; the same command goes on")
      ->check(CLI::PositiveNumber);
  program.add_flag("--packed", o.packed, "Rows hold chapters that do not see each other");
  program.add_option("--prompt", o.prompt, "What the sample begins with; by default, what is held out begins with");
  program.add_option("--sample", o.sample, "Bytes of the sample")->check(CLI::NonNegativeNumber);
  for (CLI::Option* option : program.get_options())
    if (!option->get_required()) option->capture_default_str();
}

}  // namespace

int main(int argc, char** argv) {
  training::train_options o;
  CLI::App program(
      "Trains a language model of bytes on a text, and lets it go on with a sentence.\n"
      "  transxssm_train kjv.txt --out build/kjv         a million parameters, about ten minutes of 2 cores");
  add_options(program, o);
  try {
    program.parse(argc, argv);
    Eigen::setNbThreads(1);  // threads are taken where --threads says so, and nowhere else
    o.dtype == "bfloat16" ? training::train_text<Eigen::bfloat16>(o) : training::train_text<float>(o);
  } catch (CLI::ParseError const& e) { return program.exit(e); } catch (std::exception const& e) {
    std::fprintf(stderr, "error: %s\n", e.what());
    return 1;
  }
}
