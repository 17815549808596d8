// must not compile, in at most 20 lines: or not of what its sums are kept in
#include "prelude.hpp"
auto line() { with(swiglu_gradient<double>{}) = adjoint(swiglu(C, B), C); }
