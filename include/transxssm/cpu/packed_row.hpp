// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../operator/row_expression.hpp"
#include "../policy/policy.hpp"
#include "load.hpp"
#include "packet.hpp"

namespace transxssm {

/// Rows made by an algorithm of their own, as an operand of something else: rotate(rms_norm(Q, weight, eps), R).
template<row_expression E> requires E::row_by_row
void load(E const& x, auto&& rows) {
  using Acc = scalar_of<decltype(rows)>;
  evaluate_into(cpu{}, accumulate<Acc>{}, workspace{}, x,
                view<Acc, 2>(rows.data(), {rows.rows(), rows.cols()}, {rows.rowStride(), rows.colStride()}));
}

/// n numbers side by side, as Eigen sees them.
template<class S>
using row_array = Eigen::Map<std::conditional_t<std::is_const_v<S>, Eigen::Array<std::remove_const_t<S>, 1, Eigen::Dynamic> const,
                                                Eigen::Array<S, 1, Eigen::Dynamic>>>;

/// The first n numbers of a vector, n at most its size; zeros beyond.
template<class S>
EIGEN_ALWAYS_INLINE packet<S> load_first(index_t n, S const* from) {
  if (n == packet_size<S>) return simd::ploadu<packet<S>>(from);
  S whole[packet_size<S>] = {};
  std::copy_n(from, n, whole);
  return simd::ploadu<packet<S>>(whole);
}
template<class S>
EIGEN_ALWAYS_INLINE void store_first(index_t n, S* to, packet<S> const& x) {
  if (n == packet_size<S>) return simd::pstoreu(to, x);
  S whole[packet_size<S>];
  simd::pstoreu(whole, x);
  std::copy_n(whole, n, to);
}

/// The machine converts a vector of S into one of T.
template<class S, class T>
concept converted_by_vector = bool(simd::packet_traits<S>::Vectorizable) && packet_size<S> == packet_size<T> &&
                              bool(simd::type_casting_traits<S, T>::VectorizedCast);

template<class S, class T>
void convert(S const* from, index_t n, T* to) {
  for (index_t j = 0, size = packet_size<S>; j < n; j += size) {
    index_t m = std::min(size, n - j);
    store_first(m, to + j, packet<T>(simd::pcast<packet<S>, packet<T>>(load_first(m, from + j))));
  }
}

/// `row` (cols) becomes row t of x, converted to the precision of sums.
template<class Acc>
void load_row(auto const& x, index_t t, Acc* row) {
  using S = scalar_of<decltype(x)>;
  if constexpr (requires { x.data; } && converted_by_vector<S, Acc>)
    if (x.strides[1] == 1) return convert(x.data + t * x.strides[0], x.cols(), row);
  Eigen::Map<tile<Acc>> one(row, 1, x.cols());
  load(x.middle_rows(t, 1), one);
}
template<class Acc, class O>
void store_row(Acc const* row, view<O, 2> Y, index_t t) {
  if constexpr (converted_by_vector<Acc, O>)
    if (Y.strides[1] == 1) return convert(row, Y.cols(), Y.data + t * Y.strides[0]);
  store(Eigen::Map<tile<Acc> const>(row, 1, Y.cols()), Y.middle_rows(t, 1));
}

/// Row t of x in the precision of sums, its features side by side: where it lies, if it lies so, else in `memory` (cols).
template<class Acc>
Acc const* row_of(auto const& x, index_t t, Acc* memory) {
  if constexpr (requires { { x.data } -> std::convertible_to<Acc const*>; })
    if (x.strides[1] == 1) return x.data + t * x.strides[0];
  load_row(x, t, memory);
  return memory;
}
/// The same for one number for each feature, of a weight or a bias.
template<class Acc, class T>
Acc const* features_of(view<T, 1> const& w, Acc* memory) {
  if constexpr (std::same_as<T, Acc const>)
    if (w.strides[0] == 1) return w.data;
  for (index_t j = 0; j < w.rows(); ++j) memory[j] = Acc(w(j));
  return memory;
}

/// write(y), where y (cols) is row t of Y if that lies so, else `memory`, which then becomes that row.
template<class Acc, class O>
void write_row(view<O, 2> Y, index_t t, Acc* memory, auto const& write) {
  if constexpr (std::same_as<O, Acc>)
    if (Y.strides[1] == 1) return write(Y.data + t * Y.strides[0]);
  write(memory);
  store_row(memory, Y, t);
}

/// How many vectors are worked together: a line of the cache, or two vectors of it, which is what registers hold of the
/// widest kernel here.
template<class S>
inline constexpr int vectors_at_once = sizeof(packet<S>) >= 64 ? 1 : 2;

/// f(j, vectors, n) along a row: at feature j, `vectors` of n numbers each. They are full ones, and at last, alone, what is
/// left. Every number is worked by the same instructions, wherever in memory the row begins, so that its bits do not
/// depend on that.
template<class S>
EIGEN_ALWAYS_INLINE void for_each_packet(index_t cols, auto const& f) {
  constexpr std::integral_constant<index_t, packet_size<S>> size;
  constexpr std::integral_constant<int, vectors_at_once<S>> together;
  constexpr std::integral_constant<int, 1> one;
  index_t j = 0;
  for (; j + together * size <= cols; j += together * size) f(j, together, size);
  for (; j + size <= cols; j += size) f(j, one, size);
  if (j < cols) f(j, one, cols - j);
}

}  // namespace transxssm
