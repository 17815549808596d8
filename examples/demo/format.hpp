// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <string>

namespace demo {

/// 3.2e-07 as people write it: "3.2·10⁻⁷"; numbers near 1 stay plain, 0 is "0".
std::string scientific(double value, int digits = 2);

/// 0.5, 2.5, 6: as few digits as a round number has.
std::string plain(double value);

/// With so many digits after the point, and a true minus sign.
std::string fixed(double value, int digits);

/// 16384 with narrow spaces between groups of three.
std::string grouped(std::ptrdiff_t value);

/// "2¹⁴" for 16384, otherwise grouped.
std::string power_of_two(std::ptrdiff_t value);

/// A whole number in raised digits: "⁻⁷".
std::string superscript(int value);

/// "43 % of its bound", or "1.7·10⁶ times its bound" where it is far beyond.
std::string compared(double ratio, std::string const& with);

/// Seconds as "1.24 s", "3.8 ms", "120 µs" or "95 ns".
std::string duration(double seconds);

}  // namespace demo
