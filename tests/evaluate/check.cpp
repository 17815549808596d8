// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include "support/definition.hpp"

namespace evaluate_check {

using namespace transxssm;

// Law 8, at run time: every bad request is refused by name, and nothing is written: not Y, not the state.
namespace {

using wrong = std::invalid_argument;
float const not_a_number = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();

/// One head; Y and the state have seen better days, and shall keep them.
struct valid_operands : one_head_of<float> {
  matrix<float> Y = matrix<float>::Constant(7, 3, 5);
  ssm_state<float> state{4, 3};
  kv_cache<float> cache{10, 4, 3};

  valid_operands() : one_head_of<float>(7, 4, 3) {
    matrix<float> first = semiseparable(log_a, C, B).from(state) * X;
    first = attention(C, B).from(cache) * X;
  }
  auto bytes() const {
    std::vector<float> all(Y.data(), Y.data() + Y.size());
    auto add = [&](view<float const, 4> x) {
      for (index_t t = 0; t < x.rows(); ++t)
        for (index_t j = 0; j < x.cols(); ++j) all.push_back(x(0, t, 0, j));
    };
    add(state.h()), add(cache.keys()), add(cache.values());
    for (index_t n : {state.position(), cache.length(), cache.position()}) all.push_back(float(n));
    return all;
  }
  auto M() const { return semiseparable(log_a, C, B); }
  auto A() const { return attention(C, B); }
};

/// What `f` throws, and that nothing has been written then.
template<class Exception = wrong>
std::string refusal(valid_operands& o, auto f) {
  auto const before = o.bytes();
  std::string message = "nothing was thrown";
  try {
    f();
  } catch (Exception const& e) { message = e.what(); }
  auto const after = o.bytes();
  CHECK(std::memcmp(before.data(), after.data(), before.size() * sizeof(float)) == 0);
  return message;
}

}  // namespace

TEST_CASE("extents that do not fit") {
  valid_operands o;
  CHECK(refusal(o, [&] { o.Y = o.M() * o.X.topRows(6); }) == "M * X: X has 6 rows, expected 7");
  CHECK(refusal(o, [&] { o.Y.topRows(6) = o.M() * o.X; }) == "Y = M * X: Y has 6 rows, expected 7");
  CHECK(refusal(o, [&] { o.Y.leftCols(2) = o.M() * o.X; }) == "Y = M * X: Y has 2 columns, expected 3");
  CHECK(refusal(o, [&] { o.Y.topRows(6) = o.A() * o.X; }) == "Y = M * X: Y has 6 rows, expected 7");
  CHECK(refusal(o, [&] { o.Y.topRows(6) = o.M().from(o.state) * o.X; }) == "Y = M * X: Y has 6 rows, expected 7");
}

TEST_CASE("states that do not fit") {
  valid_operands o;
  auto with_state = [&](index_t N, index_t P, index_t heads, index_t batch) {
    ssm_state<float> state(N, P, heads, batch);
    return refusal(o, [&] { o.Y = o.M().from(state) * o.X; });
  };
  CHECK(with_state(3, 3, 1, 1) == "M.from(state) * X: the state has 3 rows, expected 4");
  CHECK(with_state(4, 2, 1, 1) == "M.from(state) * X: the state has 2 columns, expected 3");
  CHECK(with_state(4, 3, 8, 1) == "M.from(state) * X: the state has 8 heads, expected 1");
  CHECK(with_state(4, 3, 1, 2) == "M.from(state) * X: the state has 2 sequences, expected 1");
}

TEST_CASE("caches of another model, and full ones") {
  valid_operands o;
  auto with_cache = [&](index_t capacity, index_t N, index_t P, index_t heads, index_t batch) {
    kv_cache<float> cache(capacity, N, P, heads, batch);
    return refusal(o, [&] { o.Y = o.A().from(cache) * o.X; });
  };
  CHECK(with_cache(10, 5, 3, 1, 1) == "A.from(cache) * V: the cache has 5 columns for K, expected 4");
  CHECK(with_cache(10, 4, 2, 1, 1) == "A.from(cache) * V: the cache has 2 columns for V, expected 3");
  CHECK(with_cache(10, 4, 3, 2, 1) == "A.from(cache) * V: the cache has 2 heads, expected 1");
  CHECK(with_cache(10, 4, 3, 1, 2) == "A.from(cache) * V: the cache has 2 sequences, expected 1");
  CHECK(with_cache(6, 4, 3, 1, 1) == "A.from(cache) * V: the cache has 6 free rows, expected at least 7");
  CHECK(refusal(o, [&] { o.Y = o.A().from(o.cache) * o.X; }) ==
        "A.from(cache) * V: the cache has 3 free rows, expected at least 7");
  auto const Q = o.C.topRows(3);
  CHECK(refusal(o, [&] { o.Y.topRows(3) = attention(Q, o.B).from(o.cache) * o.X; }) ==
        "A.from(cache) * V: K has 7 rows, expected 3");
}

TEST_CASE("log-decays that are positive or not a number, wherever they stand") {
  valid_operands o;
  for (index_t t : {0, 3, 6})
    for (float bad : {0.5f, inf, not_a_number}) {
      float const good = std::exchange(o.log_a(t), bad);
      std::string const expected = "semiseparable(log_a, C, B): log_a is " + std::to_string(bad) + " at step " +
                                   std::to_string(t) + ", but a log-decay is <= 0";
      auto each = [&](auto form) {
        CHECK(refusal<std::domain_error>(o, [&] { o.Y = with(form, o.M() * o.X); }) == expected);
        CHECK(refusal<std::domain_error>(o, [&] { o.Y = with(form, o.M().from(o.state) * o.X); }) == expected);
      };
      each(automatic{}), each(quadratic{}), each(chunked{2}), each(recurrent{});
      o.log_a(t) = good;
    }
  for (float legal : {0.f, -0.f, -inf, -1e-40f}) {
    o.log_a(3) = legal;
    CHECK_NOTHROW(o.Y = o.M() * o.X);
    CHECK(o.Y.allFinite());
  }
}

TEST_CASE("angles that are not finite, under every operator") {
  valid_operands o;
  for (float bad : {not_a_number, inf, -inf}) {
    matrix<float> phi = matrix<float>::Zero(7, 2);
    phi(4, 1) = bad;
    auto turned = [&](matrix<float> const& x) { return rotate(x, phi, pairing::half_split); };
    auto said = [](std::string const& operand) {
      return "rotate(X, phi, pairing): the angle of " + operand + " at step 4, plane 1 is not finite";
    };
    using domain = std::domain_error;
    CHECK(refusal<domain>(o, [&] { o.Y = semiseparable(o.log_a, turned(o.C), o.B) * o.X; }) == said("C"));
    CHECK(refusal<domain>(o, [&] { o.Y = semiseparable(o.log_a, o.C, turned(o.B)).from(o.state) * o.X; }) == said("B"));
    CHECK(refusal<domain>(o, [&] { o.Y = attention(turned(o.C), o.B) * o.X; }) == said("Q"));
    CHECK(refusal<domain>(o, [&] { o.Y = attention(o.C, turned(o.B)).from(o.cache) * o.X; }) == said("K"));
    CHECK(refusal<domain>(o, [&] { o.Y = linear_attention(feature_map(turned(o.C), elu_plus_one{}), o.B) * o.X; }) ==
          said("Q"));
    CHECK(refusal<domain>(o, [&] {
            o.Y = linear_attention(o.C, rotate(feature_map(o.B, elu_plus_one{}), phi, pairing::half_split)) * o.X;
          }) == said("K"));
    matrix<float> const X = random_rows<float>(7, 4, 1);
    matrix<float> W = X;
    CHECK(refusal<domain>(o, [&] { W = o.M() * turned(X); }) == said("X"));
    CHECK(refusal<domain>(o, [&] { W = o.A() * turned(X); }) == said("X"));
    CHECK(same_bits(W, X));
  }
}

TEST_CASE("batches: heads that cannot be shared, sequences that differ") {
  batch_of<float> eight(1, 7, 8, 4, 1), three(1, 7, 3, 4, 2), two_sequences(2, 7, 2, 4, 3);
  std::vector<float> decays = log_decays<float>(7 * 8, 4);
  view<float, 3> log_a(decays.data(), {1, 7, 8});
  auto const before = eight.memory;
  CHECK_THROWS_WITH_AS(with(eight.all) = semiseparable(log_a, three.all, eight.all) * eight.all,
                       "M * X: C has 3 heads, expected a divisor of 8", wrong);
  CHECK_THROWS_WITH_AS(with(eight.all) = semiseparable(log_a, eight.all, three.all) * eight.all,
                       "M * X: B has 3 heads, expected a divisor of 8", wrong);
  CHECK_THROWS_WITH_AS(with(eight.all) = attention(eight.all, three.all) * eight.all,
                       "A * V: K has 3 heads, expected a divisor of 8", wrong);
  CHECK_THROWS_WITH_AS(with(eight.all) = semiseparable(log_a, two_sequences.all, eight.all) * eight.all,
                       "Y = M * X: Y has 1 sequences, expected 2", wrong);
  one_head_of<float> o(7, 4, 4);
  CHECK_THROWS_WITH_AS(with(eight.all) = semiseparable(o.log_a, o.C, o.B) * three.all,
                       "Y = M * X: Y has 8 heads, expected 3", wrong);
  matrix<float> Y = matrix<float>::Constant(7, 4, 5);
  CHECK_THROWS_WITH_AS(Y = semiseparable(o.log_a, o.C, eight.all) * o.X, "Y = M * X: Y has 1 heads, expected 8", wrong);
  CHECK((Y.array() == 5).all());
  CHECK(eight.memory == before);
}

TEST_CASE("a state of heads: of X or of nobody") {
  batch_of<float> X(2, 7, 6, 3, 1), Y(2, 7, 6, 3, 2), C(2, 7, 1, 4, 3);
  std::vector<float> decays = log_decays<float>(2 * 7 * 6, 4);
  view<float, 3> log_a(decays.data(), {2, 7, 6});
  ssm_state<float> one(4, 3), heads(4, 3, 6), all(4, 3, 6, 2);
  auto M = semiseparable(log_a, C.all, C.all);
  auto const before = Y.memory;
  CHECK_THROWS_WITH_AS(with(Y.all) = M.from(one) * X.all, "M.from(state) * X: the state has 1 heads, expected 6",
                       wrong);
  CHECK_THROWS_WITH_AS(with(Y.all) = M.from(heads) * X.all, "M.from(state) * X: the state has 1 sequences, expected 2",
                       wrong);
  CHECK(Y.memory == before);
  CHECK_NOTHROW(with(Y.all) = M.from(all) * X.all);
}

TEST_CASE("one sequence of a batch is too long for its cache: none is touched") {
  index_t const batch = 2, T = 4;
  batch_of<float> Q(batch, T, 1, 4, 1), V(batch, T, 1, 3, 2), Z(batch, T, 1, 3, 3);
  kv_cache<float> cache(T, 4, 3, 1, batch);
  cache.advance(1, 1);
  auto const before = Z.memory;
  CHECK_THROWS_WITH_AS(with(Z.all) = attention(Q.all, Q.all).from(cache) * V.all,
                       "A.from(cache) * V: the cache has 3 free rows, expected at least 4", wrong);
  CHECK(Z.memory == before);
  CHECK((cache.length(0) == 0 && cache.length(1) == 1));
  for (index_t b = 0; b < batch; ++b) CHECK(copied(cache.keys(), b, 0, 1).isZero(0));
}

}  // namespace evaluate_check
