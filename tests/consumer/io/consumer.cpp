// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <transxssm/io/read_weights.hpp>
#include <transxssm/io/write_weights.hpp>

// What is written is read.
int main() {
  std::vector<float> written{1, 2, 3}, read(3);
  transxssm::write_weights("consumer.safetensors", std::vector<transxssm::weight_ref<float>>{{"w", {3}, written.data()}});
  transxssm::read_weights(transxssm::checkpoint("consumer.safetensors"),
                          std::vector<transxssm::weight_ref<float>>{{"w", {3}, read.data()}});
  return read == written ? 0 : 1;
}
