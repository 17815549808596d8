// must not compile, in at most 20 lines: a policy has at most one form, one place
#include "prelude.hpp"
void line() { with(heads, chunked{8}) = with(quadratic{}, semiseparable(log_a, C, B) * heads); }
