// must not compile, in at most 20 lines: the options are skip(D), packed(...) and padded(...)
#include "prelude.hpp"
auto line() { return semiseparable(log_a, C, B, 3); }
