// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <concepts>
#include "../core/closure.hpp"

namespace transxssm {

struct skip_option {};

/// No skip term.
struct no_skip : skip_option {
  no_skip borrowed() const { return *this; }
  TRANSXSSM_HOST_DEVICE no_skip head(index_t, index_t, index_t) const { return *this; }
  void visit(auto&&) const {}
};

/// What is held of D: a number, or a vector as any operand.
template<class U>
auto number_or_vector(U&& d) {
  if constexpr (matrix_expression<U> || borrowable<U>) return held<1>(std::forward<U>(d));
  else return bare<U>(d);
}

/// The skip term D of an SSD layer, Y = M X + D X: a number, or one for each head, (H).
///
///     semiseparable(log_a, C, B, skip(D)) * X
///
/// X is what the operator is applied to. Beside scale_rows(X, dt), that is dt X; Mamba-2 adds D X without dt.
template<class D>
struct skip : skip_option {
  static constexpr bool per_head = matrix_expression<D> || borrowable<D>;
  D d;

  template<class U> requires(!std::same_as<bare<U>, skip>)
  explicit skip(U&& number) : d(number_or_vector(std::forward<U>(number))) {}

  auto borrowed() const {
    if constexpr (per_head) return transxssm::skip(view_of<1>(d));
    else return *this;
  }
  TRANSXSSM_HOST_DEVICE auto head([[maybe_unused]] index_t b, [[maybe_unused]] index_t h, [[maybe_unused]] index_t heads) const {
    if constexpr (per_head) return transxssm::skip(d(h * d.rows() / heads));
    else return *this;
  }
  void visit([[maybe_unused]] auto&& f) const {
    if constexpr (per_head) f(d);
  }
};
template<class U>
skip(U&&) -> skip<decltype(number_or_vector(std::declval<U>()))>;

}  // namespace transxssm
