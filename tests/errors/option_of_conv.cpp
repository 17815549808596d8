// must not compile, in at most 20 lines: the options are silu{}, packed(...) and padded(...)
#include "prelude.hpp"
auto line() { return causal_conv1d(X, C, log_a, gated(X)); }
