// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include "../core/scalar.hpp"
#include "../math/rotary_table.hpp"
#include "definition.hpp"

namespace transxssm::verify {

/// How far a rotated plane can be from the exact one, by the errors of its table and of its arithmetic.
///
/// The exact plane is x' = R x, with c = cos(m theta) and s = sin(m theta). A table holds c^ and s^, which are
///   c^ = cos(m theta + delta) (1 + e1),  s^ = sin(m theta + delta) (1 + e2),  |e1|, |e2| <= table, |delta| <= turn(m)
/// so R^ - R, again of the form (a -b; b a), has the norm |(c^ - c, s^ - s)| <= delta + table: the chord of an angle is
/// shorter than the angle. The two products and the sum of each feature are off by at most 2 u (|c^||x1| + |s^||x2|)
/// (u that of the sums), the plane by 2 u (|c^| + |s^|) |x| <= 2 sqrt(2) u |x|, < 3 u |x|. A result that is stored in a
/// narrower type is rounded once more. So |x'^ - x'| <= error(m, theta) |x|.
///
/// With u of the scalar that angles are computed in, where theta is off by at most an ulp (2u) and m theta is rounded
/// (u), and m itself (u) where it has more digits than u:  turn(m) = (3 or 4) u m theta. A library's cos is within an
/// ulp (2u) before it is rounded to the table. "Exact" is the nearest float or 16-bit number, and for double within 2
/// ulp with angles of more than double: turn(m) = 2^-90 m theta.
struct rotary_rounding {
  double table = 0, arithmetic = 0, stored = 0;  // relative
  double angle = 0;                              // per radian
  double exact_positions = 0x1p53;               // up to here, m is exact in the scalar of the angles

  /// Tables of scalar Table, whose rows are stored in the scalar Rows.
  template<class Table, class Rows = Table>
  static rotary_rounding of(angle_precision angles) {
    double const u = unit_roundoff<Table>(), single = unit_roundoff<float>(), twice = unit_roundoff<double>();
    double const sums = unit_roundoff<accumulator_t<Table>>();
    rotary_rounding r{.arithmetic = 3 * sums, .stored = unit_roundoff<Rows>() > sums ? unit_roundoff<Rows>() : 0};
    if (angles == angle_precision::exact) r.table = u < single ? 4 * u : u, r.angle = 0x1p-90;
    if (angles == angle_precision::in_double) r.table = u > twice ? u + 2 * twice : 2 * twice, r.angle = 3 * twice;
    if (angles == angle_precision::in_float)
      r.table = u > single ? u + 2 * single : 2 * single, r.angle = 3 * single, r.exact_positions = 0x1p24;
    return r;
  }

  /// Largest |x'^ - x'| / |x| of a plane that turns by theta per step, at position m.
  double error(index_t m, double theta) const {
    double steps = std::abs(static_cast<double>(m)), rounded_position = steps > exact_positions ? angle / 3 : 0;
    double turn = (angle + rounded_position) * steps * theta;
    return (1 + table + turn) * (1 + arithmetic) * (1 + stored) - 1;
  }
};

}  // namespace transxssm::verify
