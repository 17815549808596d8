// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <functional>
#include "cache.hpp"
#include "sample.hpp"

namespace transxssm {

struct generation {
  index_t max_tokens = 256;
  std::vector<std::vector<token>> stop = {};  // sequences of tokens that end a text, and do not belong to it
  sampling how = {};
};

/// A text that grows token by token, until it ends with a stop sequence. What may still turn out to be the beginning of one
/// is held back.
class stopping_text {
 public:
  explicit stopping_text(std::vector<std::vector<token>> const& stop) : stop_(stop) {}

  /// False if the text has ended.
  bool add(token id) {
    text_.push_back(id);
    for (auto const& s : stop_)
      if (!s.empty() && ends_with(s, s.size())) {
        text_.resize(text_.size() - s.size());
        return false;
      }
    return true;
  }
  /// What has not been given out, and is certain; or everything, at the end.
  std::span<token const> next(bool at_end) {
    std::size_t held = 0;
    for (auto const& s : stop_)
      for (std::size_t n = 1; !at_end && n < s.size(); ++n)
        if (ends_with(s, n)) held = std::max(held, n);
    std::size_t const last = std::max(given_, text_.size() - held);
    auto part = std::span<token const>(text_).subspan(given_, last - given_);
    given_ = last;
    return part;
  }
  std::vector<token> const& text() const { return text_; }

 private:
  bool ends_with(std::vector<token> const& s, std::size_t n) const {
    return text_.size() >= n && std::equal(s.begin(), s.begin() + index_t(n), text_.end() - index_t(n));
  }
  std::vector<std::vector<token>> const& stop_;
  std::vector<token> text_;
  std::size_t given_ = 0;
};

/// Continues each of the prompts, and returns what came after it. `on_tokens(sequence, tokens)` is told as they come; it may
/// return false to end that text. The cache continues where it stands; after it, the last token of a text that
/// was cut short by max_tokens has not been seen.
///
///     auto text = generate(model, cache, {tokens_of_bytes("In the beginning")}, {.max_tokens = 100, .how = {.temperature = 0.8}});
///
/// `model` is a hybrid, or what can be called as one. Throws as it does: std::invalid_argument if the cache has no room for a prompt and max_tokens, or a prompt is empty.
/// Cost: one pass over the weights for each step, for all sequences together.
template<class Model, class Acc, class... Parts>
std::vector<std::vector<token>> generate(
    Model const& model, model_cache<Acc>& cache, std::vector<std::vector<token>> const& prompts,
    generation const& wanted,
    std::function<bool(index_t, std::span<token const>)> const& on_tokens = [](index_t,
                                                                               std::span<token const>) { return true; },
    policy<Parts...> how = {}) {
  index_t const sequences = index_t(prompts.size());
  expect("generate", "the cache", cache.sequences(), "sequences", sequences);
  std::vector<sampler> choose;
  std::vector<stopping_text> texts(prompts.size(), stopping_text(wanted.stop));
  for (index_t s = 0; s < sequences; ++s) {
    index_t const n = index_t(prompts[std::size_t(s)].size()), free = cache.capacity() - cache.length(s);
    if (n == 0) refuse("generate", "a prompt", 0, "tokens", "at least 1");
    if (free < n + wanted.max_tokens)
      refuse("generate", "the cache", free, "free rows", "at least " + std::to_string(n + wanted.max_tokens));
    sampling mine = wanted.how;
    mine.seed += std::uint64_t(s);
    choose.emplace_back(mine);
  }
  Eigen::Matrix<Acc, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> logits(sequences, model.config().vocab_size);
  std::vector<bool> ended(prompts.size(), wanted.max_tokens <= 0);
  token_batch next(prompts);
  for (index_t step = 0; !std::ranges::all_of(ended, [](bool e) { return e; }); ++step) {
    model(next, cache, logits, logits_of::last_token, how);
    next.clear();
    for (index_t s = 0; s < sequences; ++s) {
      auto const i = std::size_t(s);
      if (!ended[i]) {
        token const id = choose[i](std::span<Acc const>(&logits(s, 0), std::size_t(logits.cols())), cache.tokens(s));
        ended[i] = !texts[i].add(id) || step + 1 == wanted.max_tokens;
        auto const part = texts[i].next(ended[i]);
        if (!part.empty() && !on_tokens(s, part)) ended[i] = true;
        if (!ended[i]) next.append(id);
      }
      next.end_sequence();
    }
  }
  std::vector<std::vector<token>> results;
  for (auto const& t : texts) results.push_back(t.text());
  return results;
}

}  // namespace transxssm
