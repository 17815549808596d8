// must not compile, in at most 20 lines: K must be matrices (T, N), or views (batch, T, head, N)
#include "prelude.hpp"
auto line(view<float, 3> numbers) { return attention(C, numbers); }
