// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <transxssm/transxssm.hpp>
#include <transxssm/version.hpp>

// With nothing remembered (log_a = -inf) and C = B = 1, Y is X.
int main() {
  Eigen::VectorXf log_a = Eigen::VectorXf::Constant(5, -std::numeric_limits<float>::infinity());
  Eigen::MatrixXf one = Eigen::MatrixXf::Ones(5, 1), X = Eigen::MatrixXf::Random(5, 3);
  Eigen::MatrixXf Y = transxssm::semiseparable(log_a, one, one) * X;
  return Y == X ? 0 : 1;
}
