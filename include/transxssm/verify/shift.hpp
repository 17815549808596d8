// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include "../core/scalar.hpp"
#include "library.hpp"
#include "shift_bound.hpp"
#include "text.hpp"

/// Shift covariance: with p added to all positions attention stays what it is; and so does SSD, from a state h that is
/// relocated by p, which leaves the last state relocated by p. (Relocated: the N axis of h is rotated by R_p.)
///
///     std::cout << verify::shift(verify::random_attention<float>(256, 64, 64), my_attention);
///     std::cout << verify::shift(verify::random_ssd<float>(256, 64, 64), my_ssd, my_relocate);
///         my_attention   (positions, Q, K, V) -> Z, which rotates Q and K
///         my_ssd         (positions, log_a, C, B, X, h) -> Y, which rotates C and B, and moves h (N, P)
///         my_relocate    (h, p) -> h'
///     std::cout << verify::shift(verify::random_ssd<float>(256, 64, 64));                     // this library's
///
/// The bound has two parts: what the rotations may change (shift_bound.hpp), and what the sums of the two runs may:
/// each the error bar of its operator. Both are relative to the norm of the output, or of the last state.
namespace transxssm::verify {

struct shift_options {
  positions shifts = {};  // empty: 1, 64, and such that 2^12, 2^16 and 2^20 lie in the middle
  // What the bound assumes, and what this library's tables are made with:
  angle_precision angles = angle_precision::exact;
  double base = 10000;
  pairing pairs = pairing::interleaved;
  std::string name = {};
  progress on_progress = {};
};

/// Positions that restart somewhere are seen where they do: in the middle of the steps.
inline positions shifts_of(shift_options const& options, index_t T) {
  if (!options.shifts.empty()) return options.shifts;
  positions shifts = {1, 64};
  for (int power : {12, 16, 20}) shifts.push_back(std::max<index_t>((index_t(1) << power) - T / 2, 65));
  return shifts;
}

inline void note(shift_report& report, shift_error shift) {
  shift.holds = shift.error <= shift.bound && shift.state_error <= shift.state_bound;
  report.holds = report.holds && shift.holds;
  for (auto [error, bound] : {std::pair(shift.error, shift.bound), std::pair(shift.state_error, shift.state_bound)}) {
    report.largest_error = worse(error, report.largest_error);
    if (bound > 0) report.largest_ratio = worse(error / bound, report.largest_ratio);
  }
  report.shifts.push_back(shift);
}

/// f is (positions, Q, K, V) -> Z.
template<class S, class F>
shift_report shift(attention_input<S> const& in, F const& f, shift_options const& options = {}) {
  shift_report report{.name = options.name.empty() ? "shift of attention, " + scalar_name<S>() : options.name,
                      .holds = true};
  index_t T = report.T = in.Q.rows();
  plane_errors const planes{rotary_rounding::of<S>(options.angles), in.Q.cols(), options.base, options.pairs};
  matrix<S> const Z = f(positions_from(0, T), in.Q, in.K, in.V);
  double const size = cast<double>(Z).norm();
  positions const shifts = shifts_of(options, T);
  for (index_t p : shifts) {
    matrix<S> const moved = f(positions_from(p, T), in.Q, in.K, in.V);
    double const rotations = attention_shift_bound(in, planes, p);
    note(report, {p, relative_l2(moved, cast<double>(Z)), rotations / size + 2 * attention_error_bar<S>()});
    if (options.on_progress)
      options.on_progress(static_cast<double>(report.shifts.size()) / static_cast<double>(shifts.size()));
  }
  return report;
}

/// f is (positions, log_a, C, B, X, h) -> Y, and moves h; relocate is (h, p) -> h'. The first state is random.
template<class S, class F, class Relocate>
shift_report shift(ssd_input<S> const& in, F const& f, Relocate const& relocate, shift_options const& options = {}) {
  shift_report report{.name = options.name.empty() ? "shift of SSD, " + scalar_name<S>() : options.name, .holds = true};
  index_t T = report.T = in.C.rows();
  plane_errors const planes{rotary_rounding::of<S>(options.angles), in.C.cols(), options.base, options.pairs};
  matrix<accumulator_t<S>> const first = random_numbers(2).rows<accumulator_t<S>>(in.C.cols(), in.X.cols());  // (N, P)
  matrix<accumulator_t<S>> last = first;
  matrix<S> const Y = f(positions_from(0, T), in.log_a, in.C, in.B, in.X, last);
  double const size = cast<double>(Y).norm(), state_size = cast<double>(last).norm(),
               bars = 2 * ssd_error_bar(in.log_a);
  positions const shifts = shifts_of(options, T);
  for (index_t p : shifts) {
    matrix<accumulator_t<S>> h = relocate(first, p);
    matrix<S> const moved = f(positions_from(p, T), in.log_a, in.C, in.B, in.X, h);
    matrix<accumulator_t<S>> const expected = relocate(last, p);
    auto [rotations, state_rotations] = ssd_shift_bounds(in, first, planes, p);
    note(report, {p, relative_l2(moved, cast<double>(Y)), rotations / size + bars,
                  relative_l2(h, cast<double>(expected)), state_rotations / state_size + bars});
    if (options.on_progress)
      options.on_progress(static_cast<double>(report.shifts.size()) / static_cast<double>(shifts.size()));
  }
  return report;
}

/// This library's operators, rotated by tables with the options' angles.
template<class S>
shift_report shift(attention_input<S> const& in, shift_options const& options = {}) {
  library_rotation<S> const rotation{in.Q.cols(), options.base, options.angles, options.pairs};
  return shift(in, library_rotated_attention<S>{rotation}, options);
}
template<class S>
shift_report shift(ssd_input<S> const& in, shift_options const& options = {}) {
  library_rotation<S> const rotation{in.C.cols(), options.base, options.angles, options.pairs};
  return shift(in, library_rotated_ssd<S>{rotation}, library_relocation<S>{rotation}, options);
}

}  // namespace transxssm::verify
