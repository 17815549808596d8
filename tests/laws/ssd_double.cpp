// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "ssd_cases.hpp"

namespace laws_ssd_double {

TEST_CASE("SSD, double: every form is the same operator, for 3000 random shapes") {
  laws::ssd_duality_of_random_shapes<double>(200000, 3000);
}

}  // namespace laws_ssd_double
