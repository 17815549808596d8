// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <transxssm/transxssm.hpp>
#include <cstdint>
#include <string_view>

namespace demo {

using transxssm::index_t;

/// How the operands are made.
struct shape {
  index_t d_model = 64, N = 64, P = 64;  // embedding, state and query/key size, head dimension
  std::uint64_t seed = 2026;
  float kinship = 0.5f;  // correlation of K with Q and of B with C: how much equal bytes attract each other
};

/// One head's operands for a text. Equal bytes have equal rows: only position tells them apart.
struct operands {
  Eigen::MatrixXf Q, K, V;  // (T, N), (T, N), (T, P)
  Eigen::MatrixXf C, B, X;  // (T, N), (T, N), (T, P); C carries attention's 1/sqrt(N), and X carries dt
  Eigen::VectorXf log_a;    // (T), log_a = -dt with dt = softplus(1.5 w . e - 4): a memory of some twenty bytes

  index_t length() const { return Q.rows(); }
  operands first(index_t T) const;
};

/// byte -> random embedding e (d_model) -> fixed random projections: Q = W_q e, ..., as in a model before any training.
operands embed(std::string_view text, shape const& how);

}  // namespace demo
