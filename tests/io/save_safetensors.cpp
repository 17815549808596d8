// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <transxssm/io/numbers.hpp>
#include <transxssm/io/read_tensor.hpp>
#include <transxssm/io/safetensors.hpp>
#include <transxssm/io/save_safetensors.hpp>
#include "io/disk.hpp"
#include "io/files.hpp"

namespace io_save_safetensors {

using namespace transxssm;
using namespace test_files;
using std::string_literals::operator""s;

std::vector<std::byte> const three_floats = encode<float>(std::vector<float>{1, -2.5f, 0}.data(), 3);
std::vector<std::byte> const two_bytes{std::byte(7), std::byte(255)};

TEST_CASE("the bytes of a file, written by hand") {
  directory const here;
  save_safetensors(
      here / "f",
      {{"i.8", {"U8", 8}, {2}, two_bytes}, {"w", {"F32", 32}, {1, 3}, three_floats}, {"e", {"F32", 32}, {0}, {}}},
      {{"format", "pt"}});
  std::string const header =
      R"({"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[1,3],"data_offsets":[0,12]},)"
      R"("e":{"dtype":"F32","shape":[0],"data_offsets":[12,12]},)"
      R"("i.8":{"dtype":"U8","shape":[2],"data_offsets":[12,14]}})";
  CHECK(read(here / "f") == "\xc8\0\0\0\0\0\0\0"s + header + " " +  // 199 and 1: a multiple of 8
                                "\0\0\x80\x3f\0\0\x20\xc0\0\0\0\0"
                                "\x07\xff"s);  // the widest numbers first
}

// Printed by safetensors.numpy.save of Python's safetensors 0.8.0.
TEST_CASE("the bytes that Python writes") {
  directory const here;
  std::vector<float> const w{1, -2, 0.5f};
  save_safetensors(here / "f",
                   {{"layer.0.w", {"F32", 32}, {1, 3}, std::as_bytes(std::span(w))}, {"n", {"U8", 8}, {2}, two_bytes}});
  CHECK(read(here / "f") ==
        "\x78\0\0\0\0\0\0\0{\"layer.0.w\":{\"dtype\":\"F32\",\"shape\":[1,3],\"data_offsets\":[0,12]},"
        "\"n\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[12,14]}} "
        "\0\0\x80\x3f\0\0\0\xc0\0\0\0\x3f\x07\xff"s);
  save_safetensors(here / "f", {}, {{"from", "numpy"}});
  CHECK(read(here / "f") == "\x28\0\0\0\0\0\0\0{\"__metadata__\":{\"from\":\"numpy\"}}       "s);
}

TEST_CASE("what is written is read: every dtype, any name, and the file itself again") {
  directory const here;
  std::vector<std::byte> bytes(64);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = std::byte(37 * i);
  std::vector<stored_tensor> tensors;
  for (dtype type : dtypes)
    tensors.push_back({"\"" + std::string(type.name) + "\\\n\x01 \xc3\xa9",
                       type,
                       {2, 1, 4},
                       std::span(bytes).first(std::size_t(type.bits))});
  tensors.push_back({"", {"F16", 16}, {}, std::span(bytes).first(2)});
  tensors.push_back({"zero", {"F64", 64}, {3, 0}, {}});
  std::map<std::string, std::string> const metadata{{"a\"", "{\n}"}, {"", ""}};
  save_safetensors(here / "f", tensors, metadata);
  auto same = [&](safetensors const& file) {
    CHECK(file.tensors().size() == tensors.size());
    CHECK(file.metadata() == metadata);
    for (stored_tensor const& t : tensors) {
      stored_tensor const& r = file.tensor(t.name);
      CHECK((r.type == t.type && r.shape == t.shape && std::ranges::equal(r.bytes, t.bytes)));
      if (t.type.bits >= 8) CHECK(reinterpret_cast<std::uintptr_t>(r.bytes.data()) % std::size_t(t.type.bits / 8) == 0);
    }
  };
  safetensors const file(here / "f");
  same(file);
  std::string const before = read(here / "f");
  save_safetensors(here / "f", {file.tensors().begin(), file.tensors().end()}, file.metadata());  // over itself
  same(file);
  same(safetensors(here / "f"));
  CHECK(read(here / "f") == before);
}

TEST_CASE("what cannot be stored is refused before anything is written") {
  directory const here;
  auto refused = [&](std::vector<stored_tensor> tensors, std::map<std::string, std::string> const& metadata = {}) {
    std::string const wrong =
        thrown<std::invalid_argument>([&] { save_safetensors(here / "f", std::move(tensors), metadata); });
    CHECK(here.names().empty());
    return wrong;
  };
  dtype const F32{"F32", 32};
  stored_tensor const w{"w", F32, {3}, three_floats};
  CHECK(refused({w, w}) == "save_safetensors: tensor \"w\" has the name of another tensor, or that of the metadata");
  CHECK(refused({{"__metadata__", F32, {3}, three_floats}}) ==
        "save_safetensors: tensor \"__metadata__\" has the name of another tensor, or that of the metadata");
  CHECK(refused({{"w", F32, {2, 2}, three_floats}}) ==
        "save_safetensors: tensor \"w\" has 12 bytes, but F32 (2, 2) takes 16");
  CHECK(refused({{"w", F32, {-3}, three_floats}}) ==
        "save_safetensors: tensor \"w\" is F32 (-3), which is no number of bytes there can be");
  CHECK(refused({{"w", {"F4", 4}, {3}, two_bytes}}) ==
        "save_safetensors: tensor \"w\" is F4 (3), which is no number of bytes there can be");
  CHECK(refused({{"w", {"F32", 16}, {6}, three_floats}}) ==
        "save_safetensors: tensor \"w\" is F32 (6), of no dtype that there is");
  CHECK(refused({{"w", {"X32", 32}, {3}, three_floats}}) ==
        "save_safetensors: tensor \"w\" is X32 (3), of no dtype that there is");
  std::vector<index_t> const axes(65, 1);
  CHECK(refused({{"w", F32, axes, three_floats}}) == "save_safetensors: tensor \"w\" has 65 axes, expected at most 64");
  CHECK(refused({{"\xff", F32, {3}, three_floats}}) == "save_safetensors: \"\xff\" is not UTF-8");
  CHECK(refused({w}, {{"key", "\xff"}}) == "save_safetensors: \"\xff\" is not UTF-8");
#ifndef __SANITIZE_ADDRESS__  // under which it takes a quarter of a minute
  CHECK(refused({w}, {{"key", std::string(100'000'000, 'x')}}).ends_with(" bytes, expected at most 100000000"));
#endif
}

TEST_CASE("a file that cannot be written leaves the old one as it was, and nothing else") {
  directory const here;
  save_safetensors(here / "f", {{"w", {"F32", 32}, {3}, three_floats}});
  std::string const old = read(here / "f");
  std::vector<float> const large(100'000, 1);
  for (std::size_t limit : {0u, 7u, 50u, 5000u, 399'999u}) {
    disk_of const disk(limit);
    CHECK(thrown<file_error>([&] {
            save_safetensors(here / "f", {{"w", {"F32", 32}, {100'000}, std::as_bytes(std::span(large))}});
          }) == (here / "f").string() + ": File too large");
    CHECK(read(here / "f") == old);
    CHECK(here.names() == std::set<std::string>{"f"});
  }
  CHECK(thrown<file_error>([&] { save_safetensors(here / "none/f", {}); }) ==
        (here / "none/f").string() + ": No such file or directory");
  CHECK(thrown<file_error>([&] { save_safetensors(here, {}); }).starts_with(here.string() + ": "));
}

}  // namespace io_save_safetensors
