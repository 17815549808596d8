// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "support/definition.hpp"

namespace evaluate_batch {

using namespace transxssm;

// Law 9: a batch of heads is the same expression, over the caller's own memory.
namespace {

index_t const batch = 2, T = 19, H = 6, G = 3, N = 4, P = 5;

struct batch_operands {
  std::vector<double> decays = log_decays<double>(batch * T * H, 1);
  view<double, 3> log_a{decays.data(), {batch, T, H}};
  batch_of<double> C{batch, T, G, N, 2}, B{batch, T, 1, N, 3}, X{batch, T, H, P, 4},
      Y{batch, T, H, P, 5};  // 3 groups, 1 group
  rotary_table<double> R{frequencies(N), T};

  auto M() const { return semiseparable(log_a, rotate(C.all, R), rotate(B.all, R)); }
  auto part(index_t t, index_t n) const {
    auto Rs = R.middle_rows(t, n);
    return semiseparable(log_a.middle_rows(t, n), rotate(C.all.middle_rows(t, n), Rs),
                         rotate(B.all.middle_rows(t, n), Rs));
  }
  void as_expected(char const* what) {
    INFO(what);
    auto turned = [](auto const& x) { return definition::rotated(definition::exact(x), definition::angles(N), N / 2); };
    for (index_t b = 0; b < batch; ++b)
      for (index_t h = 0; h < H; ++h) {
        auto const M = definition::semiseparable(copied(log_a, b, h, H), turned(copied(C.all, b, h / 2, G)),
                                                 turned(copied(B.all, b, 0, 1)));
        CHECK(definition::error(copied(Y.all, b, h, H), M * definition::exact(copied(X.all, b, h, H))) <
              definition::bar<double>);
      }
    std::fill(Y.memory.begin(), Y.memory.end(), 0);
  }
};

}  // namespace

TEST_CASE("every form, any number of threads, groups of B and C") {
  batch_operands o;
  auto M = o.M();
  with(o.Y.all) = M * o.X.all;
  o.as_expected("automatic");
  with(o.Y.all, cpu{}) = with(chunked{8}, M * o.X.all);
  o.as_expected("chunked");
  with(o.Y.all, cpu{.threads = 2}, recurrent{}) = M * o.X.all;
  o.as_expected("recurrent, two threads");
  with(o.Y.all, policy{quadratic{}, cpu{3}}) = M * o.X.all;
  o.as_expected("a policy");
}

TEST_CASE("cut anywhere and resumed, with a state of all heads") {
  batch_operands o;
  for (index_t cut : {0, 1, 7, 18, 19}) {
    ssm_state<double> state(N, P, H, batch);
    with(o.Y.all.middle_rows(0, cut), chunked{3}) = o.part(0, cut).from(state) * o.X.all.middle_rows(0, cut);
    with(o.Y.all.middle_rows(cut, T - cut), recurrent{}, cpu{2}) =
        o.part(cut, T - cut).from(state) * o.X.all.middle_rows(cut, T - cut);
    o.as_expected("cut in two");
    CHECK((state.position(0) == T && state.position(1) == T));
  }
  ssm_state<double> state(N, P, H, batch);
  for (index_t t = 0; t < T; ++t)
    with(o.Y.all.middle_rows(t, 1), recurrent{}) = o.part(t, 1).from(state) * o.X.all.middle_rows(t, 1);
  o.as_expected("step by step");
}

TEST_CASE("any strides: (batch, head, time, feature), every other feature, time backwards") {
  batch_operands o;
  std::vector<double> memory(batch * H * T * P * 2, 7);
  view<double, 4> Y(memory.data(), {batch, T, H, P}, {H * T * P * 2, P * 2, T * P * 2, 2});
  batch_of<double> reversed(batch, T, H, P, 9);
  view<double, 4> X(reversed.all.data + (T - 1) * H * P, {batch, T, H, P}, {T * H * P, -H * P, P, 1});
  o.X.all.copy_to(X);
  auto each = [&](auto form) {
    with(Y, form) = o.M() * X;
    Y.copy_to(o.Y.all);
    o.as_expected("strides");
    for (std::size_t i = 1; i < memory.size(); i += 2) REQUIRE(memory[i] == 7);  // between the features: not ours
  };
  each(quadratic{}), each(chunked{8}), each(recurrent{});
}

TEST_CASE("an operator of Eigen matrices is shared by all heads") {
  batch_operands o;
  one_head_of<double> one(T, N, P);
  auto M = semiseparable(one.log_a, one.C, one.B);
  with(o.Y.all, cpu{2}) = M * o.X.all;
  definition::rows const exact =
      definition::semiseparable(one.log_a, definition::exact(one.C), definition::exact(one.B));
  for (index_t b = 0; b < batch; ++b)
    for (index_t h = 0; h < H; ++h)
      CHECK(definition::error(copied(o.Y.all, b, h, H), exact * definition::exact(copied(o.X.all, b, h, H))) <
            definition::bar<double>);
}

TEST_CASE("a batch of one operand is shared by all sequences") {
  batch_operands o;
  batch_of<double> C(1, T, G, N, 7);
  with(o.Y.all) = semiseparable(o.log_a, C.all, o.B.all) * o.X.all;
  for (index_t b = 0; b < batch; ++b)
    for (index_t h = 0; h < H; ++h) {
      auto const M = definition::semiseparable(copied(o.log_a, b, h, H), definition::exact(copied(C.all, 0, h, H)),
                                               definition::exact(copied(o.B.all, b, h, H)));
      CHECK(definition::error(copied(o.Y.all, b, h, H), M * definition::exact(copied(o.X.all, b, h, H))) <
            definition::bar<double>);
    }
}

TEST_CASE("grouped queries: attention with fewer heads of keys and values, in every form") {
  index_t const keys = 2;
  batch_of<double> Q(batch, T, H, N, 1), K(batch, T, keys, N, 2), V(batch, T, keys, P, 3), Z(batch, T, H, P, 4);
  rotary_table<double> R(frequencies(N), T);
  auto turned = [](auto const& x) { return definition::rotated(definition::exact(x), definition::angles(N), N / 2); };
  auto as_expected = [&] {
    for (index_t b = 0; b < batch; ++b)
      for (index_t h = 0; h < H; ++h) {
        auto const A = definition::attention(turned(copied(Q.all, b, h, H)), turned(copied(K.all, b, h / 3, keys)));
        CHECK(definition::error(copied(Z.all, b, h, H), A * definition::exact(copied(V.all, b, h / 3, keys))) <
              definition::bar<double>);
      }
    std::fill(Z.memory.begin(), Z.memory.end(), 0);
  };
  auto A = attention(rotate(Q.all, R), rotate(K.all, R));
  with(Z.all) = A * V.all;
  as_expected();
  with(Z.all, online{4}, cpu{2}) = A * V.all;
  as_expected();
  with(Z.all, quadratic{}, cpu{3}) = A * V.all;
  as_expected();
}

TEST_CASE("linear attention over a batch, with one group of keys") {
  batch_of<double> Q(batch, T, H, N, 1), K(batch, T, 1, N, 2), V(batch, T, H, P, 3), Z(batch, T, H, P, 4);
  auto f = elu_plus_one{};
  with(Z.all, cpu{2}) = linear_attention(feature_map(Q.all, f), feature_map(K.all, f)) * V.all;
  for (index_t b = 0; b < batch; ++b)
    for (index_t h = 0; h < H; ++h) {
      matrix<double> q = copied(Q.all, b, h, H), k = copied(K.all, b, 0, 1), v = copied(V.all, b, h, H);
      matrix<double> alone = linear_attention(feature_map(q, f), feature_map(k, f)) * v;
      CHECK(definition::error(copied(Z.all, b, h, H), definition::exact(alone)) < definition::bar<double>);
    }
}

}  // namespace evaluate_batch
