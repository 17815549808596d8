// must not compile, in at most 20 lines: log_a that or, beside 16-bit rows, float
#include "prelude.hpp"
auto line() { return semiseparable(log_a.cast<double>(), C, B); }
