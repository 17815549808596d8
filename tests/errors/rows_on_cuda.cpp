// must not compile, in at most 20 lines: these rows have no algorithm at this place
#include "prelude.hpp"
void line() { with(heads, cuda{}) = rms_norm(heads, log_a, 1e-5); }
