// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <transxssm/io/numbers.hpp>
#include <transxssm/io/read_tensor.hpp>
#include <transxssm/io/save_checkpoint.hpp>
#include "io/disk.hpp"
#include "io/files.hpp"

namespace io_save_checkpoint {

using namespace transxssm;
using namespace test_files;
using names = std::set<std::string>;

/// Tensors a, b, ... of so many floats, all of them `value`.
struct some_tensors {
  std::vector<std::vector<float>> memory;
  std::vector<stored_tensor> all;

  some_tensors(float value, std::vector<std::size_t> const& sizes) {
    for (std::size_t n : sizes) memory.emplace_back(n, value);
    for (std::size_t i = 0; i < sizes.size(); ++i)
      all.push_back(
          {std::string(1, char('a' + i)), {"F32", 32}, {index_t(sizes[i])}, std::as_bytes(std::span(memory[i]))});
  }
};

void expect_read(std::filesystem::path const& path, some_tensors const& expected) {
  checkpoint const c(path);
  CHECK(c.tensors().size() == expected.all.size());
  for (std::size_t i = 0; i < expected.all.size(); ++i)
    CHECK(read_tensor<float>(c, expected.all[i].name) == expected.memory[i]);
}

TEST_CASE("shards of at most so many bytes, and an index") {
  directory const here;
  some_tensors const x(1, {2, 3, 1, 9, 1, 1, 0});
  save_checkpoint(here, x.all, {.metadata = {{"format", "pt"}}, .shard_bytes = 20});
  CHECK(here.names() == names{"model-00001-of-00004.safetensors", "model-00002-of-00004.safetensors",
                              "model-00003-of-00004.safetensors", "model-00004-of-00004.safetensors", index_file_name});
  CHECK(nlohmann::json::parse(read(here / index_file_name)) == nlohmann::json::parse(R"({
    "metadata": {"total_size": 68},
    "weight_map": {"a": "model-00001-of-00004.safetensors", "b": "model-00001-of-00004.safetensors",
                   "c": "model-00002-of-00004.safetensors", "d": "model-00003-of-00004.safetensors",
                   "e": "model-00004-of-00004.safetensors", "f": "model-00004-of-00004.safetensors",
                   "g": "model-00004-of-00004.safetensors"}})"));
  CHECK(safetensors(here / "model-00003-of-00004.safetensors").tensors().size() == 1);  // alone it has too many
  expect_read(here, x);
  CHECK(checkpoint(here).metadata() == std::map<std::string, std::string>{{"format", "pt"}});
}

TEST_CASE("one file, where that is enough or asked for") {
  directory const here;
  some_tensors const x(1, {2, 3});
  save_checkpoint(here, x.all, {.shard_bytes = 20});
  CHECK(here.names() == names{single_file_name});
  expect_read(here, x);
  save_checkpoint(here / "other.safetensors", x.all, {.shard_bytes = 1});
  CHECK(here.names() == names{single_file_name, "other.safetensors"});
  expect_read(here / "other.safetensors", x);
  save_checkpoint(here, {});
  CHECK(checkpoint(here).tensors().size() == 0);
}

TEST_CASE("whatever was there before, afterwards there is the new checkpoint only") {
  directory const here;
  some_tensors const x(1, {2, 3}), y(2, {2, 3}), z(3, {2, 3, 4});
  auto expect_only = [&](some_tensors const& expected, names const& files) {
    expect_read(here, expected);
    CHECK(here.names() == files);
  };
  write(here / "config.json", "{}");
  write(here / "model-00009-of-00009.safetensors", "not of the checkpoint");
  names const others{"config.json", "model-00009-of-00009.safetensors"};
  auto with = [&](names files) { return files.insert(others.begin(), others.end()), files; };
  names const one = with({single_file_name}),
              two = with({"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", index_file_name});
  names const again =
      with({"model.1-00001-of-00002.safetensors", "model.1-00002-of-00002.safetensors", index_file_name});

  save_checkpoint(here, x.all), expect_only(x, one);
  save_checkpoint(here, y.all), expect_only(y, one);
  save_checkpoint(here, x.all, {.shard_bytes = 12}), expect_only(x, two);    // shards after a single file
  save_checkpoint(here, y.all, {.shard_bytes = 12}), expect_only(y, again);  // after shards of the same number
  save_checkpoint(here, x.all, {.shard_bytes = 12}), expect_only(x, two);
  checkpoint const old(here);
  save_checkpoint(here, z.all), expect_only(z, one);  // a single file after shards
  std::vector<stored_tensor> const of_old{old.tensors().begin(), old.tensors().end()};
  save_checkpoint(here, of_old, {.shard_bytes = 12}), expect_only(x, two);  // out of files that are gone
}

TEST_CASE("what the old index says harms nobody") {
  directory const here;
  some_tensors const x(1, {2, 3});
  auto index = [&](std::string const& map) { write(here / index_file_name, R"({"weight_map":{)" + map + "}}"); };
  index(R"("a":"model-00001-of-00002.safetensors")");  // a shard that is not there, of a name that is now taken
  save_checkpoint(here, x.all, {.shard_bytes = 12});
  expect_read(here, x);
  index(R"("a":"model.safetensors")");
  write(here / single_file_name, "");
  save_checkpoint(here, x.all);
  expect_read(here, x);
  write(here / "outside.safetensors", "");
  std::filesystem::create_directory(here / "inside");
  write(here / "inside/model.safetensors.index.json", R"({"weight_map":{"a":"../outside.safetensors"}})");
  save_checkpoint(here / "inside", x.all);
  expect_read(here / "inside", x);
  CHECK(here.names().contains("outside.safetensors"));
}

TEST_CASE("if it cannot be written, the old checkpoint is there, and nothing of the new one") {
  some_tensors const old(1, {2, 3}), large(2, {10, 10, 100'000}), many(3, std::vector<std::size_t>(24, 100));
  for (std::uint64_t old_shards : {12u, 1000u}) {
    directory const here;
    save_checkpoint(here, old.all, {.shard_bytes = old_shards});
    names const before = here.names();
    auto expect_old = [&] {
      expect_read(here, old);
      CHECK(here.names() == before);
    };
    for (std::uint64_t shards : {1u, 1'000'000u}) {
      disk_of const disk(5000);  // the third tensor does not fit
      CHECK(thrown<file_error>([&] {
              save_checkpoint(here, large.all, {.shard_bytes = shards});
            }).ends_with(": File too large"));
      expect_old();
    }
    {
      disk_of const disk(500);  // each shard fits, and the index of so many does not
      CHECK(thrown<file_error>([&] { save_checkpoint(here, many.all, {.shard_bytes = 1}); }) ==
            (here / index_file_name).string() + ": File too large");
      expect_old();
    }
    auto twice = old.all;
    twice.push_back(old.all[0]);
    CHECK(thrown<std::invalid_argument>([&] { save_checkpoint(here, twice, {.shard_bytes = 1}); }) ==
          "save_safetensors: tensor \"a\" has the name of another tensor, or that of the metadata");
    expect_old();
    CHECK_THROWS_AS(save_checkpoint(here, old.all, {.metadata = {{"\xff", ""}}, .shard_bytes = 1}),
                    std::invalid_argument);
    expect_old();
  }
}

TEST_CASE("a single file that cannot be removed stays the checkpoint") {
  directory const here;
  some_tensors const x(1, {2, 3});
  std::filesystem::create_directories(here / single_file_name / "not empty");
  CHECK(thrown<file_error>([&] { save_checkpoint(here, x.all, {.shard_bytes = 1}); }) ==
        (here / single_file_name).string() + ": Directory not empty");
  CHECK(here.names() == names{single_file_name});
}

TEST_CASE("a directory that is not there") {
  directory const here;
  CHECK(thrown<file_error>([&] { save_checkpoint(here / "none/model.safetensors", {}); }) ==
        (here / "none/model.safetensors").string() + ": No such file or directory");
  CHECK(here.names().empty());
}

}  // namespace io_save_checkpoint
