// must not compile, in at most 20 lines: Y must have the scalar type of the rows, or of what their sums are kept in
#include "prelude.hpp"
void line() { with(heads_double) = swiglu(heads, heads); }
