// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "ssd_cases.hpp"

namespace laws_ssd_float {

TEST_CASE("SSD, float: every form is the same operator, for 4000 random shapes") {
  laws::ssd_duality_of_random_shapes<float>(100000, 4000);
}

}  // namespace laws_ssd_float
