// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <transxssm/io/read_tensor.hpp>
#include <transxssm/io/safetensors.hpp>
#include "io/files.hpp"

namespace io_safetensors {

using namespace transxssm;
using namespace test_files;
using std::string_literals::operator""s;

// Written by hand: 119 bytes of header, so that no number lies at a multiple of its size.
std::string const golden =
    "\x77\0\0\0\0\0\0\0"
    R"({"b":{"dtype":"BF16","shape":[2],"data_offsets":[8,12]},"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}} )"
    "       "
    "\0\0\x80\x3f"  // 1
    "\0\0\x20\xc0"  // -2.5
    "\x49\x40"      // 3.140625
    "\x80\x7f"s;    // infinity

TEST_CASE("a file written by hand, at any address") {
  directory const here;
  write(here / "f", golden);
  safetensors const file(here / "f");
  CHECK(file.path() == here / "f");
  CHECK(file.tensors().size() == 2);
  CHECK(file.tensor("a").shape == std::vector<index_t>{1, 2});
  CHECK(reinterpret_cast<std::uintptr_t>(file.tensor("a").bytes.data()) % 4 != 0);
  CHECK(read_tensor<float>(file, "a") == std::vector<float>{1, -2.5f});
  CHECK(read_tensor<double>(file, "a") == std::vector<double>{1, -2.5});
  CHECK(read_tensor<Eigen::half>(file, "a") == std::vector{Eigen::half(1.f), Eigen::half(-2.5f)});
  CHECK(read_tensor<float>(file, "b") == std::vector<float>{3.140625f, INFINITY});
}

TEST_CASE("a tensor's bytes are there as long as a copy of the file") {
  directory const here;
  write(here / "f", golden);
  auto file = std::make_unique<safetensors>(here / "f");
  safetensors const copy = *file, moved = std::move(*file);
  file.reset();
  CHECK(read_tensor<float>(copy, "a") == read_tensor<float>(moved, "a"));
}

TEST_CASE("what cannot be read is an error with the names of file and tensor") {
  directory const here;
  std::string const text = R"({"i":{"dtype":"I64","shape":[1,1],"data_offsets":[0,8]}})";
  write(here / "f", safetensors_bytes(text, 8));
  safetensors const file(here / "f");
  std::string const f = (here / "f").string();
  CHECK(thrown<file_error>([&] { file.tensor("w"); }) == f + ": there is no tensor \"w\"");
  CHECK(thrown<file_error>([&] { read_tensor<float>(file, "w"); }) == f + ": there is no tensor \"w\"");
  CHECK(thrown<file_error>([&] { read_tensor<float>(file, "i"); }) ==
        f + ": tensor \"i\" (1, 1) is I64, expected F64, F32, BF16 or F16");
  CHECK(file.tensor("i").bytes.size() == 8);  // listed it is
  CHECK(thrown<file_error>([&] { safetensors none(here / "none"); }) ==
        (here / "none").string() + ": No such file or directory");
  write(here / "empty", "");
  CHECK(thrown<std::runtime_error>([&] { safetensors none(here / "empty"); }) ==
        (here / "empty").string() + ": is no safetensors file: it has 0 bytes, expected at least 8");
}

}  // namespace io_safetensors
