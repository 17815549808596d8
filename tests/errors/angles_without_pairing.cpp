// must not compile, in at most 20 lines: angles need a pairing, rotate(X, phi, pairing)
#include "prelude.hpp"
auto line() { return rotate(C, B); }
