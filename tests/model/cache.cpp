// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <transxssm/model/cache_bytes.hpp>
#include "small_model.hpp"

// One cache for all layers: however the tokens come, the logits are those of a whole prefill.
namespace model_cache_laws {

using namespace transxssm;
using small_model::difference, small_model::made, small_model::tokens;

constexpr double bar = 1e-12;  // relative, in double: the layers are many, and each rounds

namespace {

using sequences = std::vector<std::vector<token>>;

std::vector<token> part(std::vector<token> const& all, index_t first, index_t n) {
  return {all.begin() + first, all.begin() + first + n};
}
/// Logits of every token, in one piece and alone.
tile<double> whole(hybrid<double> const& model, std::vector<token> const& ids) {
  model_cache<double> cache(model.config(), index_t(ids.size()));
  return model(ids, cache, logits_of::every_token);
}

}  // namespace

TEST_CASE("decode equals prefill, and prefill cut anywhere, for each of the four systems") {
  for (model_config const& c : small_model::all()) {
    CAPTURE(c.name);
    auto const model = made<double>(c);
    auto const ids = tokens(70);
    tile<double> const all = whole(model, ids);
    for (index_t piece : {1, 7, 64}) {
      model_cache<double> cache(c, 70);
      tile<double> parts(70, c.vocab_size);
      for (index_t t = 0; t < 70; t += piece) {
        index_t const n = std::min<index_t>(piece, 70 - t);
        parts.middleRows(t, n) = model(part(ids, t, n), cache, logits_of::every_token);
      }
      CHECK(cache.length() == 70);
      CHECK(difference(parts, all) < bar);
    }
    model_cache<double> cache(c, 70);
    CHECK(difference<double>(model(ids, cache), all.bottomRows(1)) < bar);  // of the last token only
  }
}

TEST_CASE("more tokens than one piece holds, and a later token changes nothing before it") {
  auto const model = made<double>(small_model::of(transxssm_320m()));
  auto ids = tokens(hybrid<double>::piece + 90);
  tile<double> const all = whole(model, ids);
  ids[hybrid<double>::piece + 30] ^= 1;
  tile<double> const other = whole(model, ids);
  CHECK(other.topRows(hybrid<double>::piece + 30) == all.topRows(hybrid<double>::piece + 30));
  CHECK(difference<double>(other.bottomRows(60), all.bottomRows(60)) > 1e-3);
  model_cache<double> cache(model.config(), 1000);
  model(part(ids, 0, 333), cache);
  CHECK(difference<double>(model(part(ids, 333, index_t(ids.size()) - 333), cache), other.bottomRows(1)) < bar);
}

TEST_CASE("sequences of different lengths in a batch are what each is alone: packed, padded left and right") {
  for (model_config const& c : small_model::all()) {
    CAPTURE(c.name);
    auto const model = made<double>(c);
    sequences const ids{tokens(23, 1), tokens(5, 2), tokens(40, 3)};
    std::vector<index_t> const lengths{20, 1, 37};  // then one by one
    sequences prompts;
    for (std::size_t s = 0; s < 3; ++s) prompts.push_back(part(ids[s], 0, lengths[s]));
    auto padded_tokens = [&](side where) {
      std::vector<token> rows;
      for (std::size_t s = 0; s < 3; ++s) {
        std::vector<token> row = prompts[s];
        row.insert(where == side::left ? row.begin() : row.end(), 37 - row.size(), token(-1));  // never looked at
        rows.insert(rows.end(), row.begin(), row.end());
      }
      return token_batch(rows, lengths, where);
    };
    for (token_batch const& batch : {token_batch(prompts), padded_tokens(side::left), padded_tokens(side::right)}) {
      model_cache<double> cache(c, 50, 3);
      tile<double> last = model(batch, cache);
      for (index_t s = 0; s < 3; ++s)
        CHECK(difference<double>(last.row(s), whole(model, prompts[std::size_t(s)]).bottomRows(1)) < bar);
      for (index_t t = 0; t < 3; ++t) {
        sequences next;
        for (std::size_t s = 0; s < 3; ++s) next.push_back({ids[s][std::size_t(lengths[s] + t)]});
        last = model(token_batch(next), cache);
      }
      for (index_t s = 0; s < 3; ++s)
        CHECK(difference<double>(
                  last.row(s), whole(model, part(ids[std::size_t(s)], 0, lengths[std::size_t(s)] + 3)).bottomRows(1)) <
              bar);
    }
  }
}

TEST_CASE("a sequence may have nothing new to say") {
  auto const model = made<double>(small_model::of(transxssm_320m()));
  model_cache<double> cache(model.config(), 50, 2);
  auto const a = tokens(9, 1), b = tokens(12, 2);
  model(token_batch(sequences{a, part(b, 0, 4)}), cache);
  model(token_batch(sequences{{}, part(b, 4, 8)}), cache);
  CHECK((cache.length(0) == 9 && cache.length(1) == 12));
  tile<double> const last = model(token_batch(sequences{{7}, {}}), cache);
  auto longer = a;
  longer.push_back(7);
  CHECK(difference<double>(last.row(0), whole(model, longer).bottomRows(1)) < bar);
}

TEST_CASE("snapshot, rollback by k tokens, fork") {
  for (model_config const& c : small_model::all()) {
    CAPTURE(c.name);
    auto const model = made<double>(c);
    auto const ids = tokens(150), guess = tokens(20, 9);
    tile<double> const all = whole(model, ids);
    model_cache<double> cache(c, 200);
    model(part(ids, 0, 60), cache);
    auto const snapshot = cache;
    model(part(ids, 60, 30), cache);
    for (index_t t = 90; t < 130; ++t) model(part(ids, t, 1), cache);
    for (index_t k : {0, 1, 5, 38, 100, 130}) {  // within the last landmark, and far before it
      auto copy = cache;
      model(guess, copy);
      model.roll_back(copy, 20 + k);
      CHECK(copy.length() == 130 - k);
      CHECK(difference<double>(model(part(ids, 130 - k, 1), copy), all.row(130 - k)) < bar);
    }
    cache = snapshot;
    CHECK(difference<double>(model(part(ids, 60, 1), cache), all.row(60)) < bar);

    auto beams = snapshot.fork({0, 0, 0});
    tile<double> const logits = model(token_batch(sequences{{ids[60]}, {ids[60] ^ 1}, {}}), beams);
    CHECK(difference<double>(logits.row(0), all.row(60)) < bar);
    CHECK(difference<double>(logits.row(1), all.row(60)) > 1e-6);
    auto other = part(ids, 0, 62);
    other[60] ^= 1;
    auto second = beams.fork({1, 1});
    CHECK(difference<double>(model(token_batch(sequences{{}, {ids[61]}}), second).row(1),
                             whole(model, other).bottomRows(1)) < bar);
    auto chosen = beams.fork({2, 0});
    CHECK((chosen.length(0) == 60 && chosen.length(1) == 61));
    CHECK(difference<double>(model(token_batch(sequences{part(ids, 60, 2), {ids[61]}}), chosen).row(1), all.row(61)) <
          bar);
    model.roll_back(chosen, 2);
    CHECK((chosen.length(0) == 60 && chosen.length(1) == 60));
    CHECK_THROWS_WITH_AS(model.roll_back(chosen, 61),
                         "model.roll_back(cache, steps): steps has 61 tokens, expected 0 to 60", std::invalid_argument);
    CHECK_THROWS_AS(snapshot.fork({1}), std::out_of_range);
  }
}

TEST_CASE("a cache as bytes is the same cache") {
  for (model_config const& c : small_model::all()) {
    CAPTURE(c.name);
    auto const model = made<float>(c);
    model_cache<float> cache(c, 60, 2);
    model(token_batch(sequences{tokens(30, 1), tokens(17, 2)}), cache);
    auto bytes = to_bytes(cache);
    auto read = model_cache_from_bytes<float>(bytes, c, 80);
    CHECK((read.length(0) == 30 && read.length(1) == 17 && read.capacity() == 80));
    token_batch const next(sequences{{5}, {6}});
    CHECK(model(next, read) == model(next, cache));
    model.roll_back(read, 10);
    CHECK(read.length(1) == 8);

    CHECK_THROWS_AS(model_cache_from_bytes<float>(bytes, c, 20), std::invalid_argument);
    model_config other = c;
    other.attention.head_dim *= 2, other.ssd.head_dim *= 2;
    CHECK_THROWS_AS(model_cache_from_bytes<float>(bytes, other, 80), std::invalid_argument);
    bytes[bytes.size() / 2] ^= std::byte(1);
    CHECK_THROWS_AS(model_cache_from_bytes<float>(bytes, c, 80), std::invalid_argument);
  }
}

TEST_CASE("what a cache refuses leaves it as it was") {
  auto const model = made<double>(small_model::of(transxssm_320m()));
  model_cache<double> cache(model.config(), 10);
  model(tokens(8), cache);
  auto const before = to_bytes(cache);
  CHECK_THROWS_WITH_AS(model(tokens(3), cache), "model(tokens, cache): the cache has 2 free rows, expected at least 3",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(model(std::vector<token>{1, 61}, cache),
                       "model(tokens, cache): token 61 is not in the vocabulary of 61", std::invalid_argument);
  CHECK_THROWS_AS(model(token_batch(sequences{{1}, {2}}), cache), std::invalid_argument);
  CHECK(to_bytes(cache) == before);

  model_cache<double> of_another(small_model::of(llama3_320m()), 10);
  CHECK_THROWS_AS(model(tokens(1), of_another), std::invalid_argument);
  model_config narrower = model.config();
  narrower.ssd.head_dim = 4;
  model_cache<double> narrow(narrower, 10);
  CHECK_THROWS_WITH_AS(model(tokens(1), narrow), "model(tokens, cache): a state of the cache has 4 columns, expected 8",
                       std::invalid_argument);
}

TEST_CASE("threads change no bit") {
  for (model_config const& c : small_model::all()) {
    auto const model = made<float>(c);
    model_cache<float> one(c, 100), two(c, 100);
    auto const ids = tokens(90);
    CHECK(model(ids, one, logits_of::every_token, policy{cpu{1}}) ==
          model(ids, two, logits_of::every_token, policy{cpu{3}}));
  }
}

TEST_CASE("log-n scaling changes nothing up to its length, and something beyond it") {
  model_config c = small_model::of(transxssm_320m());
  auto const plain = made<double>(c);
  c.log_n_length = 32;
  auto const scaled = made<double>(c);
  auto const ids = tokens(64);
  tile<double> const a = whole(plain, ids), b = whole(scaled, ids);
  CHECK(a.topRows(32) == b.topRows(32));
  CHECK(difference<double>(b.bottomRows(32), a.bottomRows(32)) > 1e-4);
}

}  // namespace model_cache_laws
