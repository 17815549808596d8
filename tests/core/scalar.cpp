// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <Eigen/Core>
#include <string>
#include <transxssm/core/scalar.hpp>

namespace core_scalar {

using namespace transxssm;

// 16-bit formats only store, and everything else sums up in itself.
static_assert(std::is_same_v<accumulator_t<Eigen::bfloat16>, float> &&
              std::is_same_v<accumulator_t<Eigen::half>, float>);
static_assert(std::is_same_v<accumulator_t<float>, float> && std::is_same_v<accumulator_t<double>, double>);
static_assert(std::is_same_v<accumulator_t<long double>, long double>);

// Sums of log-decays have one more precision than float.
static_assert(std::is_same_v<log_sum_t<float>, double> && std::is_same_v<log_sum_t<double>, double>);
static_assert(std::is_same_v<log_sum_t<long double>, long double>);

static_assert(has_range<float> && has_range<double> && has_range<long double> && !has_range<std::string>);

using Eigen::MatrixXd, Eigen::MatrixXf, Eigen::VectorXf;
using rows_in_bf16 = Eigen::Matrix<Eigen::bfloat16, -1, -1>;
static_assert(same_scalar<MatrixXf, VectorXf> && same_scalar<MatrixXf&, MatrixXf const&> &&
              !same_scalar<MatrixXf, MatrixXd>);
static_assert(same_scalar<MatrixXf, MatrixXf, MatrixXf> && !same_scalar<MatrixXf, MatrixXf, MatrixXd>);
static_assert(scalar_or_accumulator<MatrixXf, VectorXf> && !scalar_or_accumulator<MatrixXf, MatrixXd>);
static_assert(scalar_or_accumulator<rows_in_bf16, VectorXf> && scalar_or_accumulator<rows_in_bf16, rows_in_bf16>);
static_assert(!scalar_or_accumulator<rows_in_bf16, MatrixXd> && !scalar_or_accumulator<VectorXf, rows_in_bf16>);

TEST_CASE("scalars and what they are summed in") { CHECK(sizeof(accumulator_t<Eigen::bfloat16>) == 4); }

}  // namespace core_scalar
