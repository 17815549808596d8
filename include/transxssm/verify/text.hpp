// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <ostream>
#include <sstream>
#include "report.hpp"

/// Each report as a few lines of text: `std::cout << verify::duality<double>(input);`
namespace transxssm::verify {

inline char const* verdict(bool holds) { return holds ? "holds: " : "FAILS: "; }

inline std::ostream& operator<<(std::ostream& out, relative_position_report const& r) {
  out << verdict(r.holds) << r.name << ", d = " << r.features << ", positions up to " << r.furthest << "\n  "
      << r.scores << " scores, largest error " << r.largest_error << " |q||k|, at most " << r.largest_ratio
      << " of its bound (at m = " << r.worst_m << ", n = " << r.worst_n << ")\n";
  for (auto const& e : r.exceeds) {
    out << "  error above " << e.threshold << ": ";
    if (e.position) out << "first seen at position " << *e.position;
    else out << "never seen";
    out << ", and impossible before position " << e.proven << "\n";
  }
  return out;
}

inline std::ostream& operator<<(std::ostream& out, duality_report const& r) {
  out << verdict(r.holds) << r.name << ", T = " << r.T << ", N = " << r.N << ", P = " << r.P << ", bar " << r.bar
      << "\n";
  for (auto const& f : r.forms)
    out << "  " << f.form << ": error " << f.error << ", " << f.ratio << " of the bar"
        << (f.holds ? "\n" : "  <-- too large\n");
  return out << "  largest disagreement of two forms " << r.largest_disagreement << "\n";
}

inline std::ostream& operator<<(std::ostream& out, causality_report const& r) {
  out << verdict(r.holds) << r.name << ", T = " << r.T << ", " << r.tokens << " tokens changed one at a time\n";
  for (auto const& l : r.leaks) out << "  changing token " << l.token << " changed row " << l.row << "\n";
  for (index_t t : r.without_effect) out << "  changing token " << t << " did not change its own row\n";
  return out;
}

inline std::ostream& operator<<(std::ostream& out, shift_report const& r) {
  out << verdict(r.holds) << r.name << ", T = " << r.T << "\n";
  for (auto const& s : r.shifts) {
    out << "  all positions + " << s.shift << ": error " << s.error << ", bound " << s.bound;
    if (s.state_bound > 0) out << "; of the state " << s.state_error << ", bound " << s.state_bound;
    out << (s.holds ? "\n" : "  <-- too large\n");
  }
  return out;
}

inline std::ostream& operator<<(std::ostream& out, certified_report const& r) {
  return out << verdict(r.holds) << r.name << ", " << r.entries << " entries\n  proven: no entry is off by more than "
             << r.largest_error << ", and the relative error is at most " << r.relative_error << " (bar " << r.bar
             << ")\n  enclosure at most " << r.width
             << " wide; all forms agree with it: " << (r.consistent ? "yes" : "NO")
             << "; its own arithmetic encloses the result: " << (r.encloses_result ? "yes" : "NO") << "\n";
}

/// The same as a string.
std::string to_text(auto const& report) {
  std::ostringstream out;
  out << report;
  return out.str();
}

}  // namespace transxssm::verify
