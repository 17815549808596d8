// must not compile, in at most 20 lines: this operator has no algorithm of this form at this place
#include "prelude.hpp"
void line() { Y = with(online{}, M * X); }
