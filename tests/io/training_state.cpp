// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <csignal>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <transxssm/io/training_state.hpp>
#include <transxssm/train/clip.hpp>
#include "io/disk.hpp"
#include "io/files.hpp"
#include "model/small_model.hpp"

namespace io_training_state {

using namespace transxssm;
using namespace test_files;
using names = std::set<std::string>;

documents some_text() {
  documents text;
  text.append("In the beginning God created the heaven and the earth. And the earth was without form, and void");
  return text;
}

/// A run of training, with gradients that are made of the text and of the weights.
template<class S>
struct run {
  using Acc = accumulator_t<S>;
  hybrid<S> model;
  adamw<S> optimiser;
  text_data data{some_text(), {.length = 8, .count = 3, .seed = 1}};
  training_progress progress;

  explicit run(std::uint64_t seed, model_config const& config = small_model::of(transxssm_320m()))
      : model(start(config, seed)), optimiser(model) {
    progress.settings = {{"batch", "3"}, {"seed", "1"}};
  }
  static hybrid<S> start(model_config const& config, std::uint64_t seed) {
    hybrid<S> model(config);
    initialize(model, seed);
    return model;
  }
  void steps(index_t n) {
    hybrid<Acc> gradient = zeros_like<Acc>(model.config());
    text_batch batch;
    for (index_t i = 0; i < n; ++i) {
      data.next(batch);
      std::size_t j = 0;
      for (auto numbers : numbers_of(gradient))
        for (Acc& g : numbers) g = Acc(0.01) * Acc(batch.targets[j++ % batch.targets.size()]) - Acc(0.3);
      gradient.embedding.numbers[0] = Acc(model.embedding.numbers[0]);
      optimiser.step(cpu{1}, model, gradient, 1e-3, clip_factor(global_norm(cpu{1}, gradient), 1));
      ++progress.step, progress.seconds += 0.1;
    }
  }
  void save(std::filesystem::path const& path) {
    progress.data = data.position();
    save_training_state(path, model, optimiser, progress);
  }
  void load(std::filesystem::path const& path) {
    progress = load_training_state(path, model, optimiser, progress.settings);
    data.seek(progress.data);
  }
  /// Every bit that there is.
  std::string bits() {
    std::string all = std::to_string(progress.step) + " " + std::to_string(progress.data.row) + " " +
                      std::to_string(optimiser.steps) + " " + training_file::exact(progress.seconds);
    auto add = [&](auto& of) {
      visit_weights(of, [&](auto const& name, std::vector<index_t> const& shape, auto const* numbers) {
        std::size_t count = sizeof(*numbers);
        for (index_t n : shape) count *= std::size_t(n);
        all.append(name).append(reinterpret_cast<char const*>(numbers), count);
      });
    };
    add(model), add(optimiser.m), add(optimiser.v);
    if (optimiser.masters) add(*optimiser.masters);
    return all;
  }
};

TEST_CASE_TEMPLATE("a run that is taken up again has the bits of one that never stopped", S, float, double,
                   Eigen::bfloat16) {
  directory const here;
  run<S> whole(1), first(1), second(2);
  whole.steps(30), whole.progress.data = whole.data.position();
  first.steps(17);
  first.progress.notes["best"] = "2.5 bits";
  first.save(here / "state.safetensors");
  first.steps(3);  // lost
  second.steps(1);
  second.load(here / "state.safetensors");
  CHECK(second.progress.step == 17);
  CHECK(second.progress.notes.at("best") == "2.5 bits");
  second.steps(13);
  second.save(here / "state.safetensors");
  CHECK((second.bits() == whole.bits()));
  run<S> third(3);
  third.load(here / "state.safetensors");
  CHECK((third.bits() == whole.bits()));
}

TEST_CASE("a process that is killed while it writes leaves the state before, whole") {
  directory const here;
  auto const path = here / "state.safetensors";
  run<float> before(1);
  before.steps(3), before.save(path);
  std::string const old_file = read(path), old_bits = before.bits();
  index_t killed = 0;
  for (std::size_t limit : {std::size_t(0), std::size_t(1), std::size_t(1000), std::size_t(100'000),
                            old_file.size() / 2, old_file.size() - 1000, 2 * old_file.size()}) {
    pid_t const child = ::fork();
    if (child == 0) {  // the kernel kills it as it writes more than that
      rlimit const bytes{limit, limit}, no_core{0, 0};
      ::setrlimit(RLIMIT_CORE, &no_core), ::setrlimit(RLIMIT_FSIZE, &bytes);
      std::signal(SIGXFSZ, SIG_DFL);
      before.steps(2), before.save(path);
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    run<float> after(2);
    after.load(path);
    if (limit < old_file.size()) {
      CHECK(WIFSIGNALED(status));
      CHECK(WTERMSIG(status) == SIGXFSZ);
      CHECK((read(path) == old_file && after.bits() == old_bits));
      ++killed;
    } else {
      CHECK(status == 0);
      CHECK(after.progress.step == 5);
    }
  }
  CHECK(killed == 6);
}

TEST_CASE("a disk that is full leaves the state before, and nothing else") {
  directory const here;
  run<float> before(1), after(2);
  before.steps(3), before.save(here / "state");
  std::string const bits = before.bits();
  before.steps(1);
  {
    disk_of const disk(10'000);
    CHECK_THROWS_AS(before.save(here / "state"), file_error);
  }
  after.load(here / "state");
  CHECK((after.bits() == bits && here.names() == names{"state"}));
}

TEST_CASE("the state of another training is refused by name, and nothing is changed") {
  directory const here;
  auto const path = here / "state";
  run<float> saved(1);
  saved.steps(1), saved.save(path);
  auto refused = [&](run<float>& other) {
    std::string const bits = other.bits(), wrong = thrown<file_error>([&] { other.load(path); });
    CHECK((other.bits() == bits));
    return wrong;
  };
  std::string const beginning = path.string() + ": is the state of another training:";

  model_config config = saved.model.config();
  config.d_ff = 40, config.ssd.rotary_features = 8, config.name = "other";
  run<float> smaller(1, config);
  CHECK(refused(smaller) == beginning + R"(
  "d_ff" is "48", expected "40"
  "ssd_rotary_features" is "16", expected "8")");
  config = saved.model.config(), config.name = "other", config.pattern = "SSSSSSSASSSSSSSA";
  run<float> same(1, config);
  same.load(path);
  CHECK(same.progress.step == 1);

  run<float> faster(1);
  faster.optimiser.settings.beta2 = 0.95;
  CHECK(refused(faster) == beginning + "\n  \"adamw/beta2\" is \"0.999\", expected \"0.95\"");
  run<float> larger(1);
  larger.progress.settings = {{"batch", "4"}, {"text", "Moby Dick"}};
  CHECK(refused(larger) == beginning + R"(
  "batch" is "3", expected "4"
  "seed" is "1", expected not there
  "text" is not there, expected "Moby Dick")");

  run<float> any(1);
  save_model(here / "model", saved.model);
  CHECK(thrown<file_error>([&] { any.load(here / "model"); }) ==
        (here / "model").string() + ": is no training state: it does not say its \"format\"");
  std::string const whole = read(path);
  write(path, whole.substr(0, whole.size() - 4));
  CHECK_THROWS_AS(any.load(path), file_error);
  CHECK_THROWS_AS(any.load(here / "nothing"), file_error);
}

}  // namespace io_training_state
