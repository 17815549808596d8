// must not compile, in at most 20 lines: X must be a matrix (T, D), or a view (batch, T, head, D)
#include "prelude.hpp"
auto line() { return rms_norm(causal_conv1d(X, C, log_a), log_a, 1e-5); }
