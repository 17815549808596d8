// must not compile, in at most 20 lines: the options are a normaliser, packed(...) and padded(...)
#include "prelude.hpp"
auto line() { return linear_attention(C, B, scale(2)); }
