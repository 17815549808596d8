// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <transxssm/transxssm.hpp>
#include "ceilings.hpp"
#include "comparison.hpp"
#include "subjects.hpp"

namespace bench {

using namespace transxssm;

preparation ssd_prefill(ssd_shape const& s, int threads, ssd_form form) {
  return [=] {
    auto o = std::make_shared<ssd_operands>(s);
    auto R = std::make_shared<rotary_table<float>>(frequencies(s.N), s.T);
    auto run = [=] {
      auto M = semiseparable(o->log_a.all, rotate(o->C.all, *R), rotate(o->B.all, *R));
      std::visit([&](auto f) { with(o->Y.all, cpu{threads}, f) = M * scale_rows(o->X.all, o->dt.all); }, form);
    };
    return work{s.flops(), run, o->Y.memory};
  };
}

namespace {

/// The same numbers in double.
template<int Axes>
struct exactly {
  std::vector<double> memory;
  view<double, Axes> all;
  explicit exactly(array<Axes> const& x)
      : memory(x.memory.begin(), x.memory.end()), all(memory.data(), x.all.extents) {}
};

/// Relative L2 error of a form, against the recurrence in double.
double ssd_error(ssd_shape const& s, ssd_form form) {
  work in_float = ssd_prefill(s, 1, form)();
  in_float.run();
  ssd_operands const o(s);
  exactly log_a(o.log_a), dt(o.dt);
  exactly C(o.C), B(o.B), X(o.X), Y(o.Y);
  rotary_table<double> R(frequencies(s.N), s.T);
  with(Y.all, recurrent{}) = semiseparable(log_a.all, rotate(C.all, R), rotate(B.all, R)) * scale_rows(X.all, dt.all);
  return relative_difference(in_float.result, Y.memory);
}

}  // namespace

void ssd_prefill_rows(options how) {
  for (ssd_shape const& s : ssd_shapes)
    for (auto const& [name, form] : ssd_forms) {
      goal asked = form.index() > 0 ? no_goal : s.G < s.H ? at_least(0.9, 1.05) : at_least(0.7, 0.85);
      compare(how, "ssd_over_sgemm/" + s.name() + "/" + name, asked, ssd_prefill(s, how.threads, form),
              sgemm(how.threads));
    }
  for (ssd_shape const& weak : ssd_shapes) {
    ssd_shape strong = weak;
    strong.forgets = decay::strong;
    compare(how, "ssd_strong_over_weak_decay/" + weak.name(), at_most(1.3, 1.1), ssd_prefill(strong, how.threads),
            ssd_prefill(weak, how.threads));
  }
  for (ssd_shape const& s : ssd_shapes)
    for (auto const& [name, form] : ssd_forms)
      measure("ssd_error/" + s.name() + "/" + name, at_most(2e-6, 5e-7),
              [=, form = form] { return ssd_error(s, form); });
}

}  // namespace bench
