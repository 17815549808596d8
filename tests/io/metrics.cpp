// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <limits>
#include <transxssm/io/metrics.hpp>
#include "io/disk.hpp"
#include "io/files.hpp"

namespace io_metrics {

using namespace transxssm;
using namespace test_files;

training_metrics of_step(std::int64_t step) {
  return {
      .step = step, .loss = 1 / 3., .learning_rate = 1e-4, .gradient_norm = 2, .tokens_per_second = 5, .seconds = 6};
}
std::vector<int> steps_in(std::filesystem::path const& path) {
  std::vector<int> steps;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) steps.push_back(nlohmann::json::parse(line)["step"].get<int>());
  return steps;
}

TEST_CASE("metrics: one JSON object a line, there as soon as it is written") {
  directory const here;
  metrics_file file(here / "metrics.jsonl");
  CHECK(read(here / "metrics.jsonl").empty());
  file.write(of_step(1));
  CHECK(
      read(here / "metrics.jsonl") ==
      R"({"step":1,"loss":0.3333333333333333,"learning_rate":0.0001,"gradient_norm":2.0,"tokens_per_second":5.0,"seconds":6.0})"
      "\n");
  training_metrics second = of_step(2);
  second.validation_loss = 0.1, second.loss = std::numeric_limits<double>::quiet_NaN();
  file.write(second);
  std::string const text = read(here / "metrics.jsonl");
  auto const line = nlohmann::json::parse(text.substr(text.find('\n') + 1));
  CHECK((line["loss"].is_null() && line["validation_loss"] == 0.1));
  CHECK(here.names() == std::set<std::string>{"metrics.jsonl"});
}

TEST_CASE("metrics: a run that is taken up again drops what it will do again") {
  directory const here;
  auto const path = here / "metrics.jsonl";
  {
    metrics_file file(path);
    for (int i = 1; i <= 9; ++i) file.write(of_step(i));
  }
  std::string const nine = read(path);
  write(path, nine + R"({"step":10,"lo)");  // killed within a line
  {
    metrics_file file(path, 6);
    CHECK(steps_in(path) == std::vector{1, 2, 3, 4, 5, 6});
    CHECK(nine.starts_with(read(path)));
    file.write(of_step(7));
  }
  CHECK(steps_in(path) == std::vector{1, 2, 3, 4, 5, 6, 7});
  { metrics_file file(path, 100); }
  CHECK(steps_in(path) == std::vector{1, 2, 3, 4, 5, 6, 7});
  { metrics_file file(path); }
  CHECK(read(path).empty());
  { metrics_file file(here / "new.jsonl", 5); }
  CHECK(read(here / "new.jsonl").empty());
}

TEST_CASE("metrics: what cannot be read or written") {
  directory const here;
  auto const path = here / "metrics.jsonl";
  for (char const* wrong : {"{\"step\":1}\nnothing\n", "{\"step\":1}\n{}\n", "{\"step\":\"1\"}\n", "7\n"}) {
    write(path, wrong);
    CHECK_THROWS_AS(metrics_file(path, 3), file_error);
    CHECK(read(path) == wrong);
  }
  CHECK_THROWS_AS(metrics_file(here / "none/metrics.jsonl"), file_error);
  metrics_file file(path);
  disk_of const disk(10);
  CHECK(thrown<file_error>([&] { file.write(of_step(1)); }) == path.string() + ": File too large");
}

}  // namespace io_metrics
