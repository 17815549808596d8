// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "cost.hpp"
#include <algorithm>
#include <chrono>
#include <cmath>

namespace demo {
namespace {

using namespace transxssm;

constexpr index_t shortest = 256, longest_quadratic = 4096, longest = 16384;

double timed(std::function<void()> const& once) {
  auto const start = std::chrono::steady_clock::now();
  once();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Repeats until a fifth of a second and three repetitions are spent, or a second and a half.
timing median(index_t T, std::function<void()> const& once) {
  if (T <= 1024) once();  // warms caches and threads up
  std::vector<double> seconds;
  double total = 0;
  while (!((seconds.size() >= 3 && total > 0.2) || total > 1.5)) total += seconds.emplace_back(timed(once));
  auto const middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
  std::nth_element(seconds.begin(), middle, seconds.end());
  return {T, *middle, static_cast<int>(seconds.size())};
}

/// The same rows for every head: a view whose heads lie at the same place.
view<float const, 4> shared(Eigen::MatrixXf const& rows, index_t T, index_t heads) {
  return {rows.data(), {1, T, heads, rows.cols()}, {0, rows.rowStride(), 0, rows.colStride()}};
}

struct contender {
  char const *operation, *form;
  index_t until;
  std::function<void(index_t T)> evaluate;
};

}  // namespace

double growth::exponent(int octaves) const {
  if (!grows()) return std::nan("");
  auto const& last = at.back();
  auto const& before = at[at.size() - 1 - std::min(at.size() - 1, static_cast<std::size_t>(octaves))];
  return std::log(last.seconds / before.seconds) /
         std::log(static_cast<double>(last.T) / static_cast<double>(before.T));
}

std::vector<growth> measure_growth(operands const& text, int heads, double patience, std::function<void(double)> done) {
  index_t const most = std::min(text.length(), longest), P = text.X.cols(), H = heads;
  rotary_table<float> const R(frequencies(text.C.cols()), most);
  std::vector<float> results(static_cast<std::size_t>(most * H * P));
  view<float const, 3> const log_a(text.log_a.data(), {1, text.length(), H}, {0, 1, 0});

  auto const output = [&](index_t T) { return view<float, 4>(results.data(), {1, T, H, P}); };
  auto const ssd = [&](auto form) {
    return [&, form](index_t T) {
      auto const table = R.middle_rows(0, T);
      auto const C = shared(text.C, T, H), B = shared(text.B, T, H), X = shared(text.X, T, H);
      with(output(T), form, cpu{heads}) =
          semiseparable(log_a.middle_rows(0, T), rotate(C, table), rotate(B, table)) * X;
    };
  };
  auto const attend = [&](auto form) {
    return [&, form](index_t T) {
      auto const table = R.middle_rows(0, T);
      auto const Q = shared(text.Q, T, H), K = shared(text.K, T, H), V = shared(text.V, T, H);
      with(output(T), form, cpu{heads}) = attention(rotate(Q, table), rotate(K, table)) * V;
    };
  };
  std::vector<contender> const contenders = {{"SSD", "quadratic", longest_quadratic, ssd(quadratic{})},
                                             {"SSD", "chunked", longest, ssd(chunked{64})},
                                             {"SSD", "recurrent", longest, ssd(recurrent{})},
                                             {"SSD", "tiled", longest, ssd(tiled{})},
                                             {"attention", "quadratic", longest_quadratic, attend(quadratic{})},
                                             {"attention", "online", longest, attend(online{128})}};
  std::vector<growth> all;
  for (auto const& c : contenders) {
    growth g{c.operation, c.form, {}};
    for (index_t T = shortest; T <= std::min(c.until, most); T *= 2) {
      if (!g.at.empty() && 4 * g.at.back().seconds > patience) break;
      g.at.push_back(median(T, [&] { c.evaluate(T); }));
      double const within = std::log2(static_cast<double>(T / shortest) + 1) / 7;
      done((static_cast<double>(all.size()) + within) / static_cast<double>(contenders.size()));
    }
    all.push_back(std::move(g));
  }
  return all;
}

}  // namespace demo
