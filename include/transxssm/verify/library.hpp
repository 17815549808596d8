// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <string>
#include <type_traits>
#include <vector>
#include "../core/scalar.hpp"
#include "../cpu/append.hpp"
#include "../cpu/automatic.hpp"
#include "../cpu/for_each_index.hpp"
#include "../cpu/relocate.hpp"
#include "../cpu/rotate.hpp"
#include "../eigen.hpp"
#include "definition.hpp"

/// This library's operators as callables over plain Eigen matrices: what is verified if you give nothing of your own,
/// and what your own callables have to look like.
namespace transxssm::verify {

using positions = std::vector<index_t>;

template<class S>
std::string scalar_name() {
  if constexpr (std::is_same_v<S, float>) return "float";
  else if constexpr (std::is_same_v<S, double>) return "double";
  else if constexpr (std::is_same_v<S, long double>) return "long double";
  else if constexpr (std::is_same_v<S, Eigen::bfloat16>) return "bf16";
  else if constexpr (std::is_same_v<S, Eigen::half>) return "half";
  else return "other";
}
inline std::string angles_name(angle_precision angles) {
  return angles == angle_precision::exact ? "exact" : angles == angle_precision::in_double ? "in double" : "in float";
}

/// (X, positions) -> rotated rows, not rounded again where S is a 16-bit scalar: kernels sum them as they are.
template<class S>
struct library_rotation {
  index_t d = 64;
  double base = 10000;
  angle_precision angles = angle_precision::exact;
  pairing pairs = pairing::interleaved;

  rotary_table<S> table(positions const& m) const { return rotary_table<S>(frequencies(d, base), m, pairs, angles); }
  matrix<accumulator_t<S>> operator()(matrix<S> const& X, positions const& m) const {
    rotary_table<S> R = table(m);
    return rotate(X, R);
  }
};

/// (C, B, positions) -> the scores C~ B~^T as an SSD layer applies them: without decay, to the columns of the identity.
template<class S, class Form = quadratic>
struct library_ssd_scores {
  library_rotation<S> rotation;
  Form form = {};

  matrix<S> operator()(matrix<S> const& C, matrix<S> const& B, positions const& m) const {
    rotary_table<S> R = rotation.table(m);
    vector<S> log_a = vector<S>::Zero(C.rows());
    matrix<S> one_hot = matrix<S>::Identity(C.rows(), C.rows());
    return with(form, semiseparable(log_a, rotate(C, R), rotate(B, R)) * one_hot);
  }
};

/// (positions, Q, K, V) -> Z.
template<class S>
struct library_rotated_attention {
  library_rotation<S> rotation;
  matrix<S> operator()(positions const& m, matrix<S> const& Q, matrix<S> const& K, matrix<S> const& V) const {
    rotary_table<S> R = rotation.table(m);
    return attention(rotate(Q, R), rotate(K, R)) * V;
  }
};

/// A state that lies in h (N, P).
template<class S>
ssm_state<S> state_over(matrix<S>& h) {
  return ssm_state<S>(
      view<S, 4>(h.data(), {1, h.rows(), 1, h.cols()}, {h.size(), h.rowStride(), h.size(), h.colStride()}));
}

/// (positions, log_a, C, B, X, h) -> Y, continuing from h (N, P) and moving it.
template<class S>
struct library_rotated_ssd {
  library_rotation<S> rotation;
  matrix<S> operator()(positions const& m, vector<S> const& log_a, matrix<S> const& C, matrix<S> const& B,
                       matrix<S> const& X, matrix<accumulator_t<S>>& h) const {
    rotary_table<S> R = rotation.table(m);
    auto state = state_over(h);
    state.position() = m.front();
    return semiseparable(log_a, rotate(C, R), rotate(B, R)).from(state) * X;
  }
  /// The same from zero: (positions, log_a, C, B, X) -> Y.
  matrix<S> operator()(positions const& m, vector<S> const& log_a, matrix<S> const& C, matrix<S> const& B,
                       matrix<S> const& X) const {
    rotary_table<S> R = rotation.table(m);
    return semiseparable(log_a, rotate(C, R), rotate(B, R)) * X;
  }
};

/// (h, p) -> h with its N axis rotated by R_p.
template<class S>
struct library_relocation {
  library_rotation<S> rotation;
  matrix<accumulator_t<S>> operator()(matrix<accumulator_t<S>> h, index_t p) const {
    auto state = state_over(h);
    relocate(state, p, frequencies(rotation.d, rotation.base), rotation.pairs);
    return h;
  }
};

/// (log_a, C, B, X) -> Y.
template<class S, class Form = automatic>
struct library_ssd {
  Form form = {};
  matrix<S> operator()(vector<S> const& log_a, matrix<S> const& C, matrix<S> const& B, matrix<S> const& X) const {
    return with(form, semiseparable(log_a, C, B) * X);
  }
};

/// (Q, K, V) -> Z.
template<class S, class Form = automatic>
struct library_attention {
  Form form = {};
  matrix<S> operator()(matrix<S> const& Q, matrix<S> const& K, matrix<S> const& V) const {
    return with(form, attention(Q, K) * V);
  }
};

}  // namespace transxssm::verify
