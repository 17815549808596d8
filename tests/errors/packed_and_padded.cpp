// must not compile, in at most 20 lines: at most one mask, one scale, and one of packed and padded
#include "prelude.hpp"
auto line() { return attention(C, B, packed({0, T}), padded({T})); }
