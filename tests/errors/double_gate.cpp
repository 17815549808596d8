// must not compile, in at most 20 lines: Z must have the scalar type of X
#include "prelude.hpp"
auto line() { return rms_norm(X, log_a, 1e-5, gated(X_double)); }
