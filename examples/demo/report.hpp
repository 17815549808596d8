// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <string>
#include "results.hpp"

namespace demo {

/// The whole report as one HTML page.
std::string report(results const& r);

// Its parts, a file each.
std::string report_head(results const& r);               // what is shown, on which text, and the verdicts
std::string report_maps(results const& r);               // the operators as matrices
std::string report_relative_position(results const& r);  // (a)
std::string report_laws(results const& r);               // (b), (c), (d)
std::string report_cost(results const& r);               // time against T
std::string report_learning(results const& r);           // a model, trained on the text
std::string report_foot(results const& r);               // how it was made

/// A few lines for the terminal.
std::string summary(results const& r);

}  // namespace demo
