// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <cmath>
#include <transxssm/io/numbers.hpp>

namespace io_numbers {

using namespace transxssm;
using Eigen::bfloat16, Eigen::half;

/// sign, exponent and fraction as the formats have them, in double, which holds each of their numbers.
double by_definition(unsigned bits, int exponent_bits, int fraction_bits) {
  int const bias = (1 << (exponent_bits - 1)) - 1;
  int const exponent = int(bits >> fraction_bits) & ((1 << exponent_bits) - 1);
  double const fraction = std::ldexp(double(bits & ((1u << fraction_bits) - 1)), -fraction_bits);
  double const sign = bits >> 15 ? -1 : 1;
  if (exponent == (1 << exponent_bits) - 1) return fraction == 0 ? sign * INFINITY : NAN;
  return sign * (exponent == 0 ? std::ldexp(fraction, 1 - bias) : std::ldexp(1 + fraction, exponent - bias));
}

template<class Stored>
void every_pattern(int exponent_bits, int fraction_bits) {
  std::vector<std::byte> bytes;
  for (unsigned i = 0; i < 65536; ++i) bytes.push_back(std::byte(i & 0xff)), bytes.push_back(std::byte(i >> 8));
  std::vector<float> as_float(65536);
  std::vector<double> as_double(65536);
  std::vector<Stored> as_stored(65536);
  CHECK(decode(dtype_of<Stored>, bytes, as_float.data()));
  CHECK(decode(dtype_of<Stored>, bytes, as_double.data()));
  CHECK(decode(dtype_of<Stored>, bytes, as_stored.data()));
  int wrong = 0;
  for (unsigned i = 0; i < 65536; ++i) {
    double const x = by_definition(i, exponent_bits, fraction_bits);
    bool const same = std::isnan(x) ? std::isnan(as_float[i]) && std::isnan(as_double[i])
                                    : double(as_float[i]) == x && as_double[i] == x;
    wrong += !same || std::signbit(as_float[i]) != bool(i >> 15);
  }
  CHECK(wrong == 0);
  CHECK(encode<Stored>(as_stored.data(), 65536) == bytes);  // also the NaNs
}

TEST_CASE("each number of 16 bits is what its format says") {
  every_pattern<bfloat16>(8, 7);
  every_pattern<half>(5, 10);
}

template<class S>
std::string hex(S x) {
  std::string text;
  for (std::byte b : encode<S>(&x, 1)) text += "0123456789abcdef"[int(b) >> 4], text += "0123456789abcdef"[int(b) & 15];
  return text;
}

TEST_CASE("numbers are stored little-endian") {
  CHECK(hex(1.5f) == "0000c03f");
  CHECK(hex(-2.0) == "00000000000000c0");
  CHECK(hex(bfloat16(1.5f)) == "c03f");
  CHECK(hex(half(1.5f)) == "003e");
}

TEST_CASE("numbers are rounded to the nearest, ties to even") {
  auto rounded = [](float x) { return float(rounded_to<bfloat16>(x)); };
  CHECK(rounded(1 + 0x1p-8f) == 1);  // in the middle of 1 and 1 + 2^-7
  CHECK(rounded(1 + 0x1p-8f + 0x1p-20f) == 1 + 0x1p-7f);
  CHECK(rounded(1 + 3 * 0x1p-8f) == 1 + 0x1p-6f);
  CHECK(float(rounded_to<half>(1 + 0x1p-11f)) == 1);
  CHECK(float(rounded_to<half>(1 + 3 * 0x1p-11f)) == 1 + 0x1p-9f);
  CHECK(rounded_to<float>(1 + 0x1p-24) == 1);
  CHECK(std::isinf(float(rounded_to<half>(1e6f))));
  CHECK(rounded_to<double>(0.1f) == double(0.1f));
  CHECK(float(rounded_to<half>(bfloat16(1.5f))) == 1.5f);
}

TEST_CASE("at any address, and only whole numbers of floating types") {
  std::vector<float> const x{1, -2, 3.5f, 1e-40f};
  auto bytes = encode<float>(x.data(), 4);
  for (std::size_t shift = 0; shift < 8; ++shift) {
    std::vector<std::byte> moved(shift + bytes.size());
    std::memcpy(moved.data() + shift, bytes.data(), bytes.size());
    std::vector<float> y(4);
    CHECK(decode({"F32", 32}, std::span(moved).subspan(shift), y.data()));
    CHECK(x == y);
  }
  float untouched[2] = {7, 7};
  CHECK(decode({"F32", 32}, std::span(bytes).first(7), untouched));  // one, and three bytes
  CHECK((untouched[0] == 1 && untouched[1] == 7));
  int floating = 0;
  for (dtype type : dtypes) {
    bool const read = decode(type, bytes, std::vector<double>(16).data());
    CHECK(read == is_floating(type));
    floating += read;
  }
  CHECK(floating == 4);
}

}  // namespace io_numbers
