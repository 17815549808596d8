// must not compile, in at most 20 lines: weight must have the scalar type of X, or float beside 16-bit rows
#include "prelude.hpp"
auto line() { return rms_norm(X, VectorXd(X_double.row(0)), 1e-5); }
