// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <concepts>
#include <functional>
#include "library.hpp"
#include "text.hpp"

/// Duality: the quadratic, the chunked and the recurrent form of one semiseparable product are the same numbers; and so
/// are the forms of one softmax.
///
///     auto input = verify::random_ssd<float>(1024, 64, 64);                       // or {log_a, C, B, X}
///     std::cout << verify::duality<double>(input);                                // this library's forms
///     std::cout << verify::duality<double>(input, {{"mine", my_ssd}});            // yours: (log_a, C, B, X) -> Y
///     std::cout << verify::duality<double>(verify::random_attention<float>(512, 64, 64));
///
/// Each form is judged against the definition, a plain loop in the scalar Oracle: double or better for float, long
/// double or 100 digits for double. Its relative L2 error has the bar eps (16 + sqrt(min(T, 1 / (1 - a_mean))) / 2),
/// attention's is 16 eps, with eps of the sums; a 16-bit output may be off by its own rounding beyond that. And every
/// two forms agree within twice the bar. Cost: T^2 (N + P) operations of Oracle.
namespace transxssm::verify {

template<class S>
using ssd_function =
    std::function<matrix<S>(vector<S> const& log_a, matrix<S> const& C, matrix<S> const& B, matrix<S> const& X)>;
template<class S>
using attention_function = std::function<matrix<S>(matrix<S> const& Q, matrix<S> const& K, matrix<S> const& V)>;

template<class Function>
struct named_form {
  std::string name;
  Function run;
};
template<class S>
using ssd_forms = std::vector<named_form<ssd_function<S>>>;
template<class S>
using attention_forms = std::vector<named_form<attention_function<S>>>;

/// The forms of this library.
template<class S>
ssd_forms<S> library_ssd_forms() {
  ssd_forms<S> forms = {{"quadratic", library_ssd<S, quadratic>{}},
                        {"chunked(16)", library_ssd<S, chunked>{{16}}},
                        {"chunked(64)", library_ssd<S, chunked>{{64}}},
                        {"recurrent", library_ssd<S, recurrent>{}},
                        {"automatic", library_ssd<S>{}}};
  if constexpr (std::floating_point<S>) forms.push_back({"tiled(32)", library_ssd<S, tiled>{}});
  return forms;
}
template<class S>
attention_forms<S> library_attention_forms() {
  return {{"quadratic", library_attention<S, quadratic>{}},
          {"online(32)", library_attention<S, online>{{32}}},
          {"online(128)", library_attention<S, online>{{128}}}};
}

/// Judges the outputs of `run(form)` against `exact` and against each other.
template<class S, class Oracle, class Forms, class Run>
void compare_forms(duality_report& report, Forms const& forms, matrix<Oracle> const& exact, Run const& run,
                   progress const& on_progress) {
  std::vector<matrix<S>> Y;
  report.holds = true;
  for (auto const& form : forms) {
    if (on_progress) on_progress(0.5 + 0.5 * static_cast<double>(Y.size()) / static_cast<double>(forms.size()));
    Y.push_back(run(form.run));
    double error = relative_l2(Y.back(), exact);
    report.forms.push_back({form.name, error, error / report.bar, error <= report.bar});
    report.holds = report.holds && error <= report.bar;
    report.largest_error = worse(error, report.largest_error);
    for (std::size_t other = 0; other + 1 < Y.size(); ++other) {
      report.largest_disagreement = worse(relative_l2(Y.back(), cast<Oracle>(Y[other])), report.largest_disagreement);
    }
  }
  report.holds = report.holds && report.largest_disagreement <= 2 * report.bar;
  if (on_progress) on_progress(1);
}

template<class Oracle, class S>
duality_report duality(ssd_input<S> const& input, ssd_forms<S> const& forms = library_ssd_forms<S>(),
                       progress const& on_progress = {}) {
  duality_report report{
      .name = "duality of SSD, " + scalar_name<S>(), .T = input.C.rows(), .N = input.C.cols(), .P = input.X.cols()};
  report.bar = ssd_error_bar(input.log_a);
  if (on_progress) on_progress(0);
  matrix<Oracle> const exact = ssd_by_definition<Oracle>(input);
  auto run = [&](ssd_function<S> const& f) { return f(input.log_a, input.C, input.B, input.X); };
  compare_forms<S>(report, forms, exact, run, on_progress);
  return report;
}

template<class Oracle, class S>
duality_report duality(attention_input<S> const& input, attention_forms<S> const& forms = library_attention_forms<S>(),
                       progress const& on_progress = {}) {
  duality_report report{
      .name = "forms of attention, " + scalar_name<S>(), .T = input.Q.rows(), .N = input.Q.cols(), .P = input.V.cols()};
  report.bar = attention_error_bar<S>();
  if (on_progress) on_progress(0);
  matrix<Oracle> const exact = attention_by_definition<Oracle>(input);
  auto run = [&](attention_function<S> const& f) { return f(input.Q, input.K, input.V); };
  compare_forms<S>(report, forms, exact, run, on_progress);
  return report;
}

}  // namespace transxssm::verify
