// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "linear_attention_cases.hpp"

namespace laws_linear_attention_bfloat16 {

TEST_CASE("linear attention, bfloat16: every form is the same operator, for 500 random shapes") {
  laws::linear_attention_duality_of_random_shapes<Eigen::bfloat16>(300000, 500);
}

}  // namespace laws_linear_attention_bfloat16
