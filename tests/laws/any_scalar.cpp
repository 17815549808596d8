// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <transxssm/verify/dual.hpp>
#include "any_scalar.hpp"

namespace laws_any_scalar {

// One template, any scalar: long double, and numbers that carry their derivative.
using namespace laws;
using verify::dual;

namespace {

/// A derivative by central differences in long double, as far as the step allows.
template<class F>
double slope(F const& f) {
  long double const step = 1e-5L;
  return double((8 * (f(step) - f(-step)) - (f(2 * step) - f(-2 * step))) / (12 * step));
}

/// Operands of which each depends on one variable z, at random rates: x(z) = x + z dx.
template<class S, class Variable>
plain_operands<S> moved(index_t T, index_t N, index_t P, Variable const& z) {
  plain_operands<double> const at(T, N, P, 1), rate(T, N, P, 2);
  plain_operands<S> out(T, N, P, 1);
  auto move = [&](auto& to, auto const& from, auto const& by, double scale) {
    for (index_t i = 0; i < to.size(); ++i) to.data()[i] = z(from.data()[i], scale * by.data()[i]);
  };
  move(out.log_a, at.log_a, rate.log_a, 1), move(out.C, at.C, rate.C, 1), move(out.B, at.B, rate.B, 1),
      move(out.X, at.X, rate.X, 1);
  move(out.h, at.h, rate.h, 1), move(out.phi, at.phi, rate.C, 0.1);
  return out;
}

/// One number made of all of an operator's results, in some form.
template<class S, class Form>
S ssd_number(plain_operands<S> const& o, Form form) {
  auto state = o.state();
  typename plain_operands<S>::matrix const Y = with(
      form, semiseparable(o.log_a, rotate(o.C, o.phi, pairing::interleaved), rotate(o.B, o.phi, pairing::interleaved))
                    .from(state) *
                o.X);
  S sum = S(0);
  for (index_t i = 0; i < Y.size(); ++i) sum += Y.data()[i] * S(std::cos(double(i)));
  for (index_t k = 0; k < o.h.rows(); ++k)
    for (index_t p = 0; p < o.h.cols(); ++p) sum += state.h()(0, k, 0, p) * S(std::sin(double(k + 2 * p)));
  return sum;
}
template<class S, class Form>
S attention_number(plain_operands<S> const& o, Form form) {
  typename plain_operands<S>::matrix const Z =
      with(form, attention(rotate(o.C, o.phi, pairing::half_split), rotate(o.B, o.phi, pairing::half_split)) * o.X);
  S sum = S(0);
  for (index_t i = 0; i < Z.size(); ++i) sum += Z.data()[i] * S(std::cos(double(i)));
  return sum;
}

/// The derivative that dual numbers carry, against differences of long doubles.
template<class Number>
void derivative_is_exact(Number const& number, index_t T) {
  CAPTURE(T);
  auto const along = moved<dual>(T, 6, 3, [](double x, double rate) { return dual(x, rate); });
  double const exact = slope([&](long double z) {
    return number(
        moved<long double>(T, 6, 3, [z](double x, double rate) { return (long double)(x) + z * (long double)(rate); }));
  });
  double const carried = number(along).dx;
  CHECK(std::abs(carried - exact) <= 1e-10 * (1 + std::abs(exact)));
}

}  // namespace

TEST_CASE("long double: every plain form agrees with the definition") {
  // The oracle is as precise as what it judges: twice the bar.
  for (index_t T : {1, 7, 24, 80})
    plain_forms_agree<long double, long double>(T, 6, 3, 32 * double(std::numeric_limits<long double>::epsilon()));
  laws::linear_forms_agree<long double, long double>(30, 6, 3,
                                                     64 * double(std::numeric_limits<long double>::epsilon()));
}

TEST_CASE("Dual numbers: the derivative of SSD comes with it, in every form") {
  for (index_t T : {1, 7, 30}) {
    derivative_is_exact([](auto const& o) { return ssd_number(o, quadratic{}); }, T);
    derivative_is_exact([](auto const& o) { return ssd_number(o, chunked{8}); }, T);
    derivative_is_exact([](auto const& o) { return ssd_number(o, recurrent{}); }, T);
  }
}

TEST_CASE("Dual numbers: the derivative of attention comes with it, in every form") {
  for (index_t T : {1, 7, 30}) {
    derivative_is_exact([](auto const& o) { return attention_number(o, quadratic{}); }, T);
    derivative_is_exact([](auto const& o) { return attention_number(o, online{8}); }, T);
  }
}

TEST_CASE("Dual numbers: the derivative of softplus is the logistic function, from -700 to 700 (mamba #574)") {
  for (double x : {-700., -100., -20., -17., -1., -1e-9, 0., 1e-9, 1., 17., 20., 100., 700.}) {
    CAPTURE(x);
    dual const y = softplus(dual(x, 1));
    double const logistic = x > 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x));
    CHECK(std::abs(y.dx - logistic) <= 4e-16 * logistic);
  }
}

}  // namespace laws_any_scalar
