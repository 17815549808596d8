// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <cmath>
#include <span>
#include <vector>
#include "../math/random_numbers.hpp"
#include "tokens.hpp"

namespace transxssm {

/// How the next token is chosen among all.
struct sampling {
  double temperature = 0;         // logits are divided by it; 0: always the likeliest token
  index_t top_k = 0;              // only the k likeliest; 0: all
  double top_p = 1;               // only the likeliest that together have this probability
  double repetition_penalty = 1;  // logits of tokens that were there are divided by it if positive, else multiplied
  std::uint64_t seed = 0;         // the same seed, the same tokens

  void expect_valid() const {
    auto expect_range = [](char const* name, double x, bool fits, char const* expected) {
      if (!fits)
        throw std::invalid_argument(std::string("sampling: ") + name + " is " + std::to_string(x) + ", expected " +
                                    expected);
    };
    expect_range("temperature", temperature, temperature >= 0 && temperature <= 1e6, "0 to 1e6");
    expect_range("top_k", double(top_k), top_k >= 0, "0 or more");
    expect_range("top_p", top_p, top_p > 0 && top_p <= 1, "more than 0, and at most 1");
    expect_range("repetition_penalty", repetition_penalty, repetition_penalty > 0 && repetition_penalty <= 1e6,
                 "more than 0");
  }
};

/// Chooses tokens, one after the other: p(token) = softmax(penalised logits / temperature), restricted to the top k, and of
/// these to the top p (Holtzman et al. 2019). Equal logits are taken in the order of the tokens, so that a seed gives the
/// same tokens everywhere. Cost: O(V), and O(V log V) for top p.
class sampler {
 public:
  explicit sampler(sampling how) : how_(how), random_(how.seed) { how.expect_valid(); }

  /// `seen` are the tokens that the repetition penalty is for. Throws std::domain_error if a logit is not a number.
  template<class S>
  token operator()(std::span<S const> logits, std::span<token const> seen) {
    candidates_.clear();
    for (std::size_t i = 0; i < logits.size(); ++i) {
      if (std::isnan(double(logits[i])))
        throw std::domain_error("sampler: the logit of token " + std::to_string(i) + " is not a number");
      candidates_.push_back({double(logits[i]), token(i)});
    }
    penalise(seen);
    auto likelier = [](candidate const& a, candidate const& b) {
      return a.logit > b.logit || (a.logit == b.logit && a.id < b.id);
    };
    if (how_.temperature == 0) return std::min_element(candidates_.begin(), candidates_.end(), likelier)->id;
    std::size_t const k = how_.top_k == 0 ? candidates_.size() : std::min(std::size_t(how_.top_k), candidates_.size());
    std::partial_sort(candidates_.begin(), candidates_.begin() + index_t(k), candidates_.end(), likelier);
    candidates_.resize(k);

    double const highest = candidates_[0].logit;
    double sum = 0;
    for (candidate& c : candidates_) sum += c.probability = std::exp((c.logit - highest) / how_.temperature);
    double kept = 0;
    for (std::size_t i = 0; i < candidates_.size() && kept < how_.top_p * sum; ++i) kept += candidates_[i].probability;
    double left = random_.uniform() * kept;
    for (candidate const& c : candidates_)
      if ((left -= c.probability) < 0) return c.id;
    return candidates_[0].id;  // rounding left nothing
  }

 private:
  struct candidate {
    double logit;
    token id;
    double probability = 0;
  };
  void penalise(std::span<token const> seen) {
    if (how_.repetition_penalty == 1) return;
    penalised_.assign(candidates_.size(), false);
    for (token id : seen) {
      if (penalised_[std::size_t(id)]) continue;
      penalised_[std::size_t(id)] = true;
      double& logit = candidates_[std::size_t(id)].logit;
      logit = logit > 0 ? logit / how_.repetition_penalty : logit * how_.repetition_penalty;
    }
  }
  sampling how_;
  random_numbers random_;
  std::vector<candidate> candidates_;
  std::vector<bool> penalised_;
};

}  // namespace transxssm
