// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <transxssm/io/read_weights.hpp>
#include <transxssm/io/save_safetensors.hpp>
#include "io/files.hpp"

namespace io_read_weights {

using namespace transxssm;
using namespace test_files;

/// A file with the matrix W (2, 3) and the vector b (2), and integers i (1).
struct stored_model {
  directory here;
  std::vector<float> W{1, 2, 3, 4, 5, 6}, b{0.5f, 3e38f};
  std::int64_t i = 9;

  template<class Stored>
  std::filesystem::path as() const {
    auto const w = encode<Stored>(W.data(), W.size()), v = encode<Stored>(b.data(), b.size());
    dtype const type = dtype_of<Stored>;
    save_safetensors(
        here / "f",
        {{"W", type, {2, 3}, w}, {"b", type, {2}, v}, {"i", {"I64", 64}, {1}, std::as_bytes(std::span(&i, 1))}});
    return here / "f";
  }
};

template<class S, class Stored>
void read_as(stored_model const& m) {
  std::vector<S> W(6), b(2);
  read_weights(checkpoint(m.as<Stored>()), std::vector<weight_ref<S>>{{"b", {2}, b.data()}, {"W", {2, 3}, W.data()}},
               {"i", "absent"});
  for (std::size_t k = 0; k < 6; ++k) CHECK(float(W[k]) == m.W[k]);
  CHECK(float(b[0]) == 0.5f);
  CHECK(float(b[1]) == float(S(float(Stored(m.b[1])))));
}

TEST_CASE_TEMPLATE("weights are filled, whatever they are stored as", S, float, double, Eigen::bfloat16, Eigen::half) {
  stored_model const m;
  read_as<S, float>(m);
  read_as<S, double>(m);
  read_as<S, Eigen::bfloat16>(m);
  read_as<S, Eigen::half>(m);
}

TEST_CASE("tied weights are read twice") {
  stored_model const m;
  std::vector<float> one(6), other(6), b(2);
  read_weights(
      checkpoint(m.as<float>()),
      std::vector<weight_ref<float>>{{"W", {2, 3}, one.data()}, {"W", {2, 3}, other.data()}, {"b", {2}, b.data()}},
      {"i"});
  CHECK((one == m.W && other == m.W));
}

TEST_CASE("all that differs is named, and nothing is written") {
  stored_model const m;
  auto const path = m.as<float>();
  std::vector<float> memory(100, 7);
  auto wrong = [&](std::vector<weight_ref<float>> weights, std::vector<std::string> const& ignored = {}) {
    for (auto& w : weights) w.data = memory.data();
    std::string const what = thrown<file_error>([&] { read_weights(checkpoint(path), weights, ignored); });
    CHECK(memory == std::vector<float>(100, 7));
    std::string const start = path.string() + ": these are not the weights of this model:";
    return what.starts_with(start) ? what.substr(start.size()) : what;
  };
  CHECK(wrong({{"W", {2, 3}}, {"b", {2}}}) == "\n  \"i\" (1) is none of the model's");
  CHECK(wrong({{"W", {2, 3}}}, {"i", "W"}) == "\n  \"b\" (2) is none of the model's");
  CHECK(wrong({{"W", {2, 3}}, {"b", {2}}, {"c", {4, 5}}}, {"i"}) == "\n  \"c\" (4, 5) is missing");
  CHECK(wrong({{"W", {3, 2}}, {"b", {2}}}, {"i"}) == "\n  \"W\" is (2, 3), expected (3, 2)");
  CHECK(wrong({{"W", {2, 3, 1}}, {"b", {}}}, {"i"}) ==
        "\n  \"W\" is (2, 3), expected (2, 3, 1)\n  \"b\" is (2), expected ()");
  CHECK(wrong({{"W", {2, 3}}, {"b", {2}}, {"i", {1}}}) == "\n  \"i\" is I64, expected F64, F32, BF16 or F16");
  CHECK(wrong({{"c", {}}, {"b", {3}}, {"d", {1, 2}}}) ==
        "\n  \"c\" () is missing\n  \"b\" is (2), expected (3)\n  \"d\" (1, 2) is missing"
        "\n  \"i\" (1) is none of the model's\n  \"W\" (2, 3) is none of the model's");
}

}  // namespace io_read_weights
