// must not compile, in at most 20 lines: at most one skip, and one of packed and padded
#include "prelude.hpp"
auto line() { return semiseparable(log_a, C, B, skip(1.f), skip(2.f)); }
