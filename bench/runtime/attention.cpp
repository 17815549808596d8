// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <transxssm/transxssm.hpp>
#include "ceilings.hpp"
#include "comparison.hpp"
#include "subjects.hpp"

namespace bench {

using namespace transxssm;

preparation attention_prefill(attention_shape const& s, int threads) {
  return [=] {
    auto o = std::make_shared<attention_operands>(s);
    auto R = std::make_shared<rotary_table<float>>(frequencies(s.N), s.T);
    auto run = [=] { with(o->Z.all, cpu{threads}) = attention(rotate(o->Q.all, *R), rotate(o->K.all, *R)) * o->V.all; };
    return work{s.flops(), run, o->Z.memory};
  };
}

void attention_rows(options how) {
  for (attention_shape const& s : attention_shapes)
    compare(how, "attention_over_sgemm/" + s.name(), at_least(0.6, 0.8), attention_prefill(s, how.threads),
            sgemm(how.threads));
}

}  // namespace bench
