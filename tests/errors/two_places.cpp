// must not compile, in at most 20 lines: a policy has at most one form, one place
#include "prelude.hpp"
void line() { Y = with(cpu{1}, cpu{2}, M * X); }
