// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <memory>
#include "ssd_cases.hpp"

namespace laws_shapes_of_the_field {

// The shapes that other implementations are tested with, each group under its name. Their tolerances are 1e-7 to 5e-3;
// here the bar is that of every other test: a few eps, relative to the exact result and nothing else.
using namespace laws;

namespace {

any_form const quadratic_form{any_form::definition}, recurrent_form{any_form::steps}, automatic_form{any_form::chosen};
any_form chunks_of(index_t q) { return {any_form::blocks, q}; }

/// One shape in some forms, from its state, on two threads. The error is measured by the exact result alone.
template<class S>
void meets_the_bar(ssd_shape const& s, std::initializer_list<any_form> forms) {
  using Acc = accumulator_t<S>;
  ssd_operands<S> o(s, judged::by_recurrence);
  operand<Acc, 4> Y(o.random, {s.batch, s.T, s.heads, s.P});
  INFO(s);
  for (any_form form : forms) {
    INFO(name(form));
    auto state = o.state();
    if (s.turned) evaluate_in(form, cpu{2}, Y.all, o.turned_part(0, s.T).from(state), o.X.steps(0, s.T));
    else evaluate_in(form, cpu{2}, Y.all, o.plain_part(0, s.T).from(state), o.X.steps(0, s.T));
    CHECK(worst_output<S, Acc>(o, Y.all) <= 1);
    CHECK(worst_state<S, Acc>(o, state.h()) <= 1);
  }
}

ssd_shape shape(index_t batch, index_t T, index_t heads, index_t groups, index_t N, index_t P, std::uint64_t seed = 1) {
  ssd_shape s;
  s.batch = s.decay_batch = batch, s.T = T, s.heads = s.decay_heads = heads, s.groups_C = s.groups_B = groups, s.N = N,
  s.P = P;
  s.planes = N / 2, s.from_zero = false, s.seed = seed;
  return s;
}

/// Sequences packed into one, each from a state of its own: evaluated whole, or cut at `cuts` and resumed.
void packed_meets_the_bar(std::vector<index_t> const& lengths, std::vector<index_t> const& cuts, index_t heads,
                          index_t groups, index_t N, index_t P, std::initializer_list<any_form> forms) {
  index_t const sequences = std::ssize(lengths);
  std::vector<std::unique_ptr<ssd_operands<float>>> alone;
  for (index_t s = 0; s < sequences; ++s)
    alone.push_back([&] {
      ssd_shape one = shape(1, lengths[std::size_t(s)], heads, groups, N, P, std::uint64_t(s + 1));
      one.skips = false;
      return std::make_unique<ssd_operands<float>>(one, judged::by_recurrence);
    }());

  for (any_form form : forms) {
    CAPTURE(name(form));
    ssm_state<float> states(N, P, heads, sequences);
    for (index_t s = 0; s < sequences; ++s) {
      auto const from = alone[std::size_t(s)]->state();
      for (index_t k = 0; k < N; ++k)
        for (index_t i = 0; i < heads; ++i)
          for (index_t p = 0; p < P; ++p) states.h()(s, k, i, p) = from.h()(0, k, i, p);
    }
    std::vector<operand<float, 4>> Ys;
    for (auto& o : alone) Ys.emplace_back(o->random, o->X.all.extents);
    for (bool first : {true, false}) {  // the part before the cut, the part behind it
      std::vector<index_t> offsets{0}, at;
      auto begin = [&](index_t s) { return first ? 0 : cuts[std::size_t(s)]; };
      auto end = [&](index_t s) { return first ? cuts[std::size_t(s)] : lengths[std::size_t(s)]; };
      for (index_t s = 0; s < sequences; ++s)
        offsets.push_back(offsets.back() + end(s) - begin(s)), at.push_back(begin(s));
      packed const documents(offsets);
      index_t const rows = documents.rows();
      dice random(1);
      operand<float, 3> log_a(random, {1, rows, heads});
      operand<float, 4> C(random, {1, rows, groups, N}), B(random, {1, rows, groups, N}),
          X(random, {1, rows, heads, P}), Y(random, {1, rows, heads, P});
      for (index_t s = 0; s < sequences; ++s) {
        ssd_operands<float> const& o = *alone[std::size_t(s)];
        index_t const n = end(s) - begin(s), to = offsets[std::size_t(s)];
        o.log_a.steps(begin(s), n).copy_to(log_a.all.middle_rows(to, n)),
            o.C.steps(begin(s), n).copy_to(C.all.middle_rows(to, n));
        o.B.steps(begin(s), n).copy_to(B.all.middle_rows(to, n)),
            o.X.steps(begin(s), n).copy_to(X.all.middle_rows(to, n));
      }
      std::vector<index_t> const positions = documents.positions(at);
      rotary_table<float> const R(frequencies(N), positions);
      auto M = semiseparable(log_a.steps(0, rows), rotate(C.steps(0, rows), R), rotate(B.steps(0, rows), R), documents);
      evaluate_in(form, cpu{2}, Y.all, M.from(states), X.steps(0, rows));
      CHECK(Y.written_exactly());
      for (index_t s = 0; s < sequences; ++s) {
        index_t const n = end(s) - begin(s);
        view<float const, 4>(Y.all)
            .middle_rows(offsets[std::size_t(s)], n)
            .copy_to(Ys[std::size_t(s)].all.middle_rows(begin(s), n));
      }
    }
    for (index_t s = 0; s < sequences; ++s) {
      ssd_operands<float> const& o = *alone[std::size_t(s)];
      CAPTURE(s);
      CAPTURE(o.shape);
      view<float, 4> h = states.h();
      h.data += s * h.strides[0], h.extents[0] = 1;
      CHECK(worst_output<float, float>(o, Ys[std::size_t(s)].all) <= 1);
      CHECK(worst_state<float, float>(o, h) <= 1);
    }
  }
}

}  // namespace

TEST_CASE("flash-linear-attention, simple_gla: (1, 63, 1, 64) and (2, 500, 4, 60)") {
  auto const forms = {quadratic_form, chunks_of(16), chunks_of(64), recurrent_form, automatic_form};
  for (bool turned : {true, false})
    for (auto s : {shape(1, 63, 1, 1, 64, 64), shape(2, 500, 4, 4, 60, 60)}) {
      s.turned = turned, s.planes = turned ? s.planes : 0;
      meets_the_bar<float>(s, forms);
    }
  meets_the_bar<double>(shape(1, 63, 1, 1, 64, 64), forms);
}

TEST_CASE("flash-linear-attention, simple_gla: packed [0, 15, 100, 300, 1200, 2000], 100 features") {
  packed_meets_the_bar({15, 85, 200, 900, 800}, {7, 85, 0, 450, 1}, 2, 2, 100, 100, {chunks_of(64), recurrent_form});
}

TEST_CASE("mamba_ssm, selective_state_update: states of 16, 32, 64; groups 1, 2, 4; 2064 features") {
  for (index_t N : {16, 32, 64})
    for (index_t groups : {1, 2, 4}) {
      ssd_shape s = shape(1, 1, 48, groups, N, 43, std::uint64_t(N + groups));  // 48 * 43 = 2064
      s.batch = s.decay_batch = 2;
      meets_the_bar<float>(s, {recurrent_form, automatic_form, quadratic_form});
    }
}

TEST_CASE(
    "mamba_ssm, packed: 300 sequences of 1 to 199 steps, groups 1, 2, 8 and one for each head, chunks of 64 and 128") {
  dice random(300);
  std::vector<index_t> lengths, cuts;
  for (int s = 0; s < 300; ++s)
    lengths.push_back(random.between(1, 199)), cuts.push_back(random.between(0, lengths.back()));
  for (auto [groups, q] : {std::pair{1, 64}, {2, 128}, {8, 64}, {16, 128}})
    packed_meets_the_bar(lengths, cuts, 16, groups, 16, 8, {chunks_of(q)});
}

TEST_CASE("vLLM: 3, 4, 11, 13 heads of 5, 19, 21 features, 119 steps in chunks of 17, and of 29") {
  for (index_t heads : {3, 4, 11, 13})
    for (index_t P : {5, 19, 21})
      meets_the_bar<float>(shape(1, 119, heads, 1, 16, P, std::uint64_t(heads * P)), {chunks_of(17), chunks_of(29)});
}

TEST_CASE("vLLM: prefills cut at (270, 88, 212, 203), in chunks of 8 and of 256") {
  packed_meets_the_bar({640, 100, 270, 203}, {270, 88, 212, 203}, 4, 2, 32, 16,
                       {chunks_of(8), chunks_of(256), recurrent_form});
}

TEST_CASE(
    "ggml: states of 128, 80 heads of 64 in 8 groups, 300 steps, 2 sequences; operands lie in each other's rows") {
  // One row of memory for each step, [X | B | C], as the projection and the convolution leave it; each operand skips over
  // the others.
  index_t const batch = 2, T = 300, heads = 80, groups = 8, N = 128, P = 64, row = heads * P + 2 * groups * N;
  ssd_operands<float> o(
      [&] {
        ssd_shape s = shape(batch, T, heads, groups, N, P);
        s.turned = false, s.planes = 0;
        return s;
      }(),
      judged::by_recurrence);
  std::vector<float> memory(std::size_t(batch * T * row));
  view<float, 4> const X(memory.data(), {batch, T, heads, P}, {T * row, row, P, 1});
  view<float, 4> const B(memory.data() + heads * P, {batch, T, groups, N}, {T * row, row, N, 1});
  view<float, 4> const C(memory.data() + heads * P + groups * N, {batch, T, groups, N}, {T * row, row, N, 1});
  o.X.steps(0, T).copy_to(X), o.B.steps(0, T).copy_to(B), o.C.steps(0, T).copy_to(C);
  operand<float, 4> Y(o.random, {batch, T, heads, P});
  for (any_form form : {chunks_of(64), recurrent_form}) {
    CAPTURE(name(form));
    auto state = o.state();
    evaluate_in(form, cpu{2}, Y.all, semiseparable(o.log_a.steps(0, T), C.borrowed(), B.borrowed()).from(state),
                X.borrowed());
    CHECK(worst_output<float, float>(o, Y.all) <= 1);
    CHECK(worst_state<float, float>(o, state.h()) <= 1);
  }
}

TEST_CASE("ggml: states of 128, 128 heads of 80 in one group, 512 steps") {
  meets_the_bar<float>(shape(1, 512, 128, 1, 128, 80), {chunks_of(64)});
}

TEST_CASE("mlx: 48 heads of 64, states of 128, 1 and 4 groups, 6 steps") {
  for (index_t groups : {1, 4})
    meets_the_bar<float>(shape(1, 6, 48, groups, 128, 64), {chunks_of(4), recurrent_form, quadratic_form});
}

TEST_CASE("bfloat16 operands, 2 x 500 steps, 4 heads of 64, states of 64: float in, float out, nothing lost between") {
  meets_the_bar<Eigen::bfloat16>(shape(2, 500, 4, 2, 64, 64), {quadratic_form, chunks_of(64), recurrent_form});
}

}  // namespace laws_shapes_of_the_field
