// must not compile, in at most 20 lines: same_scalar
#include "prelude.hpp"
auto line() { return semiseparable(log_a, C, B_double); }
