// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <transxssm/io/json.hpp>
#include "io/files.hpp"

namespace io_json {

using namespace transxssm;
using namespace test_files;

std::string wrong(std::string const& text) {
  return thrown<file_error>([&] { parse_json("f", text); });
}

TEST_CASE("JSON is the tree that it spells") {
  std::string const text =
      R"({"a": [1, -2, 0.5, 1e3, true, false, null, "x\né"], "b": {"c": {}, "d": []}, "": 18446744073709551615})";
  CHECK(parse_json("f", text) == nlohmann::json::parse(text));
  for (auto scalar : {"1", "null", "\"x\"", "[]", "[[], {}, [1, [2]]]"})
    CHECK(parse_json("f", scalar) == nlohmann::json::parse(scalar));
}

TEST_CASE("what is no JSON is refused") {
  for (auto text :
       {"",        " ",   "{",     "}",        "[1,]", "{\"a\"}", "{\"a\":}", "{a:1}",   "01",          "+1",
        ".5",      "1.",  "NaN",   "Infinity", "nul",  "'a'",     "\"\n\"",   "\"\\x\"", "\"\\ud800\"", "\"\xc3\x28\"",
        "// x\n1", "1 2", "1e999", "[}",       "{]"})
    CHECK(wrong(text).starts_with("f: no JSON from byte "));
  CHECK(wrong(std::string("[1]\0", 4)) == "f: no JSON from byte 4 on: a zero");  // the parser alone would take that
}

TEST_CASE("JSON of any depth is either read or refused") {
  auto nested = [](std::size_t n, std::string const& open, std::string const& close) {
    std::string text;
    for (std::size_t i = 0; i < n; ++i) text += open;
    text += "1";
    for (std::size_t i = 0; i < n; ++i) text += close;
    return text;
  };
  CHECK(wrong(nested(32, "[", "]")) == "nothing");
  CHECK(wrong(nested(33, "[", "]")) == "f: JSON nested more than 32 deep");
  CHECK(wrong(nested(32, "{\"a\":", "}")) == "nothing");
  CHECK(wrong(nested(33, "{\"a\":", "}")) == "f: JSON nested more than 32 deep");
  CHECK(wrong(std::string(1'000'000, '[')) == "f: JSON nested more than 32 deep");
}

TEST_CASE("JSON of any number of values is either read or refused") {
  auto limited = [](std::string const& text) { return thrown<file_error>([&] { parse_json("f", text, 5); }); };
  CHECK(limited("[1,[2],3]") == "nothing");
  CHECK(limited("[1,[2],3,4]") == "f: JSON of more than 5 values");
  CHECK(limited(R"({"a":{"b":1},"c":2,"d":3})") == "nothing");
  CHECK(limited(R"({"a":{"b":1},"c":2,"d":[]})") == "nothing");
  CHECK(limited(R"({"a":{"b":1},"c":2,"d":[3]})") == "f: JSON of more than 5 values");
}

TEST_CASE("names may be the same in different objects only") {
  CHECK(wrong(R"([{"a":1},{"a":{"a":1}}])") == "nothing");
  CHECK(wrong(R"([{"a":1,"b":{"a":2},"a":3}])") == "f: the name \"a\" appears twice in one JSON object");
}

}  // namespace io_json
