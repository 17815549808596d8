// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "attention_cases.hpp"

namespace laws_attention_bfloat16 {

TEST_CASE("attention, bfloat16: every form is the same operator, for 1000 random shapes") {
  laws::attention_duality_of_random_shapes<Eigen::bfloat16>(300000, 1000);
}

}  // namespace laws_attention_bfloat16
