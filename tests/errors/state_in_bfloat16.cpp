// must not compile: a state is kept in what sums are kept in
#include "prelude.hpp"
ssm_state<bfloat16> state(N, P);
