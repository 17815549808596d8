// must not compile, in at most 20 lines: gate and up must have the same scalar type
#include "prelude.hpp"
auto line() { return swiglu(X, X_double); }
