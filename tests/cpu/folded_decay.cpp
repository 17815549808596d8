// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <transxssm/transxssm.hpp>
#include <cmath>
#include <random>
#include <vector>

namespace cpu_folded_decay {

using namespace transxssm;

/// e^{log_a_{j+1} + ... + log_a_i}, as the factors of input j and of output i say, and what rescales the state between.
template<class S>
long double decay_between(folded_decay<S> const& decays, index_t j, index_t i) {
  long double product = (long double)(decays.of_input(j)) * decays.of_output(i);
  for (auto const& r : decays.rescalings())
    if (j < r.t && r.t <= i) product *= r.factor;
  return product;
}

template<class S>
void the_factors_make_the_decay(double strength, long double bar) {
  index_t const n = 50, blocks = 20;
  std::mt19937 random(1);
  std::exponential_distribution<double> step(1 / strength);
  folded_decay<S> decays(n, {});
  compensated_sum<log_sum_t<S>> s;
  for (index_t block = 0; block < blocks; ++block) {  // s goes on from block to block
    std::vector<S> log_a;
    for (index_t t = 0; t < n; ++t) log_a.push_back(S(-step(random)));
    decays.fold(view<S const, 1>(log_a.data(), {n}), s);
    for (index_t i = 0; i < n; ++i) {
      CHECK(std::abs(std::log(double(decays.of_input(i)))) <= 40.001);
      long double sum = 0;
      for (index_t j = i; j >= 0; --j) {
        long double const exact = std::exp(sum);
        CHECK(std::abs(decay_between(decays, j, i) - exact) <= bar * exact + 1e-30L);
        sum += log_a[std::size_t(j)];
      }
    }
  }
}

TEST_CASE("the factors of inputs and outputs, and the rescalings between them, make the decay") {
  for (double strength : {1e-6, 0.02, 1.0, 10.0, 60.0}) {
    CAPTURE(strength);
    the_factors_make_the_decay<float>(strength, 3e-7L);
    the_factors_make_the_decay<double>(strength, 2e-15L);
  }
}

TEST_CASE("constant steps add up without drift") {
  folded_decay<double> decays(100, {});
  compensated_sum<double> s;
  std::vector<double> const log_a(100, -1e-4);
  for (int block = 0; block < 3000; ++block) decays.fold(view<double const, 1>(log_a.data(), {100}), s);
  long double const exact = -1e-4 * (long double)(300000);
  CHECK(std::abs(((long double)(s.sum) + s.rest - exact) / exact) < 1e-18L);
}

TEST_CASE("a reset, and a decay too strong for a float, forget") {
  folded_decay<float> decays(4, {});
  compensated_sum<double> s;
  std::vector<float> const log_a = {-1, -std::numeric_limits<float>::infinity(), -90, -41};
  decays.fold(view<float const, 1>(log_a.data(), {4}), s);
  auto const r = decays.rescalings();
  REQUIRE(r.size() == 6);
  CHECK((r[0].t == 1 && r[1].t == 1 && r[1].factor == 0));
  CHECK((r[2].t == 2 && r[3].t == 2 && r[3].factor == 0));
  CHECK(r[4].t == 3);
  CHECK(r[4].factor == doctest::Approx(std::exp(-41.0)).epsilon(1e-7));
  CHECK(s.sum == 0);
}

}  // namespace cpu_folded_decay
