// must not compile: takes a kv_cache of
#include "prelude.hpp"
void line(kv_cache<double>& cache) { Y = A.from(cache) * X; }
