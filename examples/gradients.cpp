// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT

// Gradients: the adjoint of an SSD and of an attention that share one rotary table, and how to be sure of them. What runs
// through the plain forms may be a dual number, which carries its derivative along, exact to rounding.
#include <cmath>
#include <cstdio>
#include <transxssm/transxssm.hpp>
#include <transxssm/verify/gradient.hpp>

using namespace transxssm;
using Eigen::MatrixXd, Eigen::VectorXd;

// [page]
/// The gradients of a loss, given dY, that of Y = (L o (R C) (R B)^T) X.
struct gradients {
  VectorXd log_a;
  MatrixXd C, B, X;
};
gradients of_ssd(VectorXd const& log_a, MatrixXd const& C, MatrixXd const& B, MatrixXd const& X, auto const& R,
                 MatrixXd const& dY) {
  gradients d{log_a, C, B, X};  // places of the right shapes
  with(semiseparable_gradient<double>{.log_a = d.log_a, .C = d.C, .B = d.B, .X = d.X}) =
      adjoint(semiseparable(log_a, rotate(C, R), rotate(B, R)) * X, dY);
  return d;
}
// [page]

int main() {
  index_t const T = 50, N = 8, P = 3;
  auto const R = rotary_table<double>(frequencies(N), T);
  VectorXd const log_a = -VectorXd::Random(T).cwiseAbs();
  MatrixXd const C = MatrixXd::Random(T, N), B = MatrixXd::Random(T, N), X = MatrixXd::Random(T, P),
                 dY = MatrixXd::Random(T, P);
  gradients const d = of_ssd(log_a, C, B, X, R, dY);

  // The loss <dY, Y> as a function of C alone, in dual numbers: their cosines and sines are the table's.
  using verify::dual;
  using matrix = Eigen::Matrix<dual, Eigen::Dynamic, Eigen::Dynamic>;
  auto const loss = [&](std::span<dual const> c) {
    matrix const moved = Eigen::Map<matrix const>(c.data(), T, N);
    Eigen::Matrix<dual, Eigen::Dynamic, 1> const decay = log_a.cast<dual>();
    matrix phi(T, N / 2);
    for (index_t t = 0; t < T; ++t)
      for (index_t j = 0; j < N / 2; ++j) phi(t, j) = dual(double(t) * std::pow(10000., -2. * double(j) / double(N)));
    matrix const Y = with(quadratic{}, semiseparable(decay, rotate(moved, phi, pairing::interleaved),
                                                     rotate(matrix(B.cast<dual>()), phi, pairing::interleaved)) *
                                           matrix(X.cast<dual>()));
    return Y.cwiseProduct(dY.cast<dual>()).sum();
  };
  auto const exact = verify::gradient(loss, {C.data(), std::size_t(C.size())});
  double const error = verify::relative_error({d.C.data(), std::size_t(C.size())}, exact);
  std::printf("dC of %td steps: relative error %.1e\n", T, error);
  return error < 1e-12 ? 0 : 1;
}
