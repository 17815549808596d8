// must not compile, in at most 20 lines: R must have the scalar type of X
#include "prelude.hpp"
auto line() { return rotate(C, B_double, pairing::interleaved); }
