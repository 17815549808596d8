// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "results.hpp"

/// The laws, measured: the library's verifications, on a text's operands where the law is about operands. `tell` hears
/// which part is done, from 0 to 1.
namespace demo {

using done = transxssm::verify::progress;

/// (a) Tables in bf16, float and double, angles exact, in double and in float, against 100 digits; by rotating rows
/// (Q.K) and by what an SSD layer makes of them (C.B).
std::vector<transxssm::verify::relative_position_report> measure_relative_position(shape const& how, done const& tell);

/// And on the text itself: the two neighbouring bytes that come most often have one score, wherever they stand.
repeated_pair measure_repeated_pair(std::string_view text, operands const& tokens);

/// (b) All forms on the rotated text: float against double, double against long double and 100 digits.
std::vector<transxssm::verify::duality_report> measure_duality(operands const& text, done const& tell);

/// (c) Every form, tokens changed one at a time.
std::vector<transxssm::verify::causality_report> measure_causality(operands const& text, done const& tell);

/// (d) The text moved along.
std::vector<transxssm::verify::shift_report> measure_shift(operands const& text, done const& tell);

}  // namespace demo
