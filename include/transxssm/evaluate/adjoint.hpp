// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../core/shared_bytes.hpp"
#include "../operator/adjoint.hpp"
#include "../operator/causal_conv1d.hpp"
#include "../operator/rms_norm.hpp"
#include "../operator/swiglu.hpp"
#include "with.hpp"

namespace transxssm {

// An adjoint's algorithm is one overload, of a whole batch, over operands that are views, or rows made from them:
//
//     void adjoint_into(form, place, accumulate<Acc>, workspace, M * X, dY, dh, gradient)      semiseparable
//     void adjoint_into(form, place, accumulate<Acc>, workspace, E, dY, gradient)              everything else

// for_each_gradient(expression, gradient, f): f(name, gradient, operand) for every gradient that can be wanted.

/// What an expression does not have: a gradient of it cannot be wanted.
struct no_operand {};

/// What rows are made from, from the outside in: the angles that turn them, what scales them, and X.
template<class T, int Axes>
auto angles_of(view<T, Axes> const&) {
  return no_operand{};
}
auto angles_of(auto const& x) {
  if constexpr (requires { x.r.phi; }) return x.r.phi;
  else return angles_of(x.x);
}
template<class T, int Axes>
auto factor_of(view<T, Axes> const&) {
  return no_operand{};
}
auto factor_of(auto const& x) {
  if constexpr (requires { x.factor; }) return x.factor;
  else return factor_of(x.x);
}
template<class T, int Axes>
auto innermost(view<T, Axes> const& x) {
  return x;
}
auto innermost(auto const& x) { return innermost(x.x); }

template<class S>
void for_each_gradient(char const* name, auto const& x, rows_gradient<S> const& d, auto const& f) {
  f(name, d.rows, innermost(x)), f("the angles", d.angles, angles_of(x)), f("the factor", d.factor, factor_of(x));
}

template<class A, class C, class B, class D, class W, class S>
void for_each_gradient(semiseparable_operator<A, C, B, D, W> const& M, semiseparable_gradient<S> const& d,
                       auto const& f) {
  f("log_a", d.log_a, M.log_a);
  for_each_gradient("C", M.c, d.C, f), for_each_gradient("B", M.b, d.B, f);
  if constexpr (std::same_as<D, no_skip>) f("D", d.D, no_operand{});
  else if constexpr (D::per_head) f("D", d.D, M.d.d);
  else f("D", d.D, view<S const, 1>(nullptr, {1}));
}
template<class M, class T, class S>
void for_each_gradient(resumed<M, ssm_state<T>> const& M_from, semiseparable_gradient<S> const& d, auto const& f) {
  for_each_gradient(M_from.m, d, f);
  f("the state", d.state, M_from.state->h().borrowed());
}
template<class M, class X, class... Parts, class S>
void for_each_gradient(applied<M, X, Parts...> const& e, semiseparable_gradient<S> const& d, auto const& f) {
  for_each_gradient(e.m, d, f), for_each_gradient("X", e.x, d.X, f);
  if constexpr (!requires { e.m.state; }) f("the state", d.state, no_operand{});
}
template<class M, class X, class... Parts, class S>
void for_each_gradient(applied<M, X, Parts...> const& e, attention_gradient<S> const& d, auto const& f) {
  for_each_gradient("Q", e.m.q, d.Q, f), for_each_gradient("K", e.m.k, d.K, f), for_each_gradient("V", e.x, d.V, f);
}
template<class X, class R, class S>
void for_each_gradient(rotated<X, R> const& e, rows_gradient<S> const& d, auto const& f) {
  for_each_gradient("X", e, d, f);
}
template<class X, class W, class Gate, class S>
void for_each_gradient(rms_normed<X, W, Gate> const& e, rms_norm_gradient<S> const& d, auto const& f) {
  f("X", d.X, e.x), f("weight", d.weight, e.weight);
  if constexpr (requires { e.gate.z; }) f("Z", d.Z, e.gate.z);
  else f("Z", d.Z, no_operand{});
}
template<class X, class U, class S>
void for_each_gradient(swish_gated<X, U> const& e, swiglu_gradient<S> const& d, auto const& f) {
  f("gate", d.gate, e.gate), f("up", d.up, e.up);
}
template<class X, class W, class B, class Act, class Where, class S>
void for_each_gradient(convolved<X, W, B, Act, Where> const& e, causal_conv1d_gradient<S> const& d, auto const& f) {
  f("X", d.X, e.x), f("weight", d.weight, e.weight);
  if constexpr (std::same_as<B, no_bias>) f("bias", d.bias, no_operand{});
  else f("bias", d.bias, e.bias);
}

/// Every gradient that is wanted has the shape of its operand, and lies in memory of its own.
void check_gradient(auto const& e, auto const& dY, auto const& gradient, bool host) {
  constexpr auto where = "with(gradient) = adjoint(expression, dY)";
  std::vector<memory_layout> taken;
  for_each_gradient(e, gradient, [&](char const* name, auto const& d, auto const& operand) {
    if (!d.data) return;
    std::string const named = std::string("the gradient of ") + name;
    if constexpr (std::same_as<bare<decltype(operand)>, no_operand>) {
      throw std::invalid_argument(std::string(where) + ": there is no operand for " + named);
    } else {
      expect(where, named.c_str(), d.batch(), "sequences", operand.batch());
      expect(where, named.c_str(), d.rows(), d.axes == 1 ? "entries" : "rows", operand.rows());
      expect(where, named.c_str(), d.heads(), "heads", operand.heads());
      expect(where, named.c_str(), d.cols(), "columns", operand.cols());
      auto in_use = [&](auto const& x) { return share_bytes(memory_layout(x), memory_layout(d)); };
      bool overlapping = in_use(dY);
      for (memory_layout const& x : taken) overlapping |= in_use(x);
      e.visit([&](auto const& x) { overlapping |= in_use(x); });
      if (host && overlapping)
        throw std::invalid_argument(std::string(where) + ": " + named + " overlaps another array");
      taken.emplace_back(d);
    }
  });
}

/// What can be wrong with the values of an expression: as when it is evaluated.
template<class M, class X, class... Parts>
void check_values(auto how, applied<M, X, Parts...> const& e) {
  check(how, e.m, e);
  if constexpr (decltype(how)::host) check_rotation("X", e.x);
}
void check_values(auto how, row_expression auto const& e) {
  if constexpr (decltype(how)::host) check_rotation("X", e);
}

/// The gradients of an expression's operands: see adjoint.
template<class E, class G, class D, class... Parts>
void evaluate(adjoint_of<E, G> const& expression, D const& gradient, policy<Parts...> parts = {}) {
  constexpr auto where = "adjoint(expression, dY)";
  auto const node = expression.borrowed();
  auto const& e = node.of;
  auto const how = [&] {
    if constexpr (requires { e.how; }) return complete<scalar_of<E>>(joined(e.how, parts));
    else return complete<scalar_of<E>>(parts);
  }();
  auto const dY = as_batch(node.dY);
  expect(where, "dY", dY.rows(), "rows", e.rows());
  expect(where, "dY", dY.cols(), "columns", e.cols());
  expect(where, "dY", dY.heads(), "heads", e.heads());
  expect(where, "dY", dY.batch(), "sequences", e.batch());
  constexpr bool of_rows = requires { adjoint_into(how, how, how, how, e, dY, gradient); };
  constexpr bool of_product = requires { adjoint_into(how, how, how, how, e, dY, node.dh, gradient); };
  static_assert(of_rows || of_product,
                "with(gradient) = adjoint(expression, dY): this gradient is not that of this "
                "expression, or not of what its sums are kept in, or there is no such form or place");
  if constexpr (of_rows || of_product) {
    check_gradient(e, dY, gradient, decltype(how)::host);
    check_values(how, e);
    if constexpr (!of_rows)
      if (auto const& dh = node.dh; dh.data) {
        expect(where, "dh", dh.batch(), "sequences", e.m.sequences(e.batch()));
        expect(where, "dh", dh.heads(), "heads", e.heads());
        expect(where, "dh", dh.rows(), "rows", e.m.stateless().b.cols());
        expect(where, "dh", dh.cols(), "columns", e.cols());
      }
    if constexpr (of_rows) adjoint_into(how, how, how, how, e, dY, gradient);
    else adjoint_into(how, how, how, how, e, dY, node.dh, gradient);
  }
}

/// What with(gradient, parts...) = adjoint(...) assigns to.
template<class D, class... Parts>
struct gradient_destination {
  D gradient;
  policy<Parts...> how;

  template<class E, class G>
  void operator=(adjoint_of<E, G> const& expression) const {
    evaluate(expression, gradient, how);
  }
};
template<gradient_of_operands D, class... Parts>
auto with(D gradient, policy<Parts...> how) {
  return gradient_destination<D, Parts...>{gradient, how};
}
template<gradient_of_operands D, policy_part... Parts>
auto with(D gradient, Parts... parts) {
  constexpr bool one_of_each = compatible<Parts...>;
  static_assert(one_of_each, "a policy has at most one form, one place, one precision and one workspace");
  return gradient_destination<D, Parts...>{gradient, {parts...}};
}

}  // namespace transxssm
