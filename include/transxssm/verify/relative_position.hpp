// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include "../core/scalar.hpp"
#include "exact_rotation.hpp"
#include "first_exceeding.hpp"
#include "library.hpp"
#include "rotary_rounding.hpp"
#include "rotated_pair.hpp"
#include "text.hpp"

/// Eq. 4: does the score of a query at position m and a key at n depend on m - n alone, and is it the right number?
///
///     using oracle = boost::multiprecision::cpp_bin_float_100;           // or any scalar with exp, log, cos and sin
///     verify::exact_rotation<oracle> exact(64);                          // d = 64, base 10000
///     auto mine = [](MatrixXf const& X, std::vector<std::ptrdiff_t> const& positions) -> MatrixXf { ... };
///     std::cout << verify::relative_position<float>(mine, exact);        // your rotation
///     std::cout << verify::relative_position<float>(exact);              // this library's
///
/// Random q and k are put at all pairs (m, n) of a grid of positions. Measured is |score - q R_{n-m} k^T| / (|q||k|),
/// and held against a bound that is derived, not fitted: with error(m, theta) of rotary_rounding.hpp for each plane i,
///
///     |score - exact| <= sum over i of |q_i||k_i| ((1 + error(m, theta_i)) (1 + error(n, theta_i)) - 1)
///
/// and, where the callable gives scores, for their d products and sums, (d + 1) u sum over i of |q^_i||k^_i|, and for
/// the rounding of a narrower result. Rotated rows are multiplied in the oracle's arithmetic, which adds nothing.
namespace transxssm::verify {

struct relative_position_options {
  angle_precision angles = angle_precision::exact;  // what the bound assumes of the angles
  pairing pairs = pairing::interleaved;             // which features of a row turn together
  index_t furthest = index_t(1) << 20;              // the largest position
  int vectors = 2;                                  // pairs of q and k
  positions grid = {};                              // all pairs of these; empty: a grid of about 40 up to `furthest`
  positions distances = {1, 7, 64};     // followed through all positions m: the pairs (m, m - r), and (m, 0)
  index_t dense = 4096, samples = 512;  // at every m < dense, then at so many m in each octave
  std::vector<double> thresholds = {1e-4, 1e-3, 1e-2, 1e-1};
  std::uint64_t seed = 1;
  std::string name = {};
  progress on_progress = {};
};

/// 0 .. 3, the successors of the powers of two, one at random between each two, and `furthest`.
inline positions default_grid(index_t furthest, std::uint64_t seed) {
  random_numbers next(seed);
  positions grid = {0, 1, 2, 3, furthest};
  for (index_t p = 4; p <= furthest; p *= 2)
    for (index_t m : {p + 1, p + static_cast<index_t>(next.below(static_cast<std::uint64_t>(p)))}) grid.push_back(m);
  std::erase_if(grid, [=](index_t m) { return m > furthest; });
  std::ranges::sort(grid);
  grid.erase(std::unique(grid.begin(), grid.end()), grid.end());
  return grid;
}

/// The random pairs at work: what the callable makes of them, beside the exact scores and the bound.
template<class S, class F, class Oracle>
class relative_position_trial {
 public:
  relative_position_trial(F const& f, exact_rotation<Oracle>& exact, relative_position_options const& options)
      : f_(f), exact_(exact), distances_(options.distances) {
    index_t d = 2 * exact.planes();
    random_numbers next(options.seed);
    for (int v = 0; v < options.vectors; ++v) {
      matrix<S> q = next.rows<S>(1, d), k = next.rows<S>(1, d);
      pairs_.emplace_back(q, k, options.pairs);
    }
    using result = scalar_of<decltype(scores_or_rows(f, pairs_[0]))>;
    using rows = std::conditional_t<gives_scores<F, S>, accumulator_t<S>, result>;
    rounding_ = rotary_rounding::of<S, rows>(options.angles);
    if (gives_scores<F, S>)
      products_ = static_cast<double>(d + 1) * unit_roundoff<accumulator_t<S>>() + output_rounding<result>();
  }

  /// All pairs of positions on the grid (those with m >= n, where the callable gives scores).
  void measure_on(positions const& grid, relative_position_report& report, progress const& on_progress) const {
    for (index_t m : grid) report.curve.push_back({m, 0, 0});
    for (std::size_t v = 0; v < pairs_.size(); ++v) {
      matrix<Oracle> const G = scores_on(f_, pairs_[v], grid);
      for (std::size_t i = 0; i < grid.size(); ++i) {
        if (on_progress)
          on_progress(static_cast<double>(v * grid.size() + i) / static_cast<double>(pairs_.size() * grid.size()));
        for (std::size_t j = 0; j < (gives_scores<F, S> ? i + 1 : grid.size()); ++j) {
          Oracle off = G(static_cast<index_t>(i), static_cast<index_t>(j)) - pairs_[v].exact(exact_, grid[i] - grid[j]);
          double error = std::abs(static_cast<double>(off)) / pairs_[v].size;
          note(error, bound(pairs_[v], grid[i], grid[j]), grid[i], grid[j], report.curve[std::max(i, j)], report);
        }
      }
    }
  }

  /// The largest error at each position m, of the pairs (m, m - r) for the distances r, and (m, 0).
  std::vector<double> errors_at(positions const& m) const {
    std::vector<double> largest(m.size(), 0);
    positions distances = distances_;
    distances.push_back(m.empty() ? 0 : *std::ranges::max_element(m));
    for (index_t r : distances) {
      positions n;
      for (index_t at : m) n.push_back(std::max<index_t>(at - r, 0));
      for (auto const& pair : pairs_) {
        std::vector<double> const scores = scores_at(f_, pair, m, n);
        for (std::size_t i = 0; i < m.size(); ++i)
          largest[i] = worse(std::abs(scores[i] - pair.in_double(exact_, m[i] - n[i])) / pair.size, largest[i]);
      }
    }
    return largest;
  }
  double bound_at(index_t m) const {
    double largest = 0;
    for (auto const& pair : pairs_) largest = std::max(largest, bound(pair, m, m));
    return largest;
  }

 private:
  using pair_type = rotated_pair<S, Oracle>;

  static auto scores_or_rows(F const& f, pair_type const& pair) {
    if constexpr (gives_scores<F, S>) return f(pair.q, pair.k, positions{0});
    else return f(pair.q, positions{0});
  }
  double bound(pair_type const& pair, index_t m, index_t n) const {
    return pair.bound(exact_, rounding_, products_, m, n);
  }

  static void note(double error, double bound, index_t m, index_t n, error_at& there,
                   relative_position_report& report) {
    ++report.scores;
    there.error = worse(error, there.error);
    there.bound = std::max(there.bound, bound);
    report.largest_error = worse(error, report.largest_error);
    report.largest_bound = std::max(report.largest_bound, bound);
    if (double const ratio = worse(error / bound, report.largest_ratio);
        ratio != report.largest_ratio && !std::isnan(report.largest_ratio))
      report.largest_ratio = ratio, report.worst_m = m, report.worst_n = n;
  }

  F const& f_;
  exact_rotation<Oracle>& exact_;
  positions distances_;
  std::vector<pair_type> pairs_;
  rotary_rounding rounding_;
  double products_ = 0;
};

/// `f` as above: (X, positions) -> rotated rows, or (Q, K, positions) -> scores; rows and tables of scalar S.
/// Cost: the oracle's cos and sin at every distance between two points of the grid, once per `exact`; then about 10^5
/// rotated rows.
template<class S, class F, class Oracle>
relative_position_report relative_position(F const& f, exact_rotation<Oracle>& exact,
                                           relative_position_options const& options = {}) {
  auto told = [&](double from, double to) -> progress {
    if (!options.on_progress) return {};
    return [&options, from, to](double fraction) { options.on_progress(from + fraction * (to - from)); };
  };
  positions grid = options.grid.empty() ? default_grid(options.furthest, options.seed) : options.grid;
  std::ranges::sort(grid);

  relative_position_report report{.name = options.name.empty() ? "relative position" : options.name};
  report.features = 2 * exact.planes(), report.furthest = std::max(options.furthest, grid.back());
  relative_position_trial<S, F, Oracle> trial(f, exact, options);
  trial.measure_on(grid, report, told(0, 0.5));
  report.holds = report.largest_ratio <= 1;
  report.exceeds = first_positions_exceeding(
      options.thresholds, options.furthest, options.dense, options.samples,
      [&](positions const& m) { return trial.errors_at(m); }, [&](index_t m) { return trial.bound_at(m); },
      told(0.5, 1));
  if (options.on_progress) options.on_progress(1);
  return report;
}

/// This library's rotation, with tables and rows of scalar S, and the angles and pairing of the options.
template<class S, class Oracle>
relative_position_report relative_position(exact_rotation<Oracle>& exact, relative_position_options options = {}) {
  library_rotation<S> rotation{2 * exact.planes(), exact.base(), options.angles, options.pairs};
  if (options.name.empty()) options.name = "Q.K, " + scalar_name<S>() + " table, angles " + angles_name(options.angles);
  return relative_position<S>(rotation, exact, options);
}

}  // namespace transxssm::verify
