// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <transxssm/transxssm.hpp>
#include "ceilings.hpp"
#include "comparison.hpp"
#include "subjects.hpp"

namespace bench {

using namespace transxssm;

preparation rotation(rotation_shape const& s, int threads) {
  return [=] {
    index_t const extents[] = {1, s.T, s.H, s.N};
    auto X = std::make_shared<array<4>>(extents, 1);
    auto R = std::make_shared<rotary_table<float>>(frequencies(s.N), s.T, s.pairs);
    return work{s.bytes(), [=] { with(X->all, cpu{threads}) = rotate(X->all, *R); }};
  };
}

void rotation_rows(options how) {
  for (rotation_shape const& s : rotation_shapes)
    compare(how, "rotation_over_copy/" + s.name(), at_least(0.9, 1), rotation(s, how.threads),
            copy(s.bytes(), how.threads));
}

}  // namespace bench
