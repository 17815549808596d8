// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <CLI/CLI.hpp>
#include <memory_resource>
#include "any_model.hpp"

namespace program {

/// Which model, how it is stored, and how many threads work: the same options for every command that needs one.
struct model_options {
  std::string directory, preset, dtype = "float32";
  int threads = 2;
  std::uint64_t weights_seed = 0;

  void add_to(CLI::App& command);
  std::unique_ptr<any_model> model() const;
  how_t how() { return {cpu{threads}, workspace{&memory}}; }

  std::pmr::unsynchronized_pool_resource memory;  // what a step needs, the next one finds here
};

storage storage_of(std::string const& dtype);

}  // namespace program
