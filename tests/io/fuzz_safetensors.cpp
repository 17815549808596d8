// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <chrono>
#include <cstdlib>
#include <transxssm/io/checkpoint.hpp>
#include <transxssm/io/numbers.hpp>
#include <transxssm/io/read_tensor.hpp>
#include <transxssm/io/save_safetensors.hpp>
#include "io/files.hpp"

// Files that were right, changed at random a few times: each is read or refused with a file_error, and nothing else
// happens. What could happen, the sanitizers see (preset asan):
//
//     TRANSXSSM_FUZZ_SECONDS=600 TRANSXSSM_FUZZ_SEED=7 build/asan/tests/io_tests --source-file='*/fuzz_safetensors.cpp'
namespace io_fuzz_safetensors {

using namespace transxssm;
using namespace test_files;
using strings = std::vector<std::string>;

class mutations {
 public:
  explicit mutations(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t n) { return n == 0 ? 0 : std::size_t(random_() % n); }
  std::string const& any(strings const& of) { return of[below(of.size())]; }

  /// A few changes of the header, after which its length is right, or of any bytes.
  std::string changed_file(std::string bytes, strings const& others) {
    std::size_t const length = bytes.size() - data_;
    if (below(4) == 0) return changed(std::move(bytes), others, 1 + below(4), &mutations::change_bytes);
    std::string const header = changed_text(bytes.substr(8, length), others);
    return safetensors_bytes(header, bytes.substr(8 + length));
  }
  std::string changed_text(std::string text, strings const& others) {
    return changed(std::move(text), others, 1 + below(3),
                   below(6) == 0 ? &mutations::change_bytes : &mutations::change_tokens);
  }
  /// So many bytes at the end of a file are its data, and eight at its beginning the length.
  void set_data(std::size_t bytes) { data_ = bytes + 8; }

 private:
  using change = void (mutations::*)(std::string&, strings const&);
  std::string changed(std::string text, strings const& others, std::size_t times, change how) {
    for (; times > 0; --times) (this->*how)(text, others);
    return text;
  }

  void change_bytes(std::string& text, strings const& others) {
    std::size_t const at = below(text.size()), count = 1 + below(below(2) ? 4 : 64);
    switch (below(8)) {
      case 0:
        if (!text.empty()) text[at] = char(text[at] ^ 1 << below(8));
        break;
      case 1:
        if (!text.empty()) text[at] = char(random_());
        break;
      case 2:
        text.insert(at, std::string(count, char(random_())));
        break;
      case 3:
        text.erase(at, count);
        break;
      case 4:
        text.insert(at, text.substr(below(text.size()), count));
        break;
      case 5:
        text.resize(at);
        break;
      case 6:
        text.replace(at, count, any(others), below(100), count);
        break;
      case 7:
        text.replace(0, std::min<std::size_t>(8, text.size()),
                     little_endian(below(3) ? below(2000) : random_() >> below(64)));
        break;
    }
  }

  void change_tokens(std::string& text, strings const&) {
    static strings const tokens{"0",
                                "1",
                                "-1",
                                "2",
                                "3",
                                "4",
                                "6",
                                "8",
                                "12",
                                "24",
                                "16",
                                "4294967295",
                                "4294967296",
                                "2147483648",
                                "9223372036854775807",
                                "9223372036854775808",
                                "18446744073709551615",
                                "18446744073709551616",
                                "4611686018427387904",
                                "1e3",
                                "0.5",
                                "1e999",
                                "null",
                                "true",
                                "[]",
                                "{}",
                                "[[]]",
                                "[0,0]",
                                "[2,3]",
                                "[3,2]",
                                "[0,18446744073709551615]",
                                "\"\"",
                                "\"F32\"",
                                "\"BF16\"",
                                "\"F4\"",
                                "\"I64\"",
                                "\"F6_E2M3\"",
                                "\"dtype\"",
                                "\"shape\"",
                                "\"data_offsets\"",
                                "\"__metadata__\"",
                                "\"weight_map\"",
                                "\"../x.safetensors\"",
                                "\"1.safetensors\"",
                                "\"\\ud800\"",
                                "\"\\u0000\"",
                                "\"\xff\"",
                                ",",
                                ":",
                                "[",
                                "]",
                                "{",
                                "}",
                                "\"",
                                " ",
                                "\\",
                                std::string(1, '\0'),
                                std::string(50, '['),
                                R"({"dtype":"F32","shape":[],"data_offsets":[0,4]})",
                                R"("x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},)",
                                R"({"a":{"a":{"a":[{}]}}})"};
    auto const [first, count] = token(text);
    auto const [other, other_count] = token(text);
    switch (below(6)) {
      case 0:
        text.erase(first, count);
        break;
      case 1:
        text.insert(first, any(tokens));
        break;
      case 2:
        text.insert(first, text.substr(other, other_count));
        break;
      case 3:
        text.replace(first, count, text.substr(other, other_count));
        break;
      default:
        text.replace(first, count, any(tokens));
        break;
    }
  }
  /// Somewhere in the text: a word, a number, a sign, or what is between two of the same brackets.
  std::pair<std::size_t, std::size_t> token(std::string const& text) {
    auto word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-'; };
    std::size_t first = below(text.size()), last = first;
    if (text.empty()) return {0, 0};
    if (text[first] == '{' || text[first] == '[') {
      char const close = text[first] == '{' ? '}' : ']';
      last = std::min(text.find(close, first), text.size() - 1);
    } else if (word(text[first])) {
      while (first > 0 && word(text[first - 1])) --first;
      while (last + 1 < text.size() && word(text[last + 1])) ++last;
      if (below(2) && first > 0 && last + 1 < text.size() && text[first - 1] == '"') --first, ++last;
    }
    return {first, last + 1 - first};
  }

  std::mt19937_64 random_;
  std::size_t data_ = 8;
};

/// Files as others write them, each with 48 bytes of data.
strings files() {
  std::string data;
  for (int i = 0; i < 48; ++i) data += char(i * 7);
  strings all;
  for (
      std::string header :
      {R"({"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"v":{"dtype":"BF16","shape":[3,4],"data_offsets":[24,48]}})",
       R"({"__metadata__":{"format":"pt","x":""},"model.layers.0.w":{"dtype":"F64","shape":[6],"data_offsets":[0,48]}}       )",
       R"({"a":{"dtype":"F16","shape":[],"data_offsets":[46,48]},"b":{"dtype":"I64","shape":[1,1,5],"data_offsets":[0,40]},)"
       R"("c":{"dtype":"F32","shape":[0,7],"data_offsets":[46,46]},"d":{"dtype":"BOOL","shape":[6],"data_offsets":[40,46]}})",
       R"({"f4":{"dtype":"F4","shape":[8,2],"data_offsets":[0,8]},"f6":{"dtype":"F6_E2M3","shape":[4,8],"data_offsets":[8,32]},)"
       R"("":{"dtype":"U8","shape":[16],"data_offsets":[32,48],"note":[{"x":[null]}]}})"})
    all.push_back(safetensors_bytes(header, data));
  return all;
}

strings indexes() {
  return {
      R"({"metadata":{"total_size":48},"weight_map":{"w":"1.safetensors","v":"1.safetensors"}})",
      R"({"metadata":{},"weight_map":{"w":"1.safetensors","v":"1.safetensors","model.layers.0.w":"2.safetensors"}})"};
}

/// Every tensor as numbers, and all of them written and read again. Throws what should not be thrown.
void use(safetensors_header const& header, std::size_t data) {
  std::string again =
      header_text(std::vector<stored_tensor>(header.tensors.begin(), header.tensors.end()), header.metadata);
  std::size_t bytes = 0;
  for (stored_tensor const& t : header.tensors) {
    REQUIRE(size_in_bytes(t.type, t.shape) == t.bytes.size());
    std::vector<float> numbers(t.bytes.size());
    std::vector<Eigen::half> halves(t.bytes.size());
    REQUIRE(decode(t.type, t.bytes, numbers.data()) == is_floating(t.type));
    decode(t.type, t.bytes, halves.data());
    again.append(reinterpret_cast<char const*>(t.bytes.data()), t.bytes.size());
    bytes += t.bytes.size();
  }
  REQUIRE(bytes == data);
  exact_copy const file(again);
  safetensors_header const same = safetensors_header_reader("again", file.bytes()).read();
  REQUIRE(same.metadata == header.metadata);
  REQUIRE(std::ranges::equal(same.tensors, header.tensors, [](stored_tensor const& a, stored_tensor const& b) {
    return a.name == b.name && a.type == b.type && a.shape == b.shape && std::ranges::equal(a.bytes, b.bytes);
  }));
}

/// Was it read, or refused as it should be?
bool is_read(auto const& f) {
  try {
    f();
    return true;
  } catch (file_error const& e) {
    REQUIRE(std::strlen(e.what()) < 3000);
    return false;
  }
}

double setting(char const* name, double otherwise) {
  char const* text = std::getenv(name);
  return text ? std::atof(text) : otherwise;
}

TEST_CASE("damaged files are read or refused") {
  mutations random(std::uint64_t(setting("TRANSXSSM_FUZZ_SEED", 1)));
  double const seconds = setting("TRANSXSSM_FUZZ_SECONDS", 0);
  auto const start = std::chrono::steady_clock::now();
  auto goes_on = [&](long n) {
    return seconds == 0 ? n < 10000
                        : std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() < seconds;
  };
  strings const whole = files(), maps = indexes();
  random.set_data(48);
  directory const here;
  long read = 0, maps_read = 0, checkpoints_read = 0, n = 0;
  for (; goes_on(n); ++n) {
    std::string const bytes = random.changed_file(random.any(whole), whole),
                      map = random.changed_text(random.any(maps), whole);
    exact_copy const file(bytes);
    read += is_read([&] {
      safetensors_header const header = safetensors_header_reader("f", file.bytes()).read();
      std::size_t length = 0;
      for (std::size_t i = 8; i-- > 0;) length = length << 8 | std::size_t(file.bytes()[i]);
      use(header, bytes.size() - 8 - length);
    });
    maps_read += is_read([&] {
      for (auto const& [name, tensors] : parse_index("f", map)) {
        REQUIRE(name.find('/') == name.npos);
        REQUIRE(!tensors.empty());
      }
    });
    if (n % 32 == 0) {  // the same by way of the disk
      write(here / "1.safetensors", random.below(2) ? bytes : whole[0]);
      write(here / "2.safetensors", random.below(2) ? bytes : whole[1]);
      write(here / index_file_name, random.below(2) ? map : maps[1]);
      checkpoints_read += is_read([&] {
        checkpoint const c(here);
        for (stored_tensor const& t : c.tensors()) is_read([&] { read_tensor<float>(c, t.name); });
      });
    }
  }
  MESSAGE(n << " changes: " << read << " files, " << maps_read << " indexes and " << checkpoints_read
            << " checkpoints were still right");
  CHECK((read > n / 200 && read < n / 2));
  CHECK((maps_read > n / 200 && maps_read < n));
  CHECK(checkpoints_read > 0);
}

}  // namespace io_fuzz_safetensors
