// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include "../math/compensated_sum.hpp"
#include "../math/decay.hpp"
#include "register_tile.hpp"
#include "scratch.hpp"

namespace transxssm {

/// The decay of a head, folded out of its recurrence: with s_t = log_a_1 + ... + log_a_t,
///
///     e^{-s_t} h_t = e^{-s_{t-1}} h_{t-1} + B_t^T (e^{-s_t} X_t)           Y_t = e^{s_t} C_t (e^{-s_t} h_t)
///
/// So the state is only ever added to, and a step costs one factor for its row of X and one for its row of Y, not one
/// for each row of the state. Where |s| passes `limit`, the state is rescaled to e^s of what it is, and s starts again
/// from 0: no factor leaves e^{+-40}, so nothing overflows, if the state is below 1e21 (in float). s itself goes on from
/// block to block: however slow the decay is, it is never rounded into the state.
template<class Acc>
class folded_decay {
 public:
  using sum = log_sum_t<Acc>;
  static constexpr double limit = 40;

  folded_decay(index_t steps, workspace memory)
      : sums_(memory, 2, steps), factors_(memory, 2, steps), rescalings_(memory, 1, 2 * steps + 1) {}

  /// Takes the steps of log_a in. `s` is that of the state, which stands before them and then behind them.
  void fold(auto const& log_a, compensated_sum<sum>& s) {
    using std::abs;
    count_ = 0;
    sums_.setZero();
    for (index_t t = 0; t < log_a.rows(); ++t) {
      auto const step = sum(log_a(t));
      if (forgets<Acc>(s.sum + step)) rescale(t, s);  // on its own: to forget takes e^step, not what came before
      s += step;
      if (!(abs(s.sum) < sum(limit))) rescale(t, s);
      sums_(0, t) = s.sum, sums_(1, t) = s.rest;
    }
    rescalings_(0, count_++) = {log_a.rows(), Acc(1)};
    // Of all steps, so that no row's bits depend on their number.
    auto const log = sums_.row(0).array(), rest = sums_.row(1).array();
    factors_.row(0) = ((-log).exp() * (sum(1) - rest)).template cast<Acc>();
    factors_.row(1) = (log.exp() * (sum(1) + rest)).template cast<Acc>();
  }
  Acc of_input(index_t t) const { return factors_(0, t); }   // e^{-s_t}
  Acc of_output(index_t t) const { return factors_(1, t); }  // e^{s_t}

  /// e^s, by which a state is more than what it stands for; 0 if it is forgotten.
  static Acc factor(compensated_sum<sum> const& s) {
    using std::exp;
    return forgets<Acc>(s.sum) ? Acc(0) : Acc(exp(s.sum) * (sum(1) + s.rest));
  }

  /// When the state is rescaled, and by what; the last entry marks the end.
  std::span<rescaling<Acc> const> rescalings() const { return {rescalings_.data(), std::size_t(count_)}; }

 private:
  void rescale(index_t t, compensated_sum<sum>& s) {
    rescalings_(0, count_++) = {t, factor(s)};
    s = {};
  }

  scratch<sum> sums_;
  scratch<Acc> factors_;
  scratch<rescaling<Acc>> rescalings_;
  index_t count_ = 0;
};

}  // namespace transxssm
