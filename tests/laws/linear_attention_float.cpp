// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "linear_attention_cases.hpp"

namespace laws_linear_attention_float {

TEST_CASE("linear attention, float: every form is the same operator, for 1500 random shapes") {
  laws::linear_attention_duality_of_random_shapes<float>(100000, 1500);
}

}  // namespace laws_linear_attention_float
