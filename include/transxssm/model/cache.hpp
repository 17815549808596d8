// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <memory>
#include <variant>
#include "rotary_rows.hpp"
#include "tokens.hpp"

namespace transxssm {

/// What a model remembers of some sequences: the state of each SSD layer, the keys and values of each attention layer, the
/// tokens themselves, and the rotary table that all layers share.
///
///     model_cache<float> cache(config, 4096);            // one sequence of up to 4096 tokens
///     auto before = cache;                               // a snapshot: a cache is a value
///     auto beams = cache.fork({0, 0, 0});                // three sequences that go on from the first one
///     model.roll_back(cache, 5);                         // as if the last five tokens had never been
///
/// The states of SSD layers do not tell what they were. So now and then they are remembered as they are (a landmark): to
/// roll back, the model starts there and sees the tokens since then once more.
/// Numbers: sequences * capacity * heads * 2 head_dim for each attention layer; 3 heads N P for each SSD layer.
template<class Acc>
class model_cache {
 public:
  using layer = std::variant<ssd_cache<Acc>, kv_cache<Acc>>;

  model_cache(model_config const& c, index_t capacity, index_t sequences = 1)
      : tokens_(elements("model_cache(config, capacity, sequences)", {sequences})), capacity_(capacity) {
    c.expect_valid();
    for (index_t i = 0; i < c.n_layers; ++i)
      if (c.mixer(i) == 'S') layers_.emplace_back(ssd_cache<Acc>(c.ssd, sequences));
      else
        layers_.emplace_back(
            kv_cache<Acc>(capacity, c.attention.head_dim, c.attention.head_dim, c.attention.kv_heads, sequences));
    table_ = std::make_shared<rotary_table<Acc> const>(table_of<Acc>(c, capacity));
    for (auto& s : tokens_) s.reserve(std::size_t(capacity));
    states_to(beginning_), landmark_ = beginning_;
    landmark_lengths_.resize(tokens_.size());
  }

  index_t sequences() const { return index_t(tokens_.size()); }
  index_t capacity() const { return capacity_; }
  index_t layers() const { return index_t(layers_.size()); }
  index_t length(index_t s = 0) const { return index_t(tokens_[std::size_t(s)].size()); }
  std::span<token const> tokens(index_t s = 0) const { return tokens_[std::size_t(s)]; }
  layer& operator[](index_t i) { return layers_[std::size_t(i)]; }
  layer const& operator[](index_t i) const { return layers_[std::size_t(i)]; }
  rotary_table<Acc> const& table() const { return *table_; }

  /// These tokens have been seen.
  void advance(token_batch const& seen) {
    for (index_t s = 0; s < sequences(); ++s)
      tokens_[std::size_t(s)].insert(tokens_[std::size_t(s)].end(), seen.of(s).begin(), seen.of(s).end());
  }
  /// Throws std::invalid_argument if it is not the cache of such a model, or has no room for these tokens.
  void expect_room(model_config const& c, token_batch const& next) const {
    constexpr auto here = "model(tokens, cache)";
    expect(here, "the cache", layers(), "layers", c.n_layers);
    expect(here, "the cache's table", table_->planes(), "planes", c.rotary_features() / 2);
    for (index_t i = 0; i < c.n_layers; ++i) {
      if (std::holds_alternative<ssd_cache<Acc>>((*this)[i]) != (c.mixer(i) == 'S'))
        throw std::invalid_argument("model(tokens, cache): layer " + std::to_string(i) +
                                    " of the cache is not of the kind that the model has there");
      if (auto const* ssd = std::get_if<ssd_cache<Acc>>(&(*this)[i])) {
        expect(here, "a state of the cache", ssd->h.h().heads(), "heads", c.ssd.heads);
        expect(here, "a state of the cache", ssd->h.h().rows(), "rows", c.ssd.d_state);
        expect(here, "a state of the cache", ssd->h.h().cols(), "columns", c.ssd.head_dim);
        expect(here, "a convolution's state", ssd->conv.rows().rows(), "rows",
               std::max<index_t>(c.ssd.conv_width, 1) - 1);
      } else {
        auto const& kv = std::get<kv_cache<Acc>>((*this)[i]);
        expect(here, "the keys of the cache", kv.keys().heads(), "heads", c.attention.kv_heads);
        expect(here, "the keys of the cache", kv.keys().cols(), "columns", c.attention.head_dim);
      }
    }
    expect(here, "the cache", sequences(), "sequences", next.sequences());
    for (index_t s = 0; s < sequences(); ++s)
      if (index_t const free = capacity_ - length(s); free < next.count(s))
        refuse(here, "the cache", free, "free rows", "at least " + std::to_string(next.count(s)));
  }

  /// A cache whose sequence i goes on from sequence from[i] of this one. Throws std::out_of_range if there is none.
  model_cache fork(std::vector<index_t> const& from) const {
    for (index_t s : from)
      if (s < 0 || s >= sequences())
        throw std::out_of_range("cache.fork: sequence " + std::to_string(s) + " of " + std::to_string(sequences()));
    model_cache forked(*this);
    auto chosen = [&](auto const& of) {
      bare<decltype(of)> all;
      for (index_t s : from) all.push_back(of[std::size_t(s)]);
      return all;
    };
    forked.tokens_ = chosen(tokens_), forked.landmark_lengths_ = chosen(landmark_lengths_);
    for (auto& s : forked.tokens_) s.reserve(std::size_t(capacity_));
    for (auto& l : forked.layers_) std::visit([&](auto& state) { state = forked_of(state, from); }, l);
    for (auto* states : {&forked.beginning_, &forked.landmark_})
      for (auto& state : *states) state = forked_of(state, from);
    return forked;
  }

  /// Remembers the states as they are, if that is due: tokens are seen one by one or many at a time, and a landmark is
  /// laid at most every `interval` of them.
  void lay_landmark() {
    bool due = false;
    for (index_t s = 0; s < sequences(); ++s) due |= length(s) - landmark_lengths_[std::size_t(s)] >= interval;
    if (!due) return;
    states_to(landmark_);
    for (index_t s = 0; s < sequences(); ++s) landmark_lengths_[std::size_t(s)] = length(s);
  }
  /// Goes back to the last landmark at which no sequence had more than `kept(s)` tokens, or to the beginning. Returns the
  /// tokens that are missing since then.
  std::vector<std::vector<token>> return_to_landmark(std::vector<index_t> const& kept) {
    if (beginning_.empty()) landmark_lengths_ = kept;  // attention alone forgets without a landmark
    bool before = true;
    for (index_t s = 0; s < sequences(); ++s) before &= landmark_lengths_[std::size_t(s)] <= kept[std::size_t(s)];
    if (!before) landmark_ = beginning_, landmark_lengths_.assign(tokens_.size(), 0);
    std::vector<std::vector<token>> missing;
    auto state = landmark_.begin();
    for (auto& l : layers_)
      if (auto* ssd = std::get_if<ssd_cache<Acc>>(&l)) *ssd = *state++;
      else
        for (index_t s = 0; s < sequences(); ++s)
          std::get<kv_cache<Acc>>(l).roll_back(length(s) - landmark_lengths_[std::size_t(s)], s);
    for (index_t s = 0; s < sequences(); ++s) {
      auto& seen = tokens_[std::size_t(s)];
      auto const from = seen.begin() + landmark_lengths_[std::size_t(s)];
      missing.emplace_back(from, seen.begin() + kept[std::size_t(s)]);
      seen.erase(from, seen.end());
    }
    return missing;
  }

  static constexpr index_t interval = 64;

  token_rows rows;  // of the tokens that are being seen: kept, so that no step needs new memory

 private:
  void states_to(std::vector<ssd_cache<Acc>>& states) const {
    std::size_t i = 0;
    for (auto const& l : layers_)
      if (auto const* ssd = std::get_if<ssd_cache<Acc>>(&l)) {
        if (i < states.size()) states[i].h.restore(ssd->h), states[i].conv.restore(ssd->conv);
        else states.push_back(*ssd);
        ++i;
      }
  }
  static ssd_cache<Acc> forked_of(ssd_cache<Acc> const& state, std::vector<index_t> const& from) {
    ssd_cache<Acc> forked = state.like(index_t(from.size()));
    for (index_t i = 0; i < index_t(from.size()); ++i) {
      index_t const s = from[std::size_t(i)];
      sequence(state.h.h(), s).copy_to(sequence(forked.h.h(), i));
      sequence(state.conv.rows(), s).copy_to(sequence(forked.conv.rows(), i));
      forked.h.position(i) = state.h.position(s), forked.conv.position(i) = state.conv.position(s);
    }
    return forked;
  }
  static kv_cache<Acc> forked_of(kv_cache<Acc> const& c, std::vector<index_t> const& from) {
    kv_cache<Acc> forked(c.capacity(), c.keys().cols(), c.values().cols(), c.keys().heads(), index_t(from.size()));
    for (index_t i = 0; i < index_t(from.size()); ++i) {
      index_t const s = from[std::size_t(i)], n = c.length(s);
      sequence(c.keys(), s).middle_rows(0, n).copy_to(sequence(forked.keys(), i).middle_rows(0, n));
      sequence(c.values(), s).middle_rows(0, n).copy_to(sequence(forked.values(), i).middle_rows(0, n));
      forked.advance(i, n);
    }
    return forked;
  }
  template<class T>
  static view<T, 4> sequence(view<T, 4> all, index_t s) {
    all.data += s * all.strides[0], all.extents[0] = 1;
    return all;
  }

  std::vector<layer> layers_;
  std::vector<std::vector<token>> tokens_;
  std::shared_ptr<rotary_table<Acc> const> table_;
  index_t capacity_;
  std::vector<ssd_cache<Acc>> beginning_, landmark_;  // of the SSD layers
  std::vector<index_t> landmark_lengths_;
};

}  // namespace transxssm
