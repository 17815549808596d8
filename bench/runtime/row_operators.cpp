// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT

// What stands between the large products of a layer and does little to each number: RMSNorm and SwiGLU's gate in place,
// the causal convolution out of place. The amounts are half of the bytes that are read and written, as memcpy's are.
#include <transxssm/transxssm.hpp>
#include "ceilings.hpp"
#include "comparison.hpp"
#include "operands.hpp"

namespace bench {

using namespace transxssm;

namespace {

index_t const D = 2048, T = large / (D * 4);

struct rows {
  array<4> x{{1, T, 1, D}, 1}, y{{1, T, 1, D}, 2};
  std::vector<float> weight = std::vector<float>(4 * D, 0.5f);
};

preparation norm(int threads) {
  return [=] {
    auto o = std::make_shared<rows>();
    view<float, 1> weight(o->weight.data(), {D});
    return work{o->x.bytes(), [=] { with(o->x.all, cpu{threads}) = rms_norm(o->x.all, weight, 1e-5); }};
  };
}

preparation gate(int threads) {
  return [=] {
    auto o = std::make_shared<rows>();
    o->x.memory.assign(o->x.memory.size(), 1.2784645f);  // whose silu is 1: neither zero nor infinity is ever reached
    return work{1.5 * o->x.bytes(), [=] { with(o->y.all, cpu{threads}) = swiglu(o->x.all, o->y.all); }};
  };
}

preparation convolution(int threads) {
  return [=] {
    auto o = std::make_shared<rows>();
    view<float, 2> weight(o->weight.data(), {D, 4}, {1, D});
    view<float, 1> bias(o->weight.data(), {D});
    return work{o->x.bytes(), [=] { with(o->y.all, cpu{threads}) = causal_conv1d(o->x.all, weight, bias, silu{}); }};
  };
}

}  // namespace

void row_operator_rows(options how) {
  compare(how, "rows_over_copy/rms_norm", at_least(0.9, 1), norm(how.threads), copy(large, how.threads));
  compare(how, "rows_over_copy/swiglu", at_least(0.9, 1), gate(how.threads), copy(large, how.threads));
  compare(how, "rows_over_copy/causal_conv1d", at_least(0.9, 1), convolution(how.threads), copy(large, how.threads));
}

}  // namespace bench
