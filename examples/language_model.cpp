// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT

// A hybrid language model: seven SSD layers and one of attention, one rotary table for all of them.
#include <transxssm/model.hpp>
#include <iostream>
using namespace transxssm;

int main() {
  // [page]
  model_config c = transxssm_320m();  // the paper's; any number of it may be another
  c.vocab_size = 256, c.d_model = 64, c.n_layers = 8, c.d_ff = 128;
  c.ssd = {.heads = 2, .head_dim = 32, .d_state = 64, .groups = 2, .rotary_features = 64};
  c.attention = {.heads = 2, .kv_heads = 1, .head_dim = 32, .rotary_features = 32};

  hybrid<float> model(c);  // or load_model<float>("directory"), of io/model.hpp
  initialize(model, 1);
  model_cache<float> cache(c, 200);

  auto const prompt = tokens_of_bytes("In the beginning");
  tile<float> logits = model(prompt, cache);           // of the last token: (1, 256)
  auto const before = cache;                           // a snapshot: a cache is a value
  logits = model(tokens_of_bytes(" was the"), cache);  // goes on where the cache stands
  model.roll_back(cache, 8);                           // as if that had never been
  auto texts =
      generate(model, cache, {tokens_of_bytes(" God")}, {.max_tokens = 20, .how = {.temperature = 0.8, .seed = 7}});
  // [page]

  model_cache<float> fresh(c, 200);
  tile<float> const whole = model(tokens_of_bytes("In the beginning God"), fresh), cut = [&] {
    auto copy = before;
    return model(tokens_of_bytes(" God"), copy);
  }();
  float const difference = (whole - cut).norm() / whole.norm();
  std::cout << c.parameters() << " parameters; prefill in one piece and in two differ by " << difference
            << " (relative, float)\n"
            << "and it says " << texts[0].size() << " bytes, untrained\n";
  return difference < 1e-4f && texts[0].size() == 20 && cache.length() == 39 ? 0 : 1;
}
