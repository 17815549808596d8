// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <transxssm/io/new_file.hpp>
#include "io/disk.hpp"
#include "io/files.hpp"

namespace io_new_file {

using namespace transxssm;
using namespace test_files;
using names = std::set<std::string>;

TEST_CASE("a new file is there when it is whole, and not before") {
  directory const here;
  write(here / "f", "old");
  {
    new_file file(here / "f");
    file.write("first, ");
    file.write("second");
    CHECK(here.names().size() == 2);
    CHECK(read(here / "f") == "old");
    file.commit();
    CHECK(read(here / "f") == "first, second");
    CHECK(here.names() == names{"f"});
  }
  CHECK(read(here / "f") == "first, second");
}

TEST_CASE("a new file that is given up leaves nothing") {
  directory const here;
  write(here / "f", "old");
  { new_file(here / "f").write("new"); }
  { new_file(here / "g").write("new"); }
  CHECK(here.names() == names{"f"});
  CHECK(read(here / "f") == "old");
}

TEST_CASE("two at once do not meet") {
  directory const here;
  new_file a(here / "f"), b(here / "f");
  a.write("a"), b.write("b");
  b.commit(), a.commit();
  CHECK(read(here / "f") == "a");
  CHECK(here.names() == names{"f"});
}

TEST_CASE("a link is replaced, and what it leads to is not touched") {
  directory const here;
  write(here / "target", "old");
  std::filesystem::create_symlink("target", here / "f");
  new_file file(here / "f");
  file.write("new");
  file.commit();
  CHECK((read(here / "f") == "new" && read(here / "target") == "old"));
  CHECK_FALSE(std::filesystem::is_symlink(here / "f"));
}

TEST_CASE("no directory, or one in the way") {
  directory const here;
  CHECK(thrown<file_error>([&] { new_file file(here / "none/f"); }) ==
        (here / "none/f").string() + ": No such file or directory");
  std::filesystem::create_directory(here / "f");
  CHECK(thrown<file_error>([&] {
          new_file file(here / "f");
          file.write("new");
          file.commit();
        }) == (here / "f").string() + ": Is a directory");
  CHECK(here.names() == names{"f"});
}

TEST_CASE("a disk that is full, at any moment") {
  directory const here;
  write(here / "f", "old");
  std::string const large(1 << 16, 'x');
  for (std::size_t limit : {0u, 1u, 4096u, 65535u, 65536u, 70000u}) {
    disk_of const disk(limit);
    std::string const wrong = thrown<file_error>([&] {
      new_file file(here / "f");
      file.write(large.substr(0, 10));
      file.write(large.substr(10));
      file.commit();
    });
    CHECK(wrong == (limit >= large.size() ? "nothing" : (here / "f").string() + ": File too large"));
    CHECK(here.names() == names{"f"});
    CHECK(read(here / "f") == (limit >= large.size() ? large : "old"));
  }
}

}  // namespace io_new_file
