// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <transxssm/io/safetensors_header.hpp>
#include "io/files.hpp"

namespace io_safetensors_header {

using namespace transxssm;
using namespace test_files;
using names = std::vector<std::string>;

/// What is wrong with a file of these bytes.
std::string wrong(std::string const& bytes) {
  exact_copy const file(bytes);
  return thrown<file_error>([&] { safetensors_header_reader("f", file.bytes()).read(); });
}
std::string wrong(std::string const& header, std::size_t data) { return wrong(safetensors_bytes(header, data)); }

// A tensor, with these of its members.
std::string tensor(std::string const& dtype, std::string const& shape, std::string const& offsets) {
  return R"({"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}
std::string one(std::string const& members) { return R"({"w":)" + members + "}"; }

TEST_CASE("a header is read") {
  std::string const text = R"({"b":{"dtype":"BF16","shape":[2,3],"data_offsets":[4,16]},)"
                           R"("__metadata__":{"format":"pt","step":"7"},)"
                           R"("empty":{"dtype":"F64","shape":[0,5],"data_offsets":[16,16]},)"
                           R"("a":{"shape":[],"data_offsets":[0,4],"dtype":"F32","note":[{"x":null}]}}   )";
  exact_copy const file(safetensors_bytes(text, "0123456789abcdef"));
  safetensors_header const header = safetensors_header_reader("f", file.bytes()).read();
  CHECK(header.metadata == std::map<std::string, std::string>{{"format", "pt"}, {"step", "7"}});
  names in_order;
  for (stored_tensor const& t : header.tensors) in_order.push_back(t.name);
  CHECK(in_order == names{"a", "b", "empty"});  // by their bytes, not by their names or places in the header
  auto const *a = header.tensors.find("a"), *b = header.tensors.find("b"), *empty = header.tensors.find("empty");
  CHECK((a->type == dtype{"F32", 32} && a->shape.empty() && a->bytes.size() == 4));
  CHECK((b->type == dtype{"BF16", 16} && b->shape == std::vector<index_t>{2, 3} && b->bytes.size() == 12));
  CHECK((empty->shape == std::vector<index_t>{0, 5} && empty->bytes.empty()));
  CHECK((char(a->bytes[0]) == '0' && char(b->bytes[0]) == '4' && char(b->bytes[11]) == 'f'));
  CHECK(header.tensors.find("c") == nullptr);
}

TEST_CASE("files without tensors") {
  CHECK(wrong("{}", 0) == "nothing");
  CHECK(wrong("{}      ", 0) == "nothing");
  CHECK(wrong(R"({"__metadata__":{}})", 0) == "nothing");
  CHECK(wrong("{}", 3) == "f: the bytes [0, 3) belong to no tensor");
}

TEST_CASE("every dtype is listed, in its size") {
  for (dtype type : dtypes) {
    std::size_t const size = 8 * std::size_t(type.bits) / 8;
    std::string const name = "\"" + std::string(type.name) + "\"";
    CHECK(wrong(one(tensor(name, "[8]", "[0," + std::to_string(size) + "]")), size) == "nothing");
    CHECK(wrong(one(tensor(name, "[8]", "[0," + std::to_string(size + 1) + "]")), size + 1) ==
          "f: tensor \"w\" has " + std::to_string(size + 1) + " bytes, but " + std::string(type.name) + " (8) takes " +
              std::to_string(size));
  }
  CHECK(wrong(one(tensor("\"F4\"", "[3]", "[0,2]")), 2) ==
        "f: tensor \"w\" is F4 (3), which is no number of bytes there can be");
}

TEST_CASE("the length of the header") {
  CHECK(wrong("") == "f: is no safetensors file: it has 0 bytes, expected at least 8");
  CHECK(wrong("1234567") == "f: is no safetensors file: it has 7 bytes, expected at least 8");
  CHECK(wrong(little_endian(2)) == "f: the header has 2 bytes, but the file ends after 0");
  CHECK(wrong(little_endian(3) + "{}") == "f: the header has 3 bytes, but the file ends after 2");
  CHECK(wrong(little_endian(100'000'000) + "{}") == "f: the header has 100000000 bytes, but the file ends after 2");
  CHECK(wrong(little_endian(100'000'001) + "{}") == "f: the header has 100000001 bytes, expected at most 100000000");
  CHECK(wrong(little_endian(~0ull) + "{}") ==
        "f: the header has 18446744073709551615 bytes, expected at most 100000000");
  CHECK(wrong(little_endian(0)) == "f: the header does not begin with {");
}

TEST_CASE("a file that is cut anywhere is refused") {
  std::string const whole = safetensors_bytes(one(tensor("\"F32\"", "[2]", "[0,8]")), 8);
  CHECK(wrong(whole) == "nothing");
  for (std::size_t n = 0; n < whole.size(); ++n) CHECK(wrong(whole.substr(0, n)) != "nothing");
  CHECK(wrong(whole.substr(0, whole.size() - 1)) == "f: tensor \"w\" has the bytes [0, 8) of 7");
}

TEST_CASE("what is no JSON object") {
  CHECK(wrong(" {}", 0) == "f: the header does not begin with {");
  CHECK(wrong("[]", 0) == "f: the header does not begin with {");
  CHECK(wrong(R"("text")", 0) == "f: the header does not begin with {");
  CHECK(wrong("{", 0).starts_with("f: no JSON from byte 2 on: "));
  CHECK(wrong("{}{}", 0).starts_with("f: no JSON from byte 3 on: "));
  CHECK(wrong(std::string("{}\0\0", 4), 0) == "f: no JSON from byte 3 on: a zero");
  CHECK(wrong("{\"a\xff\":{}}", 0).starts_with("f: no JSON from byte 4 on: "));
}

TEST_CASE("a member that is missing or of another kind") {
  CHECK(wrong(one("[]"), 0) == "f: tensor \"w\" is no JSON object");
  CHECK(wrong(one("{}"), 0) == "f: tensor \"w\" has no dtype");
  CHECK(wrong(one(R"({"dtype":"F32"})"), 0) == "f: tensor \"w\" has no shape");
  CHECK(wrong(one(R"({"dtype":"F32","shape":[0]})"), 0) == "f: tensor \"w\" has no data_offsets");
  CHECK(wrong(one(tensor("7", "[1]", "[0,4]")), 4) == "f: tensor \"w\" has a dtype that is no string");
  CHECK(wrong(one(tensor("\"F31\"", "[1]", "[0,4]")), 4) ==
        "f: tensor \"w\" has the dtype \"F31\", which is none of safetensors");
  for (auto shape : {"1", "null", "\"1\"", "{}", "[-1]", "[1.0]", "[1e0]", "[null]", "[[1]]", "[\"1\"]", "[true]",
                     "[18446744073709551616]"})
    CHECK(wrong(one(tensor("\"F32\"", shape, "[0,4]")), 4) ==
          "f: tensor \"w\" has a shape that is no array of whole numbers from 0 to 2^64 - 1");
  for (auto offsets : {"4", "[-4,0]", "[0,4.0]", "{\"0\":4}"})
    CHECK(wrong(one(tensor("\"F32\"", "[1]", offsets)), 4) ==
          "f: tensor \"w\" has a data_offsets that is no array of whole numbers from 0 to 2^64 - 1");
  CHECK(wrong(one(tensor("\"F32\"", "[1]", "[4]")), 4) == "f: tensor \"w\" has 1 data_offsets, expected 2");
  CHECK(wrong(one(tensor("\"F32\"", "[1]", "[0,4,8]")), 4) == "f: tensor \"w\" has 3 data_offsets, expected 2");
  CHECK(wrong(R"({"__metadata__":[]})", 0) == "f: __metadata__ is no JSON object");
  CHECK(wrong(R"({"__metadata__":{"step":7}})", 0) == "f: __metadata__: \"step\" is no string");
}

TEST_CASE("a shape that is too large for anything") {
  auto refused = [](std::string const& shape) {
    std::string said = "(" + shape + ")";
    for (std::size_t at = 0; (at = said.find(',', at)) != said.npos; at += 2) said.insert(at + 1, " ");
    return wrong(one(tensor("\"F32\"", "[" + shape + "]", "[0,4]")), 4) ==
           "f: tensor \"w\" is F32 " + said + ", which is no number of bytes there can be";
  };
  CHECK(refused("18446744073709551615"));
  CHECK(refused("9223372036854775808"));      // no index_t
  CHECK(refused("4294967296,4294967296,1"));  // 2^64, which is 0 in 64 bits
  CHECK(refused("1152921504606846977,16"));   // 16 in 64 bits
  CHECK(refused("4611686018427387905"));      // times four bytes: 4 in 64 bits
  CHECK(refused("4294967296,4294967296,0"));  // as in the reference implementation
  CHECK(wrong(one(tensor("\"F32\"", "[0,4294967296,4294967296]", "[0,0]")), 0) == "nothing");
  std::string axes = "1";
  for (int i = 1; i < 64; ++i) axes += ",1";
  CHECK(wrong(one(tensor("\"F32\"", "[" + axes + "]", "[0,4]")), 4) == "nothing");
  CHECK(wrong(one(tensor("\"F32\"", "[" + axes + ",1]", "[0,4]")), 4) ==
        "f: tensor \"w\" has 65 axes, expected at most 64");
}

TEST_CASE("offsets that do not fit the file, or dtype and shape") {
  CHECK(wrong(one(tensor("\"F32\"", "[1]", "[4,0]")), 4) == "f: tensor \"w\" has the bytes [4, 0) of 4");
  CHECK(wrong(one(tensor("\"F32\"", "[1]", "[1,5]")), 4) == "f: tensor \"w\" has the bytes [1, 5) of 4");
  CHECK(wrong(one(tensor("\"F32\"", "[1]", "[18446744073709551612,18446744073709551615]")), 4) ==
        "f: tensor \"w\" has the bytes [18446744073709551612, 18446744073709551615) of 4");
  CHECK(wrong(one(tensor("\"F32\"", "[2,3]", "[0,20]")), 20) ==
        "f: tensor \"w\" has 20 bytes, but F32 (2, 3) takes 24");
}

TEST_CASE("tensors that overlap, and bytes that nobody owns") {
  auto two = [](std::string const& a, std::string const& b) {
    return wrong(R"({"a":)" + tensor("\"U8\"", "[4]", a) + R"(,"b":)" + tensor("\"U8\"", "[4]", b) + "}", 8);
  };
  CHECK(two("[0,4]", "[4,8]") == "nothing");
  CHECK(two("[4,8]", "[0,4]") == "nothing");
  CHECK(two("[0,4]", "[3,7]") == "f: tensor \"b\" has the bytes [3, 7), but tensor \"a\" has the bytes [0, 4)");
  CHECK(two("[0,4]", "[0,4]") == "f: tensor \"b\" has the bytes [0, 4), but tensor \"a\" has the bytes [0, 4)");
  CHECK(two("[1,5]", "[0,4]") == "f: tensor \"a\" has the bytes [1, 5), but tensor \"b\" has the bytes [0, 4)");
  auto three = R"({"a":)" + tensor("\"U8\"", "[4]", "[1,5]") + R"(,"b":)" + tensor("\"U8\"", "[3]", "[5,8]") + "}";
  CHECK(wrong(three, 8) == "f: the bytes [0, 1) before tensor \"a\" belong to no tensor");
  auto hole = R"({"a":)" + tensor("\"U8\"", "[4]", "[0,4]") + R"(,"b":)" + tensor("\"U8\"", "[3]", "[5,8]") + "}";
  CHECK(wrong(hole, 8) == "f: the bytes [4, 5) before tensor \"b\" belong to no tensor");
  CHECK(wrong(one(tensor("\"U8\"", "[4]", "[0,4]")), 8) == "f: the bytes [4, 8) belong to no tensor");
  auto empty_inside =
      R"({"a":)" + tensor("\"U8\"", "[4]", "[0,4]") + R"(,"b":)" + tensor("\"U8\"", "[0]", "[2,2]") + "}";
  CHECK(wrong(empty_inside, 4) == "f: tensor \"b\" has the bytes [2, 2), but tensor \"a\" has the bytes [0, 4)");
}

TEST_CASE("names that appear twice, also when they are spelled differently") {
  std::string const w = tensor("\"F32\"", "[0]", "[0,0]");
  CHECK(wrong(R"({"w":)" + w + R"(,"w":)" + w + "}", 0) == "f: the name \"w\" appears twice in one JSON object");
  CHECK(wrong(R"({"w":)" + w + R"(,"\u0077":)" + w + "}", 0) == "f: the name \"w\" appears twice in one JSON object");
  CHECK(wrong(R"({"__metadata__":{},"__metadata__":{}})", 0) ==
        "f: the name \"__metadata__\" appears twice in one JSON object");
  CHECK(wrong(R"({"__metadata__":{"a":"1","a":"2"}})", 0) == "f: the name \"a\" appears twice in one JSON object");
  CHECK(wrong(one(R"({"dtype":"F32","dtype":"F64","shape":[0],"data_offsets":[0,0]})"), 0) ==
        "f: the name \"dtype\" appears twice in one JSON object");
}

TEST_CASE("a name in a message is short, and moves no cursor") {
  CHECK(wrong(R"({"\u001b[2J\n":[]})", 0) == "f: tensor \"?[2J?\" is no JSON object");
  std::string const endless(1000, 'x');
  CHECK(wrong("{\"" + endless + "\":[]}", 0) == "f: tensor \"" + endless.substr(0, 200) + "...\" is no JSON object");
  CHECK(wrong("{\"" + endless, 0).size() < 300);
}

}  // namespace io_safetensors_header
