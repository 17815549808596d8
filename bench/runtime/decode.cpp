// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <transxssm/transxssm.hpp>
#include "ceilings.hpp"
#include "comparison.hpp"
#include "subjects.hpp"

namespace bench {

using namespace transxssm;

namespace {

/// What decoding needs besides its operands.
template<class State>
struct decoding {
  rotary_table<float> R;
  State state;
  std::pmr::unsynchronized_pool_resource pool;  // from the second step on, nothing is allocated

  decoding(index_t N, index_t positions, State s) : R(frequencies(N), positions), state(std::move(s)) {}
};

}  // namespace

preparation ssd_decode(ssd_shape const& s, int threads) {
  return [=] {
    auto o = std::make_shared<ssd_operands>(s);
    auto d = std::make_shared<decoding<ssm_state<float>>>(s.N, 1024, ssm_state<float>(s.N, s.P, s.H, s.batch));
    auto run = [=] {
      if (d->state.position() == d->R.rows())  // the end of the table: its angles once more
        for (index_t b = 0; b < s.batch; ++b) d->state.position(b) = 0;
      auto now = d->R.middle_rows(d->state.position(), 1);
      auto M = semiseparable(o->log_a.all, rotate(o->C.all, now), rotate(o->B.all, now));
      with(o->Y.all, cpu{threads}, workspace{&d->pool}) = M.from(d->state) * scale_rows(o->X.all, o->dt.all);
    };
    return work{s.state_bytes(), run, o->Y.memory};
  };
}

preparation attention_decode(attention_shape const& s, int threads) {
  return [=] {
    auto o = std::make_shared<attention_operands>(attention_shape{s.H, s.G, 1, s.N, s.batch});
    auto d =
        std::make_shared<decoding<kv_cache<float>>>(s.N, s.T + 1, kv_cache<float>(s.T + 1, s.N, s.N, s.G, s.batch));
    array<4> past({s.batch, s.T, s.G, s.N}, 10);
    for (auto rows : {d->state.keys(), d->state.values()}) past.all.copy_to(rows.middle_rows(0, s.T));
    for (index_t b = 0; b < s.batch; ++b) d->state.advance(b, s.T);
    auto run = [=] {
      auto now = d->R.middle_rows(s.T, 1);
      auto A = attention(rotate(o->Q.all, now), rotate(o->K.all, now));
      with(o->Z.all, cpu{threads}, workspace{&d->pool}) = A.from(d->state) * o->V.all;
      d->state.roll_back(1);
    };
    return work{s.cache_bytes(), run};
  };
}

void decode_rows(options how) {
  for (ssd_shape const& prefill : ssd_shapes) {
    ssd_shape s = one_step_of(prefill);
    compare(how, "ssd_decode_over_scale/" + s.name(), at_least(0.85, 0.92), ssd_decode(s, how.threads),
            scale_in_place(s.state_bytes(), how.threads));
  }
  for (attention_shape s : attention_shapes) {
    s.batch = large / index_t(s.cache_bytes());
    compare(how, "attention_decode_over_read/" + s.name(), at_least(0.85, 0.92), attention_decode(s, how.threads),
            read(s.cache_bytes(), how.threads));
  }
}

}  // namespace bench
