// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <transxssm/io/read_tensor.hpp>
#include <transxssm/io/read_weights.hpp>
#include <transxssm/io/write_weights.hpp>
#include "io/files.hpp"

namespace io_write_weights {

using namespace transxssm;
using namespace test_files;

template<class S>
struct model {
  std::vector<S> W, b, scalar{S(-2.f)}, none;
  model() {
    for (int i = 0; i < 12; ++i) W.push_back(S(float(i) / 7));
    for (int i = 0; i < 3; ++i) b.push_back(S(float(-i) * 1.1f));
  }
  template<class T = S>
  std::vector<weight_ref<T>> weights() {
    return {
        {"W", {3, 4}, W.data()}, {"b", {3}, b.data()}, {"scalar", {}, scalar.data()}, {"none", {0, 2}, none.data()}};
  }
};

TEST_CASE_TEMPLATE("what is written is read, bit for bit", S, float, double, Eigen::bfloat16, Eigen::half) {
  directory const here;
  for (std::filesystem::path const& path : {here / "x.safetensors", std::filesystem::path(here)}) {
    model<S> written, read;
    for (auto* part : {&read.W, &read.b, &read.scalar}) std::fill(part->begin(), part->end(), S(7.f));
    write_weights(path, written.template weights<S const>(), {.metadata = {{"step", "3"}}, .shard_bytes = 20});
    checkpoint const file(path);
    CHECK(file.metadata().at("step") == "3");
    for (stored_tensor const& t : file.tensors()) CHECK(t.type == dtype_of<S>);
    read_weights(file, read.weights());
    CHECK((read.W == written.W && read.b == written.b && read.scalar == written.scalar));
  }
}

TEST_CASE("rounded to another type") {
  directory const here;
  model<float> m;
  write_weights<Eigen::bfloat16>(here / "f", m.weights());
  safetensors const file(here / "f");
  CHECK(file.tensor("W").type == dtype_of<Eigen::bfloat16>);
  CHECK(file.tensor("W").bytes.size() == 24);
  auto const W = read_tensor<float>(file, "W");
  for (std::size_t i = 0; i < 12; ++i) CHECK(W[i] == float(Eigen::bfloat16(m.W[i])));
  write_weights<double>(here / "f", m.weights());
  CHECK(read_tensor<float>(safetensors(here / "f"), "b") == m.b);
}

TEST_CASE("weights that cannot be written") {
  directory const here;
  float x = 1;
  auto wrong = [&](std::vector<weight_ref<float>> const& weights) {
    return thrown<std::invalid_argument>([&] { write_weights(here / "f", weights); });
  };
  CHECK(wrong({{"x", {}, &x}, {"x", {1}, &x}}) ==
        "save_safetensors: tensor \"x\" has the name of another tensor, or that of the metadata");
  CHECK(wrong({{"x", {-1}, &x}}) == "write_weights: \"x\" has the shape (-1)");
  CHECK(here.names().empty());
}

}  // namespace io_write_weights
