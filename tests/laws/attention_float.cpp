// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "attention_cases.hpp"

namespace laws_attention_float {

TEST_CASE("attention, float: every form is the same operator, for 2500 random shapes") {
  laws::attention_duality_of_random_shapes<float>(100000, 2500);
}

}  // namespace laws_attention_float
