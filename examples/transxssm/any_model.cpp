// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include "any_model.hpp"
#include <transxssm/io/model.hpp>
#include <transxssm/model/initialize.hpp>

namespace program {

namespace {

template<class S>
class stored_as final : public any_model {
 public:
  explicit stored_as(hybrid<S> model) : model_(std::move(model)) {}
  model_config const& config() const override { return model_.config(); }
  void operator()(token_batch const& next, model_cache<float>& cache, Eigen::Ref<logits_matrix> logits,
                  logits_of wanted, how_t how) const override {
    model_(next, cache, logits, wanted, how);
  }

 private:
  hybrid<S> model_;
};

std::unique_ptr<any_model> made(storage s, auto const& make) {
  if (s == storage::bfloat16) return std::make_unique<stored_as<Eigen::bfloat16>>(make(Eigen::bfloat16()));
  return std::make_unique<stored_as<float>>(make(float()));
}

}  // namespace

std::unique_ptr<any_model> load(std::string const& directory, storage s) {
  return made(s, [&]<class S>(S) { return load_model<S>(directory); });
}
std::unique_ptr<any_model> random(model_config const& c, storage s, std::uint64_t seed) {
  return made(s, [&]<class S>(S) {
    hybrid<S> model(c);
    initialize(model, seed);
    return model;
  });
}

}  // namespace program
