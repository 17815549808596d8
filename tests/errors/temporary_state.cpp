// must not compile, in at most 20 lines: takes an ssm_state of what
#include "prelude.hpp"
void line() { Y = M.from(ssm_state<float>(N, P)) * X; }
