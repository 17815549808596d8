// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>
#include "../core/view.hpp"

/// What the verifications return: plain data, one struct each, with a verdict `holds`, what was measured, and the bound
/// that it was held against. text.hpp prints them.
namespace transxssm::verify {

/// Told how far a verification has come, from 0 to 1. An empty one is not called.
using progress = std::function<void(double fraction)>;

/// An error somewhere along the sequence, beside the bound that was derived for it. Both are relative to |q||k|.
struct error_at {
  index_t position = 0;
  double error = 0, bound = 0;
};

/// The first position at which the error was seen to exceed `threshold`, or none up to the furthest one. No position
/// before `proven` can exceed it: there the derived bound is below the threshold.
struct first_exceeding {
  double threshold = 0;
  std::optional<index_t> position = {};
  index_t proven = 0;
};

/// Eq. 4, <f(q, m), f(k, n)> = q R_{n-m} k^T, over all pairs (m, n) of a grid of positions. See relative_position.hpp.
struct relative_position_report {
  std::string name = {};               // what was verified: "Q.K, float table, angles exact"
  bool holds = false;                  // every error is within its bound
  index_t features = 0, furthest = 0;  // d, and the largest position
  index_t scores = 0;                  // how many scores were measured
  double largest_error = 0;            // |score - exact| / (|q||k|)
  double largest_bound = 0;            // the largest of the bounds
  double largest_ratio = 0;            // the largest error / bound, at (worst_m, worst_n)
  index_t worst_m = 0, worst_n = 0;
  std::vector<error_at> curve = {};           // ordered by position max(m, n): the largest error and bound there
  std::vector<first_exceeding> exceeds = {};  // at 1e-4, 1e-3, 1e-2, 1e-1, for pairs (m, m - r), r small, and (m, 0)
};

/// One form, held against the definition in a scalar of higher precision.
struct form_error {
  std::string form = {};
  double error = 0;    // relative L2
  double ratio = 0;    // error / bar
  bool holds = false;  // error <= bar
};

/// The same product in every form: the semiseparable duality, or the two forms of softmax. See duality.hpp.
struct duality_report {
  std::string name = {};
  bool holds = false;  // every form within the bar, and every two within twice the bar of each other
  index_t T = 0, N = 0, P = 0;
  double bar = 0;  // relative L2
  double largest_error = 0, largest_disagreement = 0;
  std::vector<form_error> forms = {};
};

/// Token t was changed; what changed before it, and did anything change from it on? See causality.hpp.
struct causality_report {
  std::string name = {};
  bool holds = false;         // no leak, and no token without effect
  index_t T = 0, tokens = 0;  // the length; how many tokens were changed, one at a time
  struct leak {
    index_t token = 0, row = 0;
  };
  std::vector<leak> leaks = {};              // changing `token` changed the bits of `row` < token (the first such row)
  std::vector<index_t> without_effect = {};  // changing this token did not change its own row
};

/// All positions moved by p. See shift.hpp.
struct shift_error {
  index_t shift = 0;
  double error = 0, bound = 0;              // of the output, relative L2
  double state_error = 0, state_bound = 0;  // of the last state, relative L2 (0 for attention, which has none here)
  bool holds = false;
};
struct shift_report {
  std::string name = {};
  bool holds = false;  // for every shift
  index_t T = 0;
  double largest_error = 0, largest_ratio = 0;
  std::vector<shift_error> shifts = {};
};

/// An enclosure of the exact product of these very inputs, and so a theorem about this very result. See certified.hpp.
struct certified_report {
  std::string name = {};
  bool holds = false;            // `consistent`, `encloses_result`, and relative_error <= bar
  bool consistent = false;       // the enclosures by all forms meet in every entry
  bool encloses_result = false;  // intervals in the result's own precision enclose the result
  index_t entries = 0;
  double width = 0;           // of the widest entry of the enclosure
  double largest_error = 0;   // proven: no entry of the result is further than this from the exact one
  double relative_error = 0;  // proven: ||result - exact|| / ||exact||, at most
  double bar = 0;
};

}  // namespace transxssm::verify
