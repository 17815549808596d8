// must not compile, in at most 20 lines: bias must be a vector (D), a view (D), or no_bias{}
#include "prelude.hpp"
auto line() { return causal_conv1d(X, C, B); }
