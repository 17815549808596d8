// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT

// Adjoints, as multiples of the time of what they are the adjoints of: 2.5 are the flops of SSD's and of attention's, all
// gradients together.
#include <memory>
#include <transxssm/core/kept_memory.hpp>
#include <transxssm/transxssm.hpp>
#include "comparison.hpp"
#include "subjects.hpp"

namespace bench {

namespace {

using namespace transxssm;

/// The whole adjoint, with gradients of all operands.
preparation ssd_adjoint(ssd_shape const& s, int threads) {
  return [=] {
    struct operands {
      ssd_operands in;
      array<3> dlog_a, ddt;
      array<4> dC, dB, dX, dY;
      rotary_table<float> R;
      kept_memory memory;
      operands(ssd_shape const& s)
          : in(s),
            dlog_a({s.batch, s.T, s.H}, 1),
            ddt({s.batch, s.T, s.H}, 1),
            dC({s.batch, s.T, s.G, s.N}, 1),
            dB({s.batch, s.T, s.G, s.N}, 1),
            dX({s.batch, s.T, s.H, s.P}, 1),
            dY({s.batch, s.T, s.H, s.P}, 2),
            R(frequencies(s.N), s.T) {}
    };
    auto const o = std::make_shared<operands>(s);
    return work{s.flops(), [=] {
                  semiseparable_gradient<float> const d{
                      .log_a = o->dlog_a.all, .C = o->dC.all, .B = o->dB.all, .X = {o->dX.all, o->ddt.all}};
                  with(d, cpu{threads}, workspace{&o->memory}) =
                      adjoint(semiseparable(o->in.log_a.all, rotate(o->in.C.all, o->R), rotate(o->in.B.all, o->R)) *
                                  scale_rows(o->in.X.all, o->in.dt.all),
                              o->dY.all);
                }};
  };
}

preparation attention_adjoint(attention_shape const& s, int threads) {
  return [=] {
    struct operands {
      attention_operands in;
      array<4> dQ, dK, dV, dZ;
      rotary_table<float> R;
      kept_memory memory;
      operands(attention_shape const& s)
          : in(s),
            dQ({s.batch, s.T, s.H, s.N}, 1),
            dK({s.batch, s.T, s.G, s.N}, 1),
            dV({s.batch, s.T, s.G, s.N}, 1),
            dZ({s.batch, s.T, s.H, s.N}, 2),
            R(frequencies(s.N), s.T) {}
    };
    auto const o = std::make_shared<operands>(s);
    return work{s.flops(), [=] {
                  with(attention_gradient<float>{.Q = o->dQ.all, .K = o->dK.all, .V = o->dV.all}, cpu{threads},
                       workspace{&o->memory}) =
                      adjoint(attention(rotate(o->in.Q.all, o->R), rotate(o->in.K.all, o->R)) * o->in.V.all, o->dZ.all);
                }};
  };
}

}  // namespace

void gradient_rows(options how) {
  for (auto const& s : ssd_shapes)
    compare(how, "ssd_adjoint/" + s.name(), at_most(3, 2.5), ssd_adjoint(s, how.threads), ssd_prefill(s, how.threads));
  for (auto const& s : attention_shapes)
    compare(how, "attention_adjoint/" + s.name(), at_most(3, 2.5), attention_adjoint(s, how.threads),
            attention_prefill(s, how.threads));
}

}  // namespace bench
