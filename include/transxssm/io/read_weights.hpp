// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <set>
#include <string>
#include <vector>
#include "checkpoint.hpp"
#include "numbers.hpp"
#include "weight_ref.hpp"

namespace transxssm {

/// What keeps the tensors of a file from being these weights: one line each. Names in `ignored` are not missed if the
/// model has no place for them.
template<storable S>
std::string differences(tensor_table const& tensors, std::vector<weight_ref<S>> const& weights,
                        std::vector<std::string> const& ignored) {
  std::string lines;
  auto line = [&](std::string const& name, std::string const& wrong) {
    lines += "\n  " + in_quotes(name) + " " + wrong;
  };
  std::set<std::string_view> known(ignored.begin(), ignored.end());
  for (weight_ref<S> const& w : weights) {
    known.insert(w.name);
    stored_tensor const* t = tensors.find(w.name);
    if (!t) line(w.name, in_parentheses(w.shape) + " is missing");
    else if (t->shape != w.shape)
      line(w.name, "is " + in_parentheses(t->shape) + ", expected " + in_parentheses(w.shape));
    else if (!is_floating(t->type))
      line(w.name, "is " + std::string(t->type.name) + ", expected F64, F32, BF16 or F16");
  }
  for (stored_tensor const& t : tensors)
    if (!known.contains(t.name)) line(t.name, in_parentheses(t.shape) + " is none of the model's");
  return lines;
}

/// Fills a model's weights with the numbers of a checkpoint, each rounded to the nearest S.
///
///     read_weights(checkpoint("directory"), std::vector<weight_ref<float>>{{"embedding.weight", {V, D}, E.data()}, ...});
///
/// Each weight has to be there in its shape, and each tensor has to be a weight, or one of the names in `ignored`. Else
/// throws file_error with all that differs, by name and with both shapes, before anything is written.
/// Cost: one pass over the file and the weights; no memory but theirs.
template<storable S>
void read_weights(checkpoint const& from, std::vector<weight_ref<S>> const& weights,
                  std::vector<std::string> const& ignored = {}) {
  if (auto lines = differences(from.tensors(), weights, ignored); !lines.empty())
    throw file_error(from.path(), "these are not the weights of this model:" + lines);
  for (weight_ref<S> const& w : weights) {
    stored_tensor const& t = from.tensor(w.name);
    decode(t.type, t.bytes, w.data);
  }
}

}  // namespace transxssm
