// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <limits>
#include <transxssm/train/clip.hpp>
#include "model/small_model.hpp"

namespace train_clip {

using namespace transxssm;

template<class S>
hybrid<S> some_gradient() {
  hybrid<S> gradient(small_model::of(transxssm_320m(), 601));
  random_numbers random(1);
  for (std::span<S> numbers : numbers_of(gradient))
    for (S& x : numbers) x = S(random.normal() * std::exp(3 * random.normal()));
  return gradient;
}

TEST_CASE_TEMPLATE("the norm of all gradients together", S, float, double) {
  hybrid<S> gradient = some_gradient<S>();
  long double sum = 0;
  for (std::span<S> numbers : numbers_of(gradient))
    for (S x : numbers) sum += (long double)(x) * (long double)(x);
  double const norm = global_norm(cpu{1}, gradient);
  CHECK(norm == doctest::Approx(double(std::sqrt(sum))).epsilon(1e-13));
  for (int threads : {2, 3, 7}) CHECK(global_norm(cpu{threads}, gradient) == norm);
}

TEST_CASE("a sum of squares, of any number of numbers") {
  float const x[20] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20};
  for (index_t n = 0; n <= 20; ++n) CHECK(sum_of_squares(x, n) == double(n * (n + 1) * (2 * n + 1) / 6));
}

TEST_CASE("a norm that counts: 3, 4 and 12 are 13, wherever they stand and however large") {
  model_config const config = small_model::of(mamba2_320m(), 601);
  for (double scale : {1., 0x1p100, 0x1p-100}) {
    hybrid<float> gradient = zeros_like<float>(config);
    CHECK(global_norm(cpu{2}, gradient) == 0);
    gradient.embedding.numbers.back() = float(3 * scale);
    std::get<ssd_layer<float>>(gradient.layers[2].mixer).A_log[1] = float(-4 * scale);
    gradient.norm.back() = float(12 * scale);
    CHECK(global_norm(cpu{2}, gradient) == 13 * scale);
  }
}

TEST_CASE("clipping: what is short stays, what is long is cut to length, what is no number is refused") {
  CHECK(clip_factor(0, 1) == 1);
  CHECK(clip_factor(1, 1) == 1);
  CHECK(clip_factor(4, 1) == 0.25);
  CHECK(clip_factor(4, 8) == 1);
  CHECK_THROWS_WITH_AS(clip_factor(1, 0), "clip_factor: most is 0.000000, expected more than 0", std::invalid_argument);
  for (float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    hybrid<float> gradient = some_gradient<float>();
    gradient.embedding.numbers[20000 / 2] = bad;
    CHECK_THROWS_AS(clip_factor(global_norm(cpu{2}, gradient), 1), std::domain_error);
  }
}

}  // namespace train_clip
