// must not compile, in at most 20 lines: the options are causal{}, sliding_window(w), scale(s), packed(...) and padded(...)
#include "prelude.hpp"
auto line() { return attention(C, B, skip(log_a)); }
