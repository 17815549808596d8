// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../operator/causal_conv1d.hpp"
#include "evaluate.hpp"

namespace transxssm {

// Rows made from rows. An algorithm is one overload, as for products, of one head of one sequence or of a whole batch:
//
//     void evaluate_into(place, accumulate<S>, workspace, rows, Y)
//     void evaluate_into(place, accumulate<S>, workspace, rows, Y, before)           rows that continue after others
template<class How, class E, class O>
concept has_row_algorithm = requires(How how, E const& e, view<O, 4> Y) {
  evaluate_into(how, how, how, e, Y);
} || requires(How how, E const& e, view<O, 2> Y) { evaluate_into(how, how, how, e.head(0, 0, 1), Y); };

/// Some overload evaluates the rows E under these parts of a policy.
template<class E, class... Parts>
concept can_evaluate_rows = has_row_algorithm<decltype(complete<scalar_of<E>>(policy<Parts...>())),
                                              decltype(std::declval<E const&>().borrowed()), scalar_of<E>>;

/// Steps [t, t + n) of one head.
auto steps_of(auto const& rows, index_t t, index_t n) {
  if constexpr (requires { rows.steps(t, n); }) return rows.steps(t, n);
  else return rows.middle_rows(t, n);
}

/// Y = rows, for every head of every sequence; `before` is a view of what precedes each sequence, (sequence, row, head,
/// feature), or nothing. Threads share sequences, and pieces of them; within a piece, the heads of a few steps follow each
/// other, as they mostly do in memory.
template<class How, class E, class O, class... Before>
void for_each_piece(How how, E const& e, view<O, 4> y, Before... before) {
  if (y.cols() == 0) return;
  if constexpr (requires { evaluate_into(how, how, how, e, y, before...); }) {
    evaluate_into(how, how, how, e, y, before...);
  } else {
    auto where = [&] {
      if constexpr (requires { e.where; }) return e.where;
      else return whole{};
    }();
    clear_padding(y, where);
    constexpr index_t shared = 1 << 18,
                      together = 8;  // numbers in a piece; steps of one head, before those of the next
    index_t T = y.rows(), H = y.heads(), D = y.cols();
    index_t pieces = std::clamp<index_t>(T * H * D / shared, 1, std::max<index_t>(T, 1));
    for_each_index(how, how, where.count(y.batch()) * pieces, [=](index_t i, workspace memory) {
      index_t s = i / pieces, piece = i % pieces;
      auto [b, first, count] = where(s, T);
      index_t last = count * (piece + 1) / pieces;
      for (index_t t = count * piece / pieces, n = 0; t < last; t += n) {
        n = H == 1 ? last - t : std::min(last - t, together);
        for (index_t h = 0; h < H; ++h)
          evaluate_into(how, how, memory, steps_of(e.head(b, h, H).middle_rows(first, count), t, n),
                        y.head(b, h, H).middle_rows(first + t, n), before.head(s, h, H)...);
      }
    });
  }
}

/// Y = rotate(X, R), rms_norm(X, weight, eps), ...: out of place, or in place if Y is X and the rows are row_by_row. If it
/// overlaps operands in another way, they are written through a temporary.
template<row_expression E, class... Parts, class O, int Axes>
void evaluate(E const& expression, view<O, Axes> Y, policy<Parts...> parts = {}) {
  auto e = expression.borrowed();
  auto how = complete<scalar_of<E>>(parts);
  view<O, 4> y = as_batch(Y);
  expect_extents(E::equation, e, y);
  if constexpr (decltype(how)::host) check_rotation("X", e);
  write_without_alias(e, y, decltype(how)::host, [&](view<O, 4> to) { for_each_piece(how, e, to); });
}

/// Y = causal_conv1d(X, weight, bias).from(state): continues where the state stands, and leaves the last rows of each
/// sequence there.
template<row_expression E, class S, class... Parts, class O, int Axes>
void evaluate(resumed<E, conv_state<S>> const& expression, view<O, Axes> Y, policy<Parts...> parts = {}) {
  constexpr auto where = "causal_conv1d(X, weight, bias).from(state)";
  auto e = expression.m.borrowed();
  auto how = complete<scalar_of<E>>(parts);
  view<O, 4> y = as_batch(Y);
  conv_state<S>& state = *expression.state;
  view<S, 4> before = state.rows();
  expression.expect_unspent();
  expect_extents(E::equation, e, y);
  expect(where, "the state", before.rows(), "rows", e.width() - 1);
  expect(where, "the state", before.cols(), "columns", e.cols());
  expect(where, "the state", before.heads(), "heads", e.heads());
  expect(where, "the state", before.batch(), "sequences", e.sequences(e.batch()));
  if (overlaps(before, y)) throw std::invalid_argument(std::string(where) + ": the state lies in the memory of Y");
  e.visit([&](auto const& operand) {
    if (overlaps(operand, before))
      throw std::invalid_argument(std::string(where) + ": the state lies in the memory of an operand");
  });
  write_without_alias(e, y, decltype(how)::host, [&](view<O, 4> to) {
    for_each_piece(how, e, to, before.borrowed());
    index_t H = to.heads();
    for_each_index(how, how, before.batch() * H, [&](index_t i, workspace memory) {
      auto [b, first, count] = e.where(i / H, e.rows());
      remember(how, memory, e.x.head(b, i % H, H).middle_rows(first, count), before.head(i / H, i % H, H));
    });
  });
  for (index_t s = 0; s < before.batch(); ++s) state.position(s) += e.where(s, e.rows()).count;
  ++state.moves;
}

}  // namespace transxssm
