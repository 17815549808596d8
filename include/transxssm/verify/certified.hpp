// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <concepts>
#include <vector>
#include "../core/scalar.hpp"
#include "interval.hpp"
#include "library.hpp"
#include "text.hpp"

/// Certified: a theorem about one run, instead of a sample of runs. The library's own templates run on intervals, as
/// they stand, and so enclose the exact result for these very inputs; the distance from a result in floats to the far
/// end of the enclosure is an error that it cannot exceed.
///
///     auto input = verify::random_ssd<float>(256, 32, 32);
///     std::cout << verify::certified(input);                          // this library's result, in its automatic form
///     std::cout << verify::certified(input, my_ssd);                  // yours: (log_a, C, B, X) -> Y
///     std::cout << verify::certified(verify::random_attention<float>(256, 32, 32), my_attention);
///
/// The inputs are taken as exact: C and B, Q and K as they are, rotated already or not at all. Or, with positions,
///
///     std::cout << verify::certified(input, positions, my_rotated_ssd);   // (positions, log_a, C, B, X) -> Y
///     std::cout << verify::certified(input, positions);                   // this library's
///
/// what is enclosed is the product of C and B rotated by the exact angles m theta_i; the proven error then includes
/// that of the tables.
///
/// Every form is run on intervals of the next wider type (double for float), and the enclosures must meet: they hold
/// the same numbers. One form is run on intervals of the result's own precision, which must hold the result. Cost:
/// about 50 times that of the forms.
namespace transxssm::verify {

/// The scalar of the enclosing intervals.
template<class S>
using wider = std::conditional_t<sizeof(accumulator_t<S>) <= sizeof(float), double, long double>;

/// Judges `result`: `enclosures` are of the exact product, `own` is in the arithmetic of the result.
template<class S, class W, class V>
certified_report certify(std::string name, matrix<S> const& result, std::vector<matrix<interval<W>>> const& enclosures,
                         matrix<interval<V>> const& own, double bar) {
  certified_report report{.name = std::move(name), .consistent = true, .encloses_result = true, .bar = bar};
  report.entries = result.size();
  interval<W> squares, size;  // of the errors, of the exact entries
  for (index_t i = 0; i < result.rows(); ++i)
    for (index_t p = 0; p < result.cols(); ++p) {
      W low = enclosures[0](i, p).low(), high = enclosures[0](i, p).high();
      for (auto const& E : enclosures) low = std::max(low, E(i, p).low()), high = std::min(high, E(i, p).high());
      report.consistent = report.consistent && low <= high;
      interval<W> const exact(std::min(low, high), std::max(low, high)),
          off = abs(exact - interval<W>(exactly<W>(result(i, p))));
      squares += interval<W>(off.high()) * interval<W>(off.high());
      size += interval<W>(abs(exact).low()) * interval<W>(abs(exact).low());
      report.width = worse(interval<double>(exact.width()).high(), report.width);
      report.largest_error = worse(interval<double>(off.high()).high(), report.largest_error);

      double const stored = output_rounding<S>();  // a 16-bit result was rounded once more
      interval<double> const rounded = interval<double>(own(i, p)) * interval<double>(1 - 2 * stored, 1 + 2 * stored);
      report.encloses_result = report.encloses_result && rounded.contains(exactly<double>(result(i, p)));
    }
  interval<W> const relative = size.low() > 0 ? sqrt(squares / size) : sqrt(squares);
  report.relative_error = interval<double>(relative.high()).high();
  report.holds = report.consistent && report.encloses_result && report.relative_error <= bar;
  return report;
}

/// m theta_i, theta_i = base^(-2i/d), as intervals that hold the exact angles.     (T, d/2)
template<class I>
matrix<I> enclosed_angles(positions const& m, index_t d, double base = 10000) {
  return matrix<I>::NullaryExpr(static_cast<index_t>(m.size()), d / 2, [&](index_t t, index_t i) {
    return I(m[static_cast<std::size_t>(t)]) * exp(-(I(2 * i) / I(d)) * log(I(base)));
  });
}

/// The enclosures by all forms, and that in the result's own arithmetic, of one product in intervals of two precisions.
template<class S, class W, class V>
certified_report certify_ssd(std::string name, matrix<S> const& Y, ssd_input<W> const& in, ssd_input<V> const& own,
                             double bar) {
  std::vector<matrix<W>> const enclosures = {library_ssd<W, quadratic>{}(in.log_a, in.C, in.B, in.X),
                                             library_ssd<W, chunked>{}(in.log_a, in.C, in.B, in.X),
                                             library_ssd<W, recurrent>{}(in.log_a, in.C, in.B, in.X)};
  matrix<V> const in_own = library_ssd<V, chunked>{}(own.log_a, own.C, own.B, own.X);
  return certify(std::move(name), Y, enclosures, in_own, bar);
}
template<class S, class W, class V>
certified_report certify_attention(std::string name, matrix<S> const& Z, attention_input<W> const& in,
                                   attention_input<V> const& own, double bar) {
  std::vector<matrix<W>> const enclosures = {library_attention<W, quadratic>{}(in.Q, in.K, in.V),
                                             library_attention<W, online>{}(in.Q, in.K, in.V)};
  matrix<V> const in_own = library_attention<V, quadratic>{}(own.Q, own.K, own.V);
  return certify(std::move(name), Z, enclosures, in_own, bar);
}

/// The rows of X, rotated by the exact angles at positions m, as intervals.
template<class I, class S>
matrix<I> enclosed_rotation(matrix<S> const& X, positions const& m, double base, pairing pairs) {
  matrix<I> const rows = cast<I>(X), phi = enclosed_angles<I>(m, X.cols(), base);
  return rotate(rows, phi, pairs);
}

template<class S>
using enclosing = interval<wider<S>>;
template<class S>
using own_interval = interval<accumulator_t<S>>;

/// f is (log_a, C, B, X) -> Y.
template<class S, class F = library_ssd<S>>
requires std::invocable<F const&, vector<S>, matrix<S>, matrix<S>, matrix<S>>
certified_report certified(ssd_input<S> const& in, F const& f = {}) {
  matrix<S> const Y = f(in.log_a, in.C, in.B, in.X);
  return certify_ssd("certified SSD, " + scalar_name<S>(), Y, cast<enclosing<S>>(in), cast<own_interval<S>>(in),
                     ssd_error_bar(in.log_a));
}
/// f is (Q, K, V) -> Z.
template<class S, class F = library_attention<S>>
requires std::invocable<F const&, matrix<S>, matrix<S>, matrix<S>>
certified_report certified(attention_input<S> const& in, F const& f = {}) {
  matrix<S> const Z = f(in.Q, in.K, in.V);
  return certify_attention("certified attention, " + scalar_name<S>(), Z, cast<enclosing<S>>(in),
                           cast<own_interval<S>>(in), attention_error_bar<S>());
}

/// f is (positions, log_a, C, B, X) -> Y, which rotates C and B.
template<class S, class F>
certified_report certified(ssd_input<S> const& in, positions const& m, F const& f, double base = 10000,
                           pairing pairs = pairing::interleaved) {
  matrix<S> const Y = f(m, in.log_a, in.C, in.B, in.X);
  auto rotated_as = [&]<class I>(ssd_input<I> exact) {
    exact.C = enclosed_rotation<I>(in.C, m, base, pairs), exact.B = enclosed_rotation<I>(in.B, m, base, pairs);
    return exact;
  };
  return certify_ssd("certified rotated SSD, " + scalar_name<S>(), Y, rotated_as(cast<enclosing<S>>(in)),
                     rotated_as(cast<own_interval<S>>(in)), ssd_error_bar(in.log_a));
}
template<class S>
certified_report certified(ssd_input<S> const& in, positions const& m) {
  return certified(in, m, library_rotated_ssd<S>{{in.C.cols()}});
}

/// f is (positions, Q, K, V) -> Z, which rotates Q and K.
template<class S, class F>
certified_report certified(attention_input<S> const& in, positions const& m, F const& f, double base = 10000,
                           pairing pairs = pairing::interleaved) {
  matrix<S> const Z = f(m, in.Q, in.K, in.V);
  auto rotated_as = [&]<class I>(attention_input<I> exact) {
    exact.Q = enclosed_rotation<I>(in.Q, m, base, pairs), exact.K = enclosed_rotation<I>(in.K, m, base, pairs);
    return exact;
  };
  return certify_attention("certified rotated attention, " + scalar_name<S>(), Z, rotated_as(cast<enclosing<S>>(in)),
                           rotated_as(cast<own_interval<S>>(in)), attention_error_bar<S>());
}
template<class S>
certified_report certified(attention_input<S> const& in, positions const& m) {
  return certified(in, m, library_rotated_attention<S>{{in.Q.cols()}});
}

}  // namespace transxssm::verify
