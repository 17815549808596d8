// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <transxssm/model/cache.hpp>
#include <memory>

namespace program {

using namespace transxssm;
using logits_matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using how_t = policy<cpu, workspace>;

/// A model, whatever its weights are stored in: compiled once, in any_model.cpp, and used by all commands.
class any_model {
 public:
  virtual ~any_model() = default;
  virtual model_config const& config() const = 0;
  /// As hybrid.
  virtual void operator()(token_batch const&, model_cache<float>&, Eigen::Ref<logits_matrix>, logits_of,
                          how_t) const = 0;
};

enum class storage { float32, bfloat16 };

/// From a directory with config.json and safetensors; throws file_error.
std::unique_ptr<any_model> load(std::string const& directory, storage);
/// With random weights.
std::unique_ptr<any_model> random(model_config const&, storage, std::uint64_t seed);

}  // namespace program
