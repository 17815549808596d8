// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <concepts>
#include <limits>
#include <type_traits>

namespace transxssm {

template<class T>
using bare = std::remove_cvref_t<T>;
template<class T>
using scalar_of = typename bare<T>::Scalar;

/// What sums of S are kept in: float for the 16-bit formats, which only store, and S itself for everything else (double,
/// long double, dual numbers, intervals, floats of 100 digits).
template<class S>
using accumulator_t = std::conditional_t<sizeof(S) == 2, float, S>;

/// What sums of log-decays are kept in: one more precision than float, because e^s turns an absolute error of s into a
/// relative one.
template<class Acc>
using log_sum_t = std::conditional_t<std::same_as<Acc, float>, double, Acc>;

/// Scalars with an infinity and a smallest number: the built-in ones. Intervals and dual numbers have neither.
template<class S>
inline constexpr bool has_range = std::numeric_limits<S>::is_specialized && std::numeric_limits<S>::has_infinity;

/// C and B, Q and K, M and X have one scalar type.
template<class T, class... Others>
concept same_scalar = (std::same_as<scalar_of<T>, scalar_of<Others>> && ...);

/// A log-decay or a rotary table beside operands T: of their scalar type, or of that of their sums. So rows in bf16 may,
/// and should, go with tables and decays in float.
template<class T, class Other>
concept scalar_or_accumulator = same_scalar<T, Other> || std::same_as<scalar_of<Other>, accumulator_t<scalar_of<T>>>;

}  // namespace transxssm
