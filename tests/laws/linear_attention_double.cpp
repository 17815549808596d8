// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "linear_attention_cases.hpp"

namespace laws_linear_attention_double {

TEST_CASE("linear attention, double: every form is the same operator, for 1000 random shapes") {
  laws::linear_attention_duality_of_random_shapes<double>(200000, 1000);
}

}  // namespace laws_linear_attention_double
