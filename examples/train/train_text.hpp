// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <transxssm/io/model.hpp>
#include <transxssm/model/generate.hpp>
#include <transxssm/model/initialize.hpp>
#include "ngram.hpp"
#include "run.hpp"
#include "small_model.hpp"

namespace training {

namespace fs = std::filesystem;

/// What is to be trained on which text. The defaults are about a million parameters for about ten minutes of 2 cores.
struct train_options {
  fs::path text, directory;
  std::string system = "transxssm", dtype = "float32", prompt;
  index_t d_model = 128, layers = 5, length = 256, rows = 8, batches = 2, steps = 1200, stop_at = 0;
  double learning_rate = 3e-3, weight_decay = 0.1, minutes = 0;
  int threads = 2;
  std::uint64_t seed = 1;
  bool packed = false;
  index_t sample = 400;  // bytes to write at the end
};

/// All of a file. Throws file_error.
inline std::string bytes_of(fs::path const& path) {
  mapped_file const file(path);
  return {reinterpret_cast<char const*>(file.bytes().data()), file.bytes().size()};
}

/// By which a text is known again: its length, and FNV-1a.
inline std::string checksum(std::string_view text) {
  std::uint64_t sum = 0xcbf29ce484222325;
  for (char c : text) sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return std::to_string(text.size()) + " bytes, " + std::to_string(sum);
}

/// At most so many of them, from all over.
inline std::vector<text_batch> spread(std::vector<text_batch> const& all, std::size_t most) {
  std::vector<text_batch> some;
  for (std::size_t i = 0, n = std::min(most, all.size()); i < n; ++i) some.push_back(all[i * all.size() / n]);
  return some;
}

/// A directory for a training: new, empty, or that of one. Another model that is there stays there.
inline void expect_place(fs::path const& directory) {
  std::error_code unknown;
  if (exists(directory, unknown) && !is_directory(directory, unknown)) throw file_error(directory, "is no directory");
  if (exists(directory / "config.json", unknown) && !exists(directory / "state.safetensors", unknown))
    throw file_error(directory, "holds a model, and no training that could go on");
}

/// Trains, as far as time permits; saves the model as it is; says how good it is, and lets it speak.
template<class S>
void train_text(train_options const& o) {
  expect_place(o.directory);
  std::string const text = bytes_of(o.text);
  text_split const split(text, part_starts(text));
  auto const held_out = validation_batches(split.validation, o.length, o.rows);
  text_data data(split.training, {.length = o.length, .count = o.rows, .packed = o.packed, .seed = o.seed});
  hybrid<S> model(small_model(o.system, o.d_model, o.layers));
  initialize(model, o.seed);

  auto const parameters = model.config().parameters();
  std::printf("%s: %zu bytes, of which %zu are held out, %td of %td parts\n", o.text.c_str(), text.size(),
              split.validation.bytes.size(), split.validation.count(),
              split.validation.count() + split.training.count());
  std::printf("%s, %s: %td parameters, %td layers of %td features\n", o.system.c_str(), o.dtype.c_str(), parameters,
              o.layers, o.d_model);
  std::printf("counting 5-grams: %.3f bits per byte held out\n",
              ngram_model(split.training.bytes).bits_per_byte(split.validation.bytes));
  std::fflush(stdout);

  run_options how;
  how.settings.learning_rate = {.peak = o.learning_rate, .steps = o.steps};
  how.settings.optimiser.decay = o.weight_decay;
  how.batches = o.batches, how.seed = o.seed, how.where.threads = o.threads, how.directory = o.directory;
  if (o.minutes > 0) how.seconds = 60 * o.minutes;
  if (o.stop_at > 0) how.stop_at = o.stop_at;
  how.same = {{"text", checksum(text)},
              {"dtype", o.dtype},
              {"length", std::to_string(o.length)},
              {"rows", std::to_string(o.rows)},
              {"packed", o.packed ? "yes" : "no"}};
  run_result const done = run(model, data, o.length, spread(held_out, 16), how);
  save_model(o.directory, model);

  double const tokens = double(done.steps * o.batches * o.rows * o.length);
  std::printf("step %td of %td: %.2f million bytes in %s, %.0f a second\n", done.steps, o.steps, tokens / 1e6,
              duration(done.seconds).c_str(), tokens / std::max(done.seconds, 1e-9));
  if (!done.finished) std::printf("The same command goes on.\n");
  trainer<S> judge(model, o.length, how.settings);
  std::printf("%s held out, all of it\n\n", bits(judge.loss(how.where, held_out)).c_str());

  auto const prompt = tokens_of_bytes(o.prompt.empty() ? split.validation.bytes.substr(0, 32) : o.prompt);
  model_cache<accumulator_t<S>> cache(model.config(), index_t(prompt.size()) + o.sample);
  auto const more = generate(model, cache, {prompt},
                             {.max_tokens = o.sample, .how = {.temperature = 0.8, .top_p = 0.95, .seed = o.seed}});
  std::printf("%s%s\n", bytes_of_tokens(prompt).c_str(), bytes_of_tokens(more[0]).c_str());
}

}  // namespace training
