// must not compile: a policy_part is a form, a place, a precision, a workspace or a growth
#include "prelude.hpp"
void line() { with(heads, 64) = semiseparable(log_a, C, B) * heads; }
