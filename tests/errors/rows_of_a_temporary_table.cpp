// must not compile, in at most 20 lines: middle_rows
#include "prelude.hpp"
auto line() { return rotate(C, rotary_table<float>(frequencies(N), 2 * T).middle_rows(0, T)); }
