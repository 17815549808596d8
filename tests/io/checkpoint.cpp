// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <transxssm/io/checkpoint.hpp>
#include <transxssm/io/read_tensor.hpp>
#include "io/files.hpp"

namespace io_checkpoint {

using namespace transxssm;
using namespace test_files;
using names = std::vector<std::string>;

/// A file with one number of 8 bits per name: the name itself.
std::string shard(std::string const& of, std::string const& metadata = R"("format":"pt")") {
  std::string header = R"({"__metadata__":{)" + metadata + "}";
  for (std::size_t i = 0; i < of.size(); ++i)
    header += ",\"" + of.substr(i, 1) + R"(":{"dtype":"U8","shape":[1],"data_offsets":[)" + std::to_string(i) + "," +
              std::to_string(i + 1) + "]}";
  return safetensors_bytes(header + "}", of);
}
std::string index_of(std::string const& map) {
  return R"({"metadata":{"total_size":3,"more":{}},"weight_map":{)" + map + "}}";
}
std::string const two_shards = R"("c":"1.safetensors","b":"2.safetensors","a":"1.safetensors")";

names names_in(checkpoint const& c) {
  names all;
  for (stored_tensor const& t : c.tensors()) {
    CHECK(char(t.bytes[0]) == t.name[0]);
    all.push_back(t.name);
  }
  return all;
}
std::string wrong(std::filesystem::path const& path) {
  return thrown<file_error>([&] { checkpoint c(path); });
}

TEST_CASE("a file, a directory with one file, a directory with shards") {
  directory const here;
  write(here / "x.safetensors", shard("ba"));
  CHECK(names_in(checkpoint(here / "x.safetensors")) == names{"b", "a"});
  write(here / "1.safetensors", shard("ca", R"("format":"pt","step":"1")"));
  write(here / "2.safetensors", shard("b", R"("format":"np","seed":"2")"));
  write(here / index_file_name, index_of(two_shards));
  {
    checkpoint const c(here);
    CHECK(names_in(c) == names{"c", "a", "b"});
    CHECK(c.metadata() == std::map<std::string, std::string>{{"format", "pt"}, {"seed", "2"}, {"step", "1"}});
    checkpoint const copy = c;
    CHECK(&copy.tensor("b") != &c.tensor("b"));
    CHECK(thrown<file_error>([&] { copy.tensor("d"); }) == here.string() + ": there is no tensor \"d\"");
  }
  write(here / single_file_name, shard("xyz"));  // counts before the index
  CHECK(names_in(checkpoint(here)) == names{"x", "y", "z"});
}

TEST_CASE("nothing to read") {
  directory const here;
  CHECK(wrong(here / "none") == (here / "none").string() + ": No such file or directory");
  CHECK(wrong(here) == here.string() + ": there is neither model.safetensors nor model.safetensors.index.json");
}

TEST_CASE("index and shards that do not say the same") {
  directory const here;
  std::string const index = (here / index_file_name).string() + ": ";
  write(here / "1.safetensors", shard("ca"));
  write(here / index_file_name, index_of(two_shards));
  CHECK(wrong(here) == index + "there is no shard \"2.safetensors\", where the index has tensor \"b\"");
  write(here / "2.safetensors", shard("x"));
  CHECK(wrong(here) == index + "tensor \"b\" is not in shard \"2.safetensors\", where the index has it");
  write(here / "2.safetensors", shard("bx"));
  CHECK(wrong(here) == index + "tensor \"x\" is in shard \"2.safetensors\", where the index does not have it");
  write(here / "2.safetensors", shard("bc"));  // twice
  CHECK(wrong(here) == index + "tensor \"c\" is in shard \"2.safetensors\", where the index does not have it");
  write(here / "2.safetensors", shard("b").substr(0, 50));
  CHECK(wrong(here).starts_with((here / "2.safetensors").string() + ": the header has "));
  write(here / "2.safetensors", shard("b"));
  CHECK(wrong(here) == "nothing");
}

TEST_CASE("an index that is none") {
  auto index = [](std::string const& text) { return thrown<file_error>([&] { parse_index("f", text); }); };
  CHECK(index(index_of(two_shards)) == "nothing");
  CHECK(index(R"({"weight_map":{}})") == "nothing");
  for (auto text : {"{}", "[]", "7", R"({"weight_map":[]})", R"(["weight_map"])", R"({"weight_map":"1.safetensors"})"})
    CHECK(index(text) == "f: is no index of shards: it has no object \"weight_map\"");
  CHECK(index("{").starts_with("f: no JSON from byte "));
  CHECK(index(index_of(R"("a":7)")) == "f: the shard of tensor \"a\" is no string");
  CHECK(index(index_of(R"("a":"1.safetensors","a":"2.safetensors")")) ==
        "f: the name \"a\" appears twice in one JSON object");
}

TEST_CASE("a shard is a file beside the index, and nothing else") {
  auto refused = [](std::string const& name) {
    return thrown<file_error>([&] { parse_index("f", index_of("\"a\":\"" + name + "\"")); })
        .starts_with("f: the shard of tensor \"a\" is \"");
  };
  for (auto name :
       {"../x.safetensors", "/etc/x.safetensors", "sub/x.safetensors", "..\\\\x.safetensors", "C:x.safetensors",
        "/etc/passwd", "..", "", "x", "x.safetensors/", "x.safetensors\\u0000", "a\\u0000.safetensors", "config.json"})
    CHECK(refused(name));
  CHECK_FALSE(refused("model-00001-of-00002.safetensors"));
  CHECK_FALSE(refused("..safetensors"));
  CHECK(thrown<file_error>([] { parse_index("f", index_of(R"("a":"../x.safetensors")")); }) ==
        "f: the shard of tensor \"a\" is \"../x.safetensors\", expected the name of a .safetensors file in the same "
        "directory");
}

TEST_CASE("a name that no file can have") {
  directory const here;
  std::string const endless = std::string(5000, 'x') + ".safetensors";
  write(here / index_file_name, index_of("\"a\":\"" + endless + "\""));
  CHECK(wrong(here) == (here / index_file_name).string() + ": there is no shard " + in_quotes(endless) +
                           ", where the index has tensor \"a\"");
  CHECK(wrong(here / endless) != "nothing");
}

}  // namespace io_checkpoint
