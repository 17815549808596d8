// must not compile, in at most 20 lines: weight must be a vector (D), or a view (D)
#include "prelude.hpp"
auto line() { return rms_norm(X, X, 1e-5); }
