// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <transxssm/io/mapped_file.hpp>
#include "io/files.hpp"

namespace io_mapped_file {

using namespace transxssm;
using namespace test_files;

std::string text(mapped_file const& file) {
  return {reinterpret_cast<char const*>(file.bytes().data()), file.bytes().size()};
}

TEST_CASE("a file is in memory as it is on the disk") {
  directory const here;
  for (std::size_t size : {0u, 1u, 4095u, 4096u, 4097u, 100'000u}) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = char(i * i);
    write(here / "f", bytes);
    mapped_file const file(here / "f");
    CHECK(text(file) == bytes);
    CHECK(file.path() == here / "f");
  }
}

TEST_CASE("copies share one map, for as long as one is there") {
  directory const here;
  write(here / "f", "text");
  std::span<std::byte const> bytes;
  auto file = std::make_unique<mapped_file>(here / "f");
  mapped_file const copy = *file, moved = std::move(*file);
  bytes = copy.bytes();
  CHECK((moved.bytes().data() == bytes.data() && moved.bytes().size() == 4));
  file.reset();
  CHECK(text(copy) == "text");
}

TEST_CASE("a file that is replaced stays what it was for those who have it") {
  directory const here;
  write(here / "f", "old");
  mapped_file const file(here / "f");
  write(here / "new", "something else");
  std::filesystem::rename(here / "new", here / "f");
  CHECK(text(file) == "old");
  CHECK(text(mapped_file(here / "f")) == "something else");
}

TEST_CASE("what cannot be mapped is an error with its path") {
  directory const here;
  auto wrong = [](std::filesystem::path const& path) { return thrown<file_error>([&] { mapped_file file(path); }); };
  CHECK(wrong(here / "f") == (here / "f").string() + ": No such file or directory");
  CHECK(wrong(here) == here.string() + ": is not a file that can be mapped into memory");
  REQUIRE(::mkfifo((here / "pipe").c_str(), 0600) == 0);  // to which nobody will ever write
  CHECK(wrong(here / "pipe") == (here / "pipe").string() + ": is not a file that can be mapped into memory");
  if (std::filesystem::exists("/dev/zero"))
    CHECK(wrong("/dev/zero") == "/dev/zero: is not a file that can be mapped into memory");
}

}  // namespace io_mapped_file
