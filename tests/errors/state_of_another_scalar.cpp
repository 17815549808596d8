// must not compile, in at most 20 lines: takes an ssm_state of what
#include "prelude.hpp"
void line(ssm_state<double>& state) { Y = M.from(state) * X; }
