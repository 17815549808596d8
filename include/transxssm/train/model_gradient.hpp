// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#pragma once
#include <memory>
#include "../model/hybrid.hpp"
#include "loss.hpp"

namespace transxssm {

/// The cross-entropy of a model on some sequences, each from its start on, and its gradient.
///
///     model_gradient learn(model, 256);                                  // sequences of up to 256 tokens
///     hybrid<float> gradient(model.config());                            // zeros: a gradient has the shape of the model
///     double nats = learn(tokens, targets, 1.f / n, gradient);           // adds to the gradient
///
/// Every layer keeps what its adjoint needs, about 10 d_model numbers for each token and layer. Logits are computed some rows
/// at a time, and once. 6 flops for each weight and token, and what the operators cost.
template<class S>
class model_gradient {
 public:
  using Acc = accumulator_t<S>;

  /// Throws std::invalid_argument if `longest` is less than 1.
  model_gradient(hybrid<S> const& model, index_t longest)
      : model_(model), longest_(longest), table_(table_of<Acc>(model.config(), longest)) {}

  /// The sum of -log p(target) over all rows that have one (see no_target), in nats. The gradient of `factor` times that
  /// sum is added to `gradient`. tokens: any number of sequences; targets: one for each token.
  /// Throws std::invalid_argument if tokens or targets do not fit; nothing is added then.
  template<class... Parts>
  double operator()(token_batch const& tokens, std::span<token const> targets, Acc factor, hybrid<Acc>& gradient,
                    policy<Parts...> parts = {}) const {
    expect_fitting(tokens, targets);
    if (!(gradient.config() == model_.config()))
      throw std::invalid_argument("model_gradient: the gradient is of another configuration");
    auto const how = places_of(parts);
    sequences const of(how, tokens, *this);
    index_t const T = tokens.rows(), d = model_.config().d_model;
    scratch<Acc> h(how, T, d);
    embed(tokens, h);
    std::vector<std::unique_ptr<kept_layer>> kept;
    for (auto const& l : model_.layers) {
      kept.push_back(std::make_unique<kept_layer>(how, l, T, model_.config()));
      forwards(how, l, of, rows_of(h), *kept.back());
    }
    double const sum = of_logits(
        how, h, targets, factor, [&](view<Acc const, 2> normed, view<Acc const, 2> dlogits, view<Acc, 2> rows) {
          scratch<Acc> dnormed(how, rows.rows(), d), before(how, rows.rows(), d), dnorm(how, 1, d);
          head().backward(how, normed, dlogits, rows_of(dnormed), head_of(gradient));
          before = mapped(rows);
          with(rms_norm_gradient<Acc>{.X = rows, .weight = {dnorm.data(), {d}}}, how) =
              adjoint(final_norm(rows_of(std::as_const(before))), rows_of(dnormed));
          add_to(gradient.norm, dnorm);
        });
    for (std::size_t i = kept.size(); i-- > 0; kept.pop_back())
      backwards(how, model_.layers[i], of, rows_of(h), *kept[i], gradient.layers[i]);
    auto embedding = mapped(gradient.embedding.weight());
    for (index_t t = 0; t < T; ++t) embedding.row(tokens.ids()[std::size_t(t)]) += h.row(t);
    return sum;
  }

  /// The same sum, without a gradient.
  template<class... Parts>
  double loss(token_batch const& tokens, std::span<token const> targets, policy<Parts...> parts = {}) const {
    expect_fitting(tokens, targets);
    auto const how = places_of(parts);
    scratch<Acc> h(how, tokens.rows(), model_.config().d_model);
    last_hidden(how, tokens, h);
    return of_logits(how, h, targets, Acc(0), [](auto const&...) {});
  }

  /// -log p(target) of each row, in nats; 0 where there is no target.
  template<class... Parts>
  std::vector<double> losses(token_batch const& tokens, std::span<token const> targets,
                             policy<Parts...> parts = {}) const {
    expect_fitting(tokens, targets);
    auto const how = places_of(parts);
    scratch<Acc> h(how, tokens.rows(), model_.config().d_model);
    last_hidden(how, tokens, h);
    std::vector<double> each;
    for (index_t t = 0; t < h.rows(); ++t) {
      scratch<Acc> row(how, 1, h.cols());
      row = h.row(t);
      each.push_back(of_logits(how, row, targets.subspan(std::size_t(t), 1), Acc(0), [](auto const&...) {}));
    }
    return each;
  }

 private:
  static constexpr index_t rows_of_logits = 256;

  struct kept_layer {
    residual_rows<Acc> around_mixer, around_feed_forward;
    std::variant<std::monostate, ssd_rows<Acc>, attention_rows<Acc>> mixer;
    swiglu_rows<Acc> feed_forward;

    kept_layer(auto const& how, auto const& l, index_t T, model_config const& c)
        : around_mixer(how, T, c.d_model),
          around_feed_forward(how, c.d_ff > 0 ? T : 0, c.d_model),
          feed_forward(how, c.d_ff > 0 ? T : 0, c.d_ff) {
      if (auto const* ssd = std::get_if<ssd_layer<S>>(&l.mixer))
        mixer.template emplace<ssd_rows<Acc>>(how, ssd->size, T);
      else mixer.template emplace<attention_rows<Acc>>(how, std::get<attention_layer<S>>(l.mixer).size, T);
    }
    ssd_rows<Acc>& of(ssd_layer<S> const&) { return std::get<ssd_rows<Acc>>(mixer); }
    attention_rows<Acc>& of(attention_layer<S> const&) { return std::get<attention_rows<Acc>>(mixer); }
  };

  /// Where the sequences lie, their rotations, and what C and Q are multiplied by.
  struct sequences {
    std::vector<index_t> offsets{0}, positions;
    packed_view where;
    rotary_rows<Acc> R;
    scratch<Acc> factors;

    sequences(workspace memory, token_batch const& tokens, model_gradient const& of)
        : where(fill(tokens), tokens.sequences()),
          R(memory, of.table_, positions),
          factors(memory, of.model_.config().log_n_length > 0 ? tokens.rows() : 0, 1) {
      for (index_t t = 0; t < factors.rows(); ++t)
        factors(t, 0) = Acc(of.model_.config().focus(positions[std::size_t(t)]));
    }
    view<Acc const, 1> focus() const { return {factors.data(), {factors.rows()}}; }

   private:
    index_t const* fill(token_batch const& tokens) {
      for (index_t s = 0; s < tokens.sequences(); ++s) {
        for (index_t i = 0; i < tokens.count(s); ++i) positions.push_back(i);
        offsets.push_back(index_t(positions.size()));
      }
      return offsets.data();
    }
  };

  template<class... Parts>
  static auto places_of(policy<Parts...> parts) {
    auto const chosen = complete<Acc>(parts);
    return policy{static_cast<cpu>(chosen), static_cast<workspace>(chosen)};
  }
  linear<S> const& head() const { return model_.config().tied_embeddings ? model_.embedding : model_.head; }
  static linear<Acc>& head_of(hybrid<Acc>& gradient) {
    return gradient.config().tied_embeddings ? gradient.embedding : gradient.head;
  }
  auto final_norm(view<Acc const, 2> h) const {
    return rms_norm(h, view<Acc const, 1>(model_.norm.data(), {h.cols()}), model_.config().norm_eps);
  }

  void expect_fitting(token_batch const& tokens, std::span<token const> targets) const {
    constexpr auto here = "model_gradient(tokens, targets)";
    expect(here, "targets", index_t(targets.size()), "tokens", tokens.rows());
    for (index_t s = 0; s < tokens.sequences(); ++s)
      if (tokens.count(s) > longest_)
        refuse(here, "a sequence", tokens.count(s), "tokens", "at most " + std::to_string(longest_));
    auto expect_known = [&](token id, bool may_lack) {
      if ((id < 0 && !(may_lack && id == no_target)) || id >= model_.config().vocab_size)
        throw std::invalid_argument(std::string(here) + ": token " + std::to_string(id) +
                                    " is not in the vocabulary of " + std::to_string(model_.config().vocab_size));
    };
    for (token id : tokens.ids()) expect_known(id, false);
    for (token id : targets) expect_known(id, true);
  }

  void embed(token_batch const& tokens, scratch<Acc>& h) const {
    for (index_t t = 0; t < h.rows(); ++t)
      h.row(t) = mapped(model_.embedding.weight()).row(tokens.ids()[std::size_t(t)]).template cast<Acc>();
  }
  void last_hidden(auto const& how, token_batch const& tokens, scratch<Acc>& h) const {
    sequences const of(how, tokens, *this);
    embed(tokens, h);
    for (auto const& l : model_.layers) {
      kept_layer kept(how, l, tokens.rows(), model_.config());
      forwards(how, l, of, rows_of(h), kept);
    }
  }

  void forwards(auto const& how, auto const& l, sequences const& of, view<Acc, 2> h, kept_layer& kept) const {
    l.around_mixer(how, h, kept.around_mixer, [&](view<Acc const, 2> x, view<Acc, 2> y) {
      std::visit(
          [&](auto const& mixer) {
            auto nothing = no_state_of(mixer);
            mixer(how, x, y, of.where, of.R.planes_for(mixer.size.rotary_features), of.focus(), nothing,
                  kept.of(mixer));
          },
          l.mixer);
    });
    if (model_.config().d_ff > 0)
      l.around_feed_forward(how, h, kept.around_feed_forward, [&](view<Acc const, 2> x, view<Acc, 2> y) {
        l.feed_forward(how, x, y, kept.feed_forward);
      });
  }
  void backwards(auto const& how, auto const& l, sequences const& of, view<Acc, 2> dh, kept_layer& kept,
                 auto& gradient) const {
    if (model_.config().d_ff > 0)
      l.around_feed_forward.backward(
          how, dh, kept.around_feed_forward, gradient.around_feed_forward, [&](view<Acc const, 2> dy, view<Acc, 2> dx) {
            l.feed_forward.backward(how, rows_of(std::as_const(kept.around_feed_forward.normed)), dy, kept.feed_forward,
                                    dx, gradient.feed_forward);
          });
    l.around_mixer.backward(how, dh, kept.around_mixer, gradient.around_mixer,
                            [&](view<Acc const, 2> dy, view<Acc, 2> dx) {
                              std::visit(
                                  [&](auto const& mixer) {
                                    mixer.backward(how, rows_of(std::as_const(kept.around_mixer.normed)), dy, of.where,
                                                   of.R.planes_for(mixer.size.rotary_features), of.focus(),
                                                   kept.of(mixer), dx, gradient_of(mixer, gradient));
                                  },
                                  l.mixer);
                            });
  }
  static no_ssd_cache no_state_of(ssd_layer<S> const&) { return {}; }
  static no_state no_state_of(attention_layer<S> const&) { return {}; }
  static ssd_layer<Acc>& gradient_of(ssd_layer<S> const&, auto& gradient) {
    return std::get<ssd_layer<Acc>>(gradient.mixer);
  }
  static attention_layer<Acc>& gradient_of(attention_layer<S> const&, auto& gradient) {
    return std::get<attention_layer<Acc>>(gradient.mixer);
  }

  /// The loss of the rows of h, some at a time. f(normed, dlogits, rows of h) sees each of them.
  double of_logits(auto const& how, scratch<Acc>& h, std::span<token const> targets, Acc factor, auto const& f) const {
    double sum = 0;
    for (index_t t = 0, n = 0; t < h.rows(); t += n) {
      n = std::min(rows_of_logits, h.rows() - t);
      view<Acc, 2> const rows = rows_of(h).middle_rows(t, n);
      scratch<Acc> normed(how, n, h.cols()), logits(how, n, model_.config().vocab_size);
      with(rows_of(normed), how) = final_norm(rows);
      head()(how, rows_of(std::as_const(normed)), rows_of(logits));
      sum += cross_entropy(how, rows_of(logits), targets.subspan(std::size_t(t), std::size_t(n)), factor);
      f(rows_of(std::as_const(normed)), rows_of(std::as_const(logits)), rows);
    }
    return sum;
  }

  hybrid<S> const& model_;
  index_t longest_;
  rotary_table<Acc> table_;
};

}  // namespace transxssm
