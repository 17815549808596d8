// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "attention_cases.hpp"

namespace laws_attention_double {

TEST_CASE("attention, double: every form is the same operator, for 1500 random shapes") {
  laws::attention_duality_of_random_shapes<double>(200000, 1500);
}

}  // namespace laws_attention_double
