// must not compile, in at most 20 lines: takes a conv_state
#include "prelude.hpp"
ssm_state<float> state(N, P);
void line() { Y = causal_conv1d(X, C, log_a).from(state); }
