// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "format.hpp"
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>

namespace demo {
namespace {

constexpr char const* minus = "\u2212";
constexpr char const* narrow_space = "\u202f";

std::string printed(char const* how, int digits, double value) {
  char text[64];
  std::snprintf(text, sizeof text, how, digits, value);
  return text;
}

}  // namespace

std::string superscript(int value) {
  constexpr char const* raised[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = value < 0 ? "⁻" : "";
  for (char digit : std::to_string(std::abs(value))) text += raised[digit - '0'];
  return text;
}

std::string fixed(double value, int digits) {
  std::string const size = printed("%.*f", digits, std::abs(value));
  bool const zero = size.find_first_not_of("0.") == std::string::npos;
  return value < 0 && !zero ? minus + size : size;
}

std::string plain(double value) {
  std::string const size = printed("%.*g", 6, std::abs(value));
  return value < 0 ? minus + size : size;
}

std::string scientific(double value, int digits) {
  if (std::isnan(value)) return "not a number";
  if (std::isinf(value)) return value < 0 ? minus + std::string("∞") : "∞";
  if (value == 0) return "0";
  double const size = std::abs(value);
  if (size >= 0.01 && size < 1000) return fixed(value, size < 1 ? digits + 1 : size < 10 ? digits : size < 100 ? 1 : 0);
  std::string const text = printed("%.*e", digits - 1, size);
  auto const e = text.find('e');
  return (value < 0 ? minus : "") + text.substr(0, e) + "·10" + superscript(std::stoi(text.substr(e + 1)));
}

std::string compared(double ratio, std::string const& with) {
  return ratio < 10 ? fixed(100 * ratio, 0) + "\u202f% of " + with : scientific(ratio) + " times " + with;
}

std::string grouped(std::ptrdiff_t value) {
  std::string const digits = std::to_string(value < 0 ? -value : value);
  std::string text = value < 0 ? minus : "";
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0 && digits.size() > 4) text += narrow_space;
    text += digits[i];
  }
  return text;
}

std::string power_of_two(std::ptrdiff_t value) {
  if (value < 2 || !std::has_single_bit(static_cast<std::uint64_t>(value))) return grouped(value);
  return std::string("2").append(superscript(std::countr_zero(static_cast<std::uint64_t>(value))));
}

std::string duration(double seconds) {
  struct unit {
    double size;
    char const* name;
  };
  for (unit u : {unit{1, " s"}, unit{1e-3, " ms"}, unit{1e-6, " µs"}})
    if (seconds >= u.size) {
      double const value = seconds / u.size;
      return fixed(value, value < 10 ? 2 : value < 100 ? 1 : 0) + u.name;
    }
  return fixed(seconds * 1e9, 0) + " ns";
}

}  // namespace demo
