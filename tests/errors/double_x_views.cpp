// must not compile, in at most 20 lines: X must have the scalar type of M
#include "prelude.hpp"
void line() { with(heads) = semiseparable(log_a, C, B) * heads_double; }
