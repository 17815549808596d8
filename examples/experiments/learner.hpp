// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <memory>
#include <transxssm/model/hybrid.hpp>
#include <transxssm/train/text_data.hpp>
#include "../train/run.hpp"
#include "options.hpp"

// What experiments do with models, compiled once.
namespace experiments {

using namespace transxssm;
using model = hybrid<float>;

/// Batches to learn from: see training::batch_source.
struct any_source {
  virtual ~any_source() = default;
  virtual void next(text_batch& batch) = 0;
  virtual text_position position() const = 0;
  virtual void seek(text_position at) = 0;
};

/// A text, in rows.
struct text_source final : any_source {
  text_data data;
  text_source(documents const& text, text_rows const& rows) : data(text, rows) {}
  void next(text_batch& batch) override { data.next(batch); }
  text_position position() const override { return data.position(); }
  void seek(text_position at) override { data.seek(at); }
};

/// A model before its first step.
model new_model(model_config const& config, std::uint64_t seed);
/// The same weights with other positions: only what is no weight may differ.
model with_config(model& from, model_config const& config);

training::run_result learn(model& m, any_source& data, index_t longest, std::span<text_batch const> validation,
                           training::run_options const& how);
/// Mean of -log p(target), in nats.
double loss_of(model& m, std::span<text_batch const> batches, index_t longest, cpu where);
/// -log p(target) of each token.
std::vector<double> losses_of(model& m, text_batch const& batch, index_t longest, cpu where);
/// Logits of every token, (T, vocab_size).
model::matrix logits_for(model const& m, std::vector<token> const& tokens, cpu where);

/// How many batches the rows of a step are shared out to: two threads then never change a bit.
inline index_t batches_of(extent const& e) { return e.rows % 2 == 0 ? 2 : 1; }

}  // namespace experiments
