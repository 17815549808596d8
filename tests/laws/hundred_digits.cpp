// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <boost/multiprecision/eigen.hpp>
#include "any_scalar.hpp"

// The plain forms with 50 decimal digits, against the definition in 100.
namespace laws_hundred_digits {

using digits50 = boost::multiprecision::number<boost::multiprecision::cpp_bin_float<50>, boost::multiprecision::et_off>;
using digits100 =
    boost::multiprecision::number<boost::multiprecision::cpp_bin_float<100>, boost::multiprecision::et_off>;

TEST_CASE("50 digits: every plain form agrees with the definition in 100 digits") {
  for (std::ptrdiff_t T : {1, 7, 24}) laws::plain_forms_agree<digits50, digits100>(T, 6, 3, 1e-48);
}

TEST_CASE("50 digits: linear attention agrees with the definition in 100 digits") {
  laws::linear_forms_agree<digits50, digits100>(9, 4, 3, 1e-48);
}

}  // namespace laws_hundred_digits
