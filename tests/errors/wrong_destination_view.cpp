// must not compile, in at most 20 lines: Y must have the scalar type of M, or of what its sums are kept in
#include "prelude.hpp"
void line() { with(heads_double) = semiseparable(log_a, C, B) * heads; }
