// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <Eigen/Core>
#include <transxssm/core/concepts.hpp>
#include <transxssm/math/rotary_table.hpp>

namespace core_concepts {

using namespace transxssm;
using namespace Eigen;

// Recognised by what they can do: no Eigen header is needed to say so.
static_assert(matrix_expression<MatrixXf> && matrix_expression<MatrixXf const&> && matrix_expression<ArrayXXd>);
static_assert(matrix_expression<decltype(MatrixXf() * 2)> && !matrix_expression<float> &&
              !matrix_expression<view<float, 2>>);
static_assert(stored_matrix<MatrixXf> && stored_matrix<Map<MatrixXf>&> && stored_matrix<decltype(MatrixXf().row(0))>);
static_assert(!stored_matrix<decltype(MatrixXf() * 2)>);

static_assert(one_row_per_step<MatrixXf> && one_row_per_step<view<float, 2>> && one_row_per_step<view<float, 4>&>);
static_assert(!one_row_per_step<view<float, 1>> && !one_row_per_step<view<float, 3>> && !one_row_per_step<float>);
static_assert(one_number_per_step<VectorXf> && one_number_per_step<RowVectorXf> &&
              one_number_per_step<view<float, 3> const&>);
static_assert(one_number_per_step<view<float, 1>> && one_number_per_step<decltype(MatrixXf().col(0))>);
static_assert(!one_number_per_step<MatrixXf> && !one_number_per_step<view<float, 4>> && !one_number_per_step<float>);
static_assert(!sequence_operator<MatrixXf> && !sequence_operator<float> && !sequence_operator<view<float, 4>>);

TEST_CASE("concepts of operands") { CHECK(one_head<view<float, 2>>); }

}  // namespace core_concepts
