// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "ssd_cases.hpp"

namespace laws_ssd_bfloat16 {

TEST_CASE("SSD, bfloat16: every form is the same operator, for 1500 random shapes") {
  laws::ssd_duality_of_random_shapes<Eigen::bfloat16>(300000, 1500);
}

}  // namespace laws_ssd_bfloat16
