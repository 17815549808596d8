// must not compile, in at most 20 lines: factor must be a vector (T), or a view (batch, T, head)
#include "prelude.hpp"
auto line() { return scale_rows(X, C); }
