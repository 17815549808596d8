// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT

// The library on a page: one rotary table, two sequence operators, and every form of them.
#include <transxssm/transxssm.hpp>
#include <iostream>
#include <vector>
using namespace transxssm;
using Eigen::MatrixXf, Eigen::VectorXf;

int main() {
  index_t T = 200, d = 16, N = d, P = 8;
  MatrixXf C = MatrixXf::Random(T, d), B = MatrixXf::Random(T, d), X = MatrixXf::Random(T, P);
  MatrixXf Q = MatrixXf::Random(T, d), K = MatrixXf::Random(T, d), V = MatrixXf::Random(T, P);
  VectorXf log_a = -VectorXf::Random(T).cwiseAbs();
  MatrixXf Y, Z, G;
  ssm_state<float> state(N, P);

  // A batch of heads, in memory of the user's own: (batch, time, head, feature).
  index_t batch = 2, H = 4;
  std::vector<float> memory_a(std::size_t(batch * T * H), -0.1f), memory_x(std::size_t(batch * T * H * P), 1), memory_y(memory_x);
  view<float, 3> da(memory_a.data(), {batch, T, H});
  view<float, 4> dX(memory_x.data(), {batch, T, H, P}), dY(memory_y.data(), {batch, T, H, P});

  // [page]
  auto R = rotary_table<float>(frequencies(d), T);            // theta_i = base^(-2i/d), Eq. 5
  auto M = semiseparable(log_a, rotate(C, R), rotate(B, R));  // L o (C~ B~^T): nothing is computed yet
  auto A = attention(rotate(Q, R), rotate(K, R));             // the same shape of thought, the same R

  Y = M * X;                                   // automatic form
  Y = with(quadratic{}, M * X);                // the definition, O(T^2)
  Y = with(chunked{64}, M * X);                // the block decomposition
  Y = with(recurrent{}, M.from(state) * X);    // continues where the state stands, and moves it
  Z = A * V;                                   // with(quadratic{}, ...), with(online{128}, ...), A.from(cache)
  Y = with(cpu{2}, chunked{64}, M * X);        // the parts of a policy in any order; policy{...} names one
  auto dM = semiseparable(da, rotate(C, R), rotate(B, R));
  with(dY, cpu{2}) = dM * dX;                  // batches of heads: views over the user's memory
  Y = X + with(chunked{64}, M * X);            // composes inside Eigen expressions
  G = dense(M);                                // teaching: look at it
  // [page]

  float difference = (Y - X - G * X).norm() / (G * X).norm();
  std::cout << "the chunked form differs from the dense matrix by " << difference << " (relative, float)\n"
            << "the state stands at step " << state.position() << "\n";
  return difference < 1e-6f && state.position() == T && Z.allFinite() && memory_y[0] != 1 ? 0 : 1;
}
