// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include "../layer/residual.hpp"
#include "../operator/packed.hpp"
#include "cache.hpp"
#include "rotary_rows.hpp"

namespace transxssm {

/// A language model of SSD and attention layers: TransXSSM, and its baselines Llama 3, Mamba-2 and Jamba (Section 3).
///
///     h = embedding[token]
///     for each layer:   h <- w o h + mixer(rms_norm(h));   h <- w' o h + swiglu(rms_norm(h))
///     logits = head(rms_norm(h))
///
/// S is what the weights are stored in; everything else is computed and kept in accumulator_t<S>, float for 16 bits.
///
///     hybrid<float> model(transxssm_320m());
///     model_cache<float> cache(model.config(), 4096);
///     MatrixXf logits = model(prompt, cache);          // (1, vocab_size), of the last token; continues, and moves the cache
///
/// Tokens go through all layers some at a time (`piece`), so that the memory of activations does not grow with T. Cost: 2
/// flops for each token and weight, and what the operators cost.
template<class S>
class hybrid {
 public:
  using Acc = accumulator_t<S>;
  using matrix = tile<Acc>;

  struct layer {
    residual_norm<Acc> around_mixer, around_feed_forward;
    std::variant<ssd_layer<S>, attention_layer<S>> mixer;
    swiglu_layer<S> feed_forward;
  };

  /// All weights zero, all norms and residuals one: see initialize, and read_weights of the io headers.
  explicit hybrid(model_config c) : config_(std::move(c)) {
    config_.expect_valid();
    index_t const d = config_.d_model;
    embedding = linear<S>(config_.vocab_size, d);
    if (!config_.tied_embeddings) head = embedding;
    norm.assign(std::size_t(d), Acc(1));
    for (index_t i = 0; i < config_.n_layers; ++i) {
      layer& l = layers.emplace_back();
      l.around_mixer = {d, config_.learned_residual, config_.norm_eps};
      if (config_.mixer(i) == 'S') l.mixer = ssd_layer<S>(config_.ssd, d);
      else l.mixer = attention_layer<S>(config_.attention, d);
      if (config_.d_ff == 0) continue;
      l.around_feed_forward = l.around_mixer;
      l.feed_forward = swiglu_layer<S>(d, config_.d_ff);
    }
  }

  model_config const& config() const { return config_; }

  /// Sees the next tokens of each sequence and returns logits, (rows, vocab_size): of the last token of each sequence, or
  /// of all of them. Throws std::invalid_argument if a token is not in the vocabulary, or if the cache has no room; the
  /// cache is then as it was.
  template<class... Parts>
  matrix operator()(token_batch const& next, model_cache<Acc>& cache, logits_of wanted = logits_of::last_token,
                    policy<Parts...> parts = {}) const {
    matrix logits(wanted == logits_of::every_token ? next.rows() : next.sequences(), config_.vocab_size);
    logits.setZero();
    (*this)(next, cache, logits, wanted, parts);
    return logits;
  }
  /// The same into the caller's rows; the row of a sequence without new tokens is left as it is.
  template<class... Parts>
  void operator()(token_batch const& next, model_cache<Acc>& cache, Eigen::Ref<matrix> logits, logits_of wanted,
                  policy<Parts...> parts = {}) const {
    constexpr bool understood = ((std::same_as<Parts, cpu> || memory<Parts>)&&...);
    static_assert(
        understood,
        "model(tokens, cache, ..., policy): a model takes cpu{threads} and a workspace; its layers choose their forms");
    auto const chosen = complete<Acc>(parts);
    policy const how{static_cast<cpu>(chosen), static_cast<workspace>(chosen)};
    expect_tokens(next);
    cache.expect_room(config_, next);
    expect("model(tokens, cache)", "logits", logits.rows(), "rows",
           wanted == logits_of::every_token ? next.rows() : next.sequences());
    expect("model(tokens, cache)", "logits", logits.cols(), "columns", config_.vocab_size);
    cache.lay_landmark();
    index_t longest = 0;
    for (index_t s = 0; s < next.sequences(); ++s) longest = std::max(longest, next.count(s));
    index_t const at_once = std::max<index_t>(1, piece / std::max<index_t>(1, next.sequences()));
    for (index_t t = 0; t < longest; t += at_once) see(how, next, t, at_once, cache, logits, wanted);
    cache.advance(next);
  }

  /// As if the last `steps` tokens of each sequence had never been seen. Throws std::invalid_argument if there are not that
  /// many. Sees the tokens since the cache's last landmark again.
  template<class... Parts>
  void roll_back(model_cache<Acc>& cache, index_t steps, policy<Parts...> parts = {}) const {
    std::vector<index_t> kept;
    for (index_t s = 0; s < cache.sequences(); ++s) {
      if (steps < 0 || steps > cache.length(s))
        refuse("model.roll_back(cache, steps)", "steps", steps, "tokens", "0 to " + std::to_string(cache.length(s)));
      kept.push_back(cache.length(s) - steps);
    }
    (*this)(token_batch(cache.return_to_landmark(kept)), cache, logits_of::last_token, parts);
  }

  static constexpr index_t piece = 512;

  linear<S> embedding, head;  // (vocab_size, d_model); the head is empty if it is tied
  std::vector<layer> layers;
  std::vector<Acc> norm;  // (d_model)

 private:
  void expect_tokens(token_batch const& next) const {
    for (token id : next.ids())
      if (id < 0 || id >= config_.vocab_size)
        throw std::invalid_argument("model(tokens, cache): token " + std::to_string(id) +
                                    " is not in the vocabulary of " + std::to_string(config_.vocab_size));
  }

  /// Tokens [t, t + n) of each sequence, through all layers.
  void see(auto const& how, token_batch const& next, index_t t, index_t n, model_cache<Acc>& cache,
           Eigen::Ref<matrix> logits, logits_of wanted) const {
    token_rows& rows = cache.rows;
    rows.clear();
    for (index_t s = 0; s < next.sequences(); ++s) {
      for (index_t i = t; i < std::min(t + n, next.count(s)); ++i) {
        bool const last = i + 1 == next.count(s);
        rows.ids.push_back(next.of(s)[std::size_t(i)]);
        rows.positions.push_back(cache.length(s) + i);
        rows.logits.push_back(wanted == logits_of::every_token ? next.first(s) + i : last ? s : -1);
      }
      rows.offsets.push_back(index_t(rows.ids.size()));
    }
    packed_view const where(rows.offsets.data(), next.sequences());
    rotary_rows<Acc> const R(how, cache.table(), rows.positions);
    index_t const T = index_t(rows.ids.size()), d = config_.d_model;
    scratch<Acc> h(how, T, d), factors(how, config_.log_n_length > 0 ? T : 0, 1);
    for (index_t i = 0; i < T; ++i)
      h.row(i) = mapped(embedding.weight()).row(rows.ids[std::size_t(i)]).template cast<Acc>();
    for (index_t i = 0; i < factors.rows(); ++i) factors(i, 0) = Acc(config_.focus(rows.positions[std::size_t(i)]));
    view<Acc const, 1> const focus(factors.data(), {factors.rows()});

    for (std::size_t i = 0; i < layers.size(); ++i) {
      layer const& l = layers[i];
      l.around_mixer(how, rows_of(h), [&](view<Acc const, 2> x, view<Acc, 2> y) {
        std::visit(
            [&](auto const& mixer) {
              mixer(how, x, y, where, R.planes_for(mixer.size.rotary_features), focus,
                    state_of(cache[index_t(i)], mixer));
            },
            l.mixer);
      });
      if (config_.d_ff > 0)
        l.around_feed_forward(how, rows_of(h),
                              [&](view<Acc const, 2> x, view<Acc, 2> y) { l.feed_forward(how, x, y); });
    }
    write_logits(how, h, rows.logits, logits);
  }

  static ssd_cache<Acc>& state_of(typename model_cache<Acc>::layer& l, ssd_layer<S> const&) {
    return std::get<ssd_cache<Acc>>(l);
  }
  static kv_cache<Acc>& state_of(typename model_cache<Acc>::layer& l, attention_layer<S> const&) {
    return std::get<kv_cache<Acc>>(l);
  }

  /// The head, for the rows of h that have a row of logits (not -1); those mostly follow each other.
  void write_logits(auto const& how, scratch<Acc>& h, std::vector<index_t> const& rows,
                    Eigen::Ref<matrix> logits) const {
    index_t const d = config_.d_model;
    linear<S> const& to_logits = config_.tied_embeddings ? embedding : head;
    for (std::size_t first = 0, last = 0; first < rows.size(); first = last) {
      for (last = first + 1; last < rows.size() && rows[last] == rows[last - 1] + 1 && rows[first] >= 0;) ++last;
      if (rows[first] < 0) continue;
      index_t const n = index_t(last - first);
      view<Acc, 2> const x(h.row(index_t(first)).data(), {n, d});
      with(x, how) = rms_norm(x, view<Acc const, 1>(norm.data(), {d}), config_.norm_eps);
      to_logits(how, view<Acc const, 2>(x),
                view<Acc, 2>(&logits(rows[first], 0), {n, logits.cols()}, {logits.outerStride(), 1}));
    }
  }

  model_config config_;
};

}  // namespace transxssm
