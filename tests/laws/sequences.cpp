// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "attention_cases.hpp"
#include "linear_attention_cases.hpp"

namespace laws_sequences {

// Sequences packed one after the other are, bit by bit, what each of them is alone: with initial and final states, in any
// form. And rows of padding are neither read nor do they move a state; what an operator makes of them is zero.
using namespace laws;

namespace {

std::vector<index_t> const lengths{5, 0, 1, 40, 16, 0, 67};
index_t const N = 6, P = 5, heads = 4, groups = 2;

auto const all_forms = {any_form{any_form::definition}, any_form{any_form::blocks, 1}, any_form{any_form::blocks, 7},
                        any_form{any_form::blocks, 64}, any_form{any_form::steps},     any_form{any_form::tiles, 5}, any_form{any_form::chosen}};

/// Where sequence s lies, in rows of one entry or in an entry of its own, and from which position on it counts.
struct place_of {
  index_t entry, first, count, position;
};
std::vector<place_of> packed_places(std::vector<index_t> const& position) {
  std::vector<place_of> out;
  index_t first = 0;
  for (std::size_t s = 0; s < lengths.size(); first += lengths[s++]) out.push_back({0, first, lengths[s], position[s]});
  return out;
}
std::vector<place_of> padded_places(index_t T, side where, std::vector<index_t> const& position) {
  std::vector<place_of> out;
  for (std::size_t s = 0; s < lengths.size(); ++s)
    out.push_back({index_t(s), where == side::left ? T - lengths[s] : 0, lengths[s], position[s]});
  return out;
}
std::vector<index_t> starts(dice& random, bool from_zero) {
  std::vector<index_t> out;
  for (std::size_t s = 0; s < lengths.size(); ++s) out.push_back(from_zero ? 0 : random.between(0, 100));
  return out;
}
/// Positions of all rows; those of padding are 0.
std::vector<index_t> positions(std::vector<place_of> const& places, index_t batch, index_t T) {
  std::vector<index_t> m(std::size_t(batch * T), 0);
  for (auto const& s : places)
    for (index_t t = 0; t < s.count; ++t) m[std::size_t(s.entry * T + s.first + t)] = s.position + t;
  return m;
}

/// Operands of all sequences: `Q` and `K` serve as C and B as well. Rows of no sequence are NaN, a log_a of +1 among them.
struct rows_of_sequences {
  dice random{17};
  index_t batch, T;
  std::vector<place_of> places;
  operand<float, 3> log_a;
  operand<float, 4> Q, K, V, X, Y;
  std::vector<index_t> m;
  rotary_table<float> R;

  rows_of_sequences(index_t entries, index_t steps, std::vector<place_of> where, layout how)
      : batch(entries),
        T(steps),
        places(std::move(where)),
        log_a(random, {batch, T, heads}, how),
        Q(random, {batch, T, heads, N}, how),
        K(random, {batch, T, groups, N}, how),
        V(random, {batch, T, groups, P}, how),
        X(random, {batch, T, heads, P}, how),
        Y(random, {batch, T, heads, P}, how),
        m(positions(places, batch, T)),
        R(frequencies(N), batch, m) {
    auto normal = [&] { return random.normal(); };
    Q.fill(normal), K.fill(normal), V.fill(normal), X.fill(normal), log_a.fill([&] { return -std::abs(normal()); });
    for (auto* x : {&Q, &K, &V, &X}) spoil(*x);
    for (index_t b = 0; b < batch; ++b)
      for (index_t t = 0; t < T; ++t)
        for (index_t h = 0; h < heads; ++h)
          if (is_padding(b, t)) log_a.all(b, t, h) = 1;
  }
  bool is_padding(index_t b, index_t t) const {
    return std::none_of(places.begin(), places.end(),
                        [=](place_of s) { return s.entry == b && t >= s.first && t < s.first + s.count; });
  }
  void spoil(operand<float, 4>& x) const {
    for (index_t b = 0; b < batch; ++b)
      for (index_t t = 0; t < T; ++t)
        for (index_t h = 0; h < x.all.extents[2]; ++h)
          for (index_t j = 0; j < x.all.extents[3]; ++j)
            if (is_padding(b, t)) x.all(b, t, h, j) = not_a_number;
  }
  /// One operand of sequence s alone.
  template<int Axes>
  view<float const, Axes> alone(operand<float, Axes> const& x, place_of const& s) const {
    return entry(x.steps(s.first, s.count), s.entry);
  }
  rotary_table<float> table(place_of const& s) const {
    std::vector<index_t> const at = positions_from(s.position, s.count);
    return rotary_table<float>(frequencies(N), at);
  }

  /// Y is, bit by bit, what each sequence gives alone, and 0 elsewhere.
  template<class Alone>
  void expect_as_alone(Alone const& alone_of) {
    CHECK(Y.written_exactly());
    for (std::size_t s = 0; s < places.size(); ++s) {
      CAPTURE(s);
      operand<float, 4> one(random, {1, places[s].count, heads, P});
      alone_of(index_t(s), places[s], one.all);
      CHECK(same_bits(rows_of(one.all), rows_of(Y.all, places[s].entry, places[s].first, places[s].count)));
    }
    for (index_t b = 0; b < batch; ++b)
      for (index_t t = 0; t < T; ++t)
        if (is_padding(b, t)) CHECK(rows_of(Y.all, b, t, 1) == std::vector<float>(std::size_t(heads * P), 0));
    Y.erase();
  }
};

/// Random states of all sequences, and of one of them.
ssm_state<float> states(rows_of_sequences& o, index_t columns, bool from_zero) {
  ssm_state<float> all(N, columns, heads, std::ssize(o.places));
  for (index_t s = 0; s < std::ssize(o.places); ++s) {
    all.position(s) = o.places[std::size_t(s)].position;
    for (index_t k = 0; k < N; ++k)
      for (index_t h = 0; h < heads; ++h)
        for (index_t p = 0; p < columns; ++p) all.h()(s, k, h, p) = from_zero ? 0 : std::abs(float(o.random.normal()));
  }
  return all;
}
ssm_state<float> state_of(ssm_state<float> const& all, index_t s) {
  ssm_state<float> one(all.h().extents[1], all.h().extents[3], heads);
  entry(all.h(), s).copy_to(one.h());
  one.position() = all.position(s);
  return one;
}

template<class Option>
void ssd_as_alone(rows_of_sequences& o, Option const& where, bool from_zero) {
  auto const M = [&](auto const& log_a, auto const& C, auto const& B, auto const& R, auto const&... option) {
    return semiseparable(log_a, rotate(C, R), rotate(B, R), skip(0.5f), option...);
  };
  for (any_form form : all_forms) {
    INFO("SSD, " << name(form) << std::string(from_zero ? "" : ", from states"));
    auto const before = states(o, P, from_zero);
    auto after = before.snapshot();
    auto const all = M(o.log_a.steps(0, o.T), o.Q.steps(0, o.T), o.K.steps(0, o.T), o.R, where);
    evaluate_in(form, cpu{2}, o.Y.all, all.from(after), o.X.steps(0, o.T));
    o.expect_as_alone([&](index_t s, place_of const& at, view<float, 4> Y) {
      auto const R = o.table(at);
      auto last = state_of(before, s);
      evaluate_in(form, cpu{}, Y, M(o.alone(o.log_a, at), o.alone(o.Q, at), o.alone(o.K, at), R).from(last),
                  o.alone(o.X, at));
      CHECK(same_bits(rows_of(last.h()), rows_of(after.h(), s)));
      CHECK(last.position() == after.position(s));
    });
    if (!from_zero) continue;
    evaluate_in(form, cpu{}, o.Y.all, all, o.X.steps(0, o.T));  // without a state that is kept
    o.expect_as_alone([&](index_t, place_of const& at, view<float, 4> Y) {
      auto const R = o.table(at);
      evaluate_in(form, cpu{}, Y, M(o.alone(o.log_a, at), o.alone(o.Q, at), o.alone(o.K, at), R), o.alone(o.X, at));
    });
  }
}

template<class Option>
void attention_as_alone(rows_of_sequences& o, Option const& where, index_t window) {
  auto const A = [&](auto const& Q, auto const& K, auto const& R, auto const&... option) {
    return attention(rotate(Q, R), rotate(K, R), sliding_window(window), option...);
  };
  for (any_form form : all_forms) {
    INFO("attention, " << name(form) << ", window " << window);
    auto const all = A(o.Q.steps(0, o.T), o.K.steps(0, o.T), o.R, where);
    attend_in(form, cpu{2}, o.Y.all, all, o.V.steps(0, o.T));
    o.expect_as_alone([&](index_t, place_of const& at, view<float, 4> Y) {
      auto const R = o.table(at);
      attend_in(form, cpu{}, Y, A(o.alone(o.Q, at), o.alone(o.K, at), R), o.alone(o.V, at));
    });
    // The same from a cache, and then again: the second time over keys of the first.
    kv_cache<float> caches(3 * 67, N, P, groups, std::ssize(o.places));
    for (std::size_t s = 0; s < o.places.size(); ++s) caches.position(index_t(s)) = o.places[s].position;
    attend_in(form, cpu{2}, o.Y.all, all.from(caches), o.V.steps(0, o.T));
    o.Y.erase();
    for (std::size_t s = 0; s < o.places.size(); ++s) caches.position(index_t(s)) = o.places[s].position;
    attend_in(form, cpu{2}, o.Y.all, all.from(caches), o.V.steps(0, o.T));
    o.expect_as_alone([&](index_t s, place_of const& at, view<float, 4> Y) {
      auto const R = o.table(at);
      kv_cache<float> cache(3 * 67, N, P, groups);
      for (int twice : {1, 2}) {
        cache.position() = at.position;
        attend_in(form, cpu{}, Y, A(o.alone(o.Q, at), o.alone(o.K, at), R).from(cache), o.alone(o.V, at));
        CHECK(cache.length() == twice * at.count);
      }
      CHECK(caches.length(s) == 2 * at.count);
    });
  }
}

template<class Option>
void linear_attention_as_alone(rows_of_sequences& o, Option const& where, normaliser divides) {
  auto const A = [&](auto const& Q, auto const& K, auto const& R, auto const&... option) {
    return linear_attention(feature_map(rotate(Q, R), elu_plus_one{}), feature_map(rotate(K, R), elu_plus_one{}),
                            divides, option...);
  };
  for (any_form form : all_forms) {
    INFO("linear attention, " << name(form) << ", normaliser " << int(divides));
    auto const before = states(o, P + (divides != normaliser::none), false);
    auto after = before.snapshot();
    evaluate_in(form, cpu{2}, o.Y.all, A(o.Q.steps(0, o.T), o.K.steps(0, o.T), o.R, where).from(after),
                o.X.steps(0, o.T));
    o.expect_as_alone([&](index_t s, place_of const& at, view<float, 4> Y) {
      auto const R = o.table(at);
      auto last = state_of(before, s);
      evaluate_in(form, cpu{}, Y, A(o.alone(o.Q, at), o.alone(o.K, at), R).from(last), o.alone(o.X, at));
      CHECK(same_bits(rows_of(last.h()), rows_of(after.h(), s)));
    });
  }
}

}  // namespace

TEST_CASE("Packed sequences are what each of them is alone, bit by bit") {
  for (bool from_zero : {true, false})
    for (layout how : {layout{}, layout{true, true, true}}) {
      dice random(1);
      rows_of_sequences o(1, 129, packed_places(starts(random, from_zero)), how);
      packed const documents({0, 5, 5, 6, 46, 62, 62, 129});
      std::vector<index_t> first;
      for (auto const& s : o.places) first.push_back(s.position);
      CHECK(documents.positions(first) == o.m);
      ssd_as_alone(o, documents, from_zero);
      for (index_t window : {1000, 9}) attention_as_alone(o, documents, window);
      for (auto divides : {normaliser::as_printed, normaliser::unrotated, normaliser::none})
        linear_attention_as_alone(o, documents, divides);
    }
}

TEST_CASE("Padding, left or right, full of NaN, neither leaks nor moves a state, and what stands there is zero") {
  for (auto where : {side::left, side::right})
    for (bool from_zero : {true, false}) {
      CAPTURE(int(where));
      dice random(1);
      rows_of_sequences o(7, 70, padded_places(70, where, starts(random, from_zero)), {from_zero, true, false});
      padded const prompts(lengths, where);
      if (from_zero) CHECK(prompts.positions(70) == o.m);
      ssd_as_alone(o, prompts, from_zero);
      for (index_t window : {1000, 9}) attention_as_alone(o, prompts, window);
      for (auto divides : {normaliser::as_printed, normaliser::unrotated, normaliser::none})
        linear_attention_as_alone(o, prompts, divides);
    }
}

}  // namespace laws_sequences
