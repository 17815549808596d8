// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <transxssm/verify/causality.hpp>
#include <transxssm/verify/duality.hpp>
#include <transxssm/verify/shift.hpp>
#include <algorithm>
#include "measure.hpp"

namespace demo {
namespace {

using namespace transxssm;
using bf16 = Eigen::bfloat16;
using oracle = boost::multiprecision::cpp_bin_float_100;

/// The text's operands in scalar S, rotated in S.
template<class S>
verify::ssd_input<S> rotated_ssd(operands const& text) {
  rotary_table<S> const R(frequencies(text.C.cols()), text.length());
  verify::ssd_input<S> in = verify::cast<S>(verify::ssd_input<float>{text.log_a, text.C, text.B, text.X});
  return {in.log_a, rotate(in.C, R), rotate(in.B, R), in.X};
}
template<class S>
verify::attention_input<S> rotated_attention(operands const& text) {
  rotary_table<S> const R(frequencies(text.Q.cols()), text.length());
  verify::attention_input<S> in = verify::cast<S>(verify::attention_input<float>{text.Q, text.K, text.V});
  return {rotate(in.Q, R), rotate(in.K, R), in.V};
}

/// The library's forms, and two ways that carry a state across a cut.
template<class S>
verify::ssd_forms<S> ssd_forms() {
  using verify::matrix, verify::vector;
  auto const cut_into = [](index_t length) {
    return [length](vector<S> const& log_a, matrix<S> const& C, matrix<S> const& B, matrix<S> const& X) {
      ssm_state<accumulator_t<S>> state(C.cols(), X.cols());
      matrix<S> Y(X.rows(), X.cols());
      for (index_t t = 0; t < X.rows(); t += length) {
        index_t const n = std::min(length, X.rows() - t);
        auto const M = semiseparable(log_a.segment(t, n), C.middleRows(t, n), B.middleRows(t, n));
        Y.middleRows(t, n) = M.from(state) * X.middleRows(t, n);
      }
      return Y;
    };
  };
  auto forms = verify::library_ssd_forms<S>();
  forms.push_back({"one step at a time", cut_into(1)});
  forms.push_back({"cut every 100, resumed", cut_into(100)});
  return forms;
}

template<class S>
verify::attention_forms<S> attention_forms() {
  return verify::library_attention_forms<S>();
}

/// `tell`, for one of `count` tasks.
done task(done const& tell, int index, int count) {
  return [&tell, index, count](double fraction) { tell((index + fraction) / count); };
}

}  // namespace

std::vector<verify::duality_report> measure_duality(operands const& text, done const& tell) {
  operands const longer = text.first(std::min<index_t>(2048, text.length())), shorter = text.first(256);
  std::vector<verify::duality_report> all;
  auto const add = [&](char const* name, verify::duality_report r) { r.name = name, all.push_back(std::move(r)); };
  auto const next = [&] { return task(tell, static_cast<int>(all.size()), 6); };
  add("SSD, float against double", verify::duality<double>(rotated_ssd<float>(longer), ssd_forms<float>(), next()));
  add("SSD, double against 100 digits",
      verify::duality<oracle>(rotated_ssd<double>(shorter), ssd_forms<double>(), next()));
  add("SSD, bf16 against double", verify::duality<double>(rotated_ssd<bf16>(longer), ssd_forms<bf16>(), next()));
  add("attention, float against double",
      verify::duality<double>(rotated_attention<float>(longer), attention_forms<float>(), next()));
  add("attention, double against long double",
      verify::duality<long double>(rotated_attention<double>(shorter), attention_forms<double>(), next()));
  add("attention, bf16 against double",
      verify::duality<double>(rotated_attention<bf16>(longer), attention_forms<bf16>(), next()));
  return all;
}

std::vector<verify::causality_report> measure_causality(operands const& text, done const& tell) {
  operands const shown = text.first(std::min<index_t>(512, text.length()));
  auto const ssd = rotated_ssd<float>(shown);
  auto const attended = rotated_attention<float>(shown);
  auto const forms = verify::library_ssd_forms<float>();
  auto const attentions = verify::library_attention_forms<float>();
  int const count = static_cast<int>(forms.size() + attentions.size());
  std::vector<verify::causality_report> all;
  auto const next = [&](std::string const& name) {
    return verify::causality_options{
        .tokens = 64, .name = name, .on_progress = task(tell, static_cast<int>(all.size()), count)};
  };
  for (auto const& form : forms)
    all.push_back(verify::causality(next("SSD, " + form.name), form.run, ssd.log_a, ssd.C, ssd.B, ssd.X));
  for (auto const& form : attentions)
    all.push_back(verify::causality(next("attention, " + form.name), form.run, attended.Q, attended.K, attended.V));
  return all;
}

std::vector<verify::shift_report> measure_shift(operands const& text, done const& tell) {
  operands const t = text.first(std::min<index_t>(512, text.length()));
  verify::ssd_input<float> const ssd{t.log_a, t.C, t.B, t.X};
  verify::attention_input<float> const attended{t.Q, t.K, t.V};
  return {verify::shift(ssd, {.name = "SSD", .on_progress = task(tell, 0, 2)}),
          verify::shift(attended, {.name = "attention", .on_progress = task(tell, 1, 2)})};
}

}  // namespace demo
