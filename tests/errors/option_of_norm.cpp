// must not compile, in at most 20 lines: the options are gated(Z) and grouped(G)
#include "prelude.hpp"
auto line() { return rms_norm(X, log_a, 1e-5, silu{}); }
