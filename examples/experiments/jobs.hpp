// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <functional>
#include <nlohmann/json.hpp>
#include "learner.hpp"

namespace experiments {

using json = nlohmann::ordered_json;

/// One model of an experiment: trained and evaluated by itself, in a directory of its own. work(how) gives what came out,
/// or nothing if the time was over before; `how` says where, with how many threads, and for how long.
struct job {
  std::string name;
  std::function<std::optional<json>(training::run_options how)> work;
};

/// Does all jobs, o.at_once of them at a time, until o.minutes are over, and calls publish(results) with those that are
/// there, in the order of jobs, after each that is finished, and at the end. What came out of a job is kept, and not done
/// again. What a job throws is thrown here, after those that run beside it have come to an end.
///
/// Throws transxssm::file_error if o.directory holds another experiment: `same` is what has to be the same.
void carry_out(experiment_options const& o, std::map<std::string, std::string> const& same,
               std::vector<job> const& jobs, std::function<void(std::vector<json> const&)> const& publish);

/// What training::run has to be told of all models alike.
training::run_options training_of(extent const& e, std::uint64_t seed, training::run_options how,
                                  std::map<std::string, std::string> same);

/// All of them as JSON, one a line.
std::string lines_of(std::vector<json> const& objects);

}  // namespace experiments
