// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT
#include <transxssm/io/checkpoint.hpp>
#include <transxssm/io/model_config_json.hpp>
#include <transxssm/model/presets.hpp>
#include <cstdio>
#include <memory>
#include "commands.hpp"

namespace program {

using namespace transxssm;

namespace {

void print_head() {
  std::printf("%-16s %-9s %6s %7s %9s %7s %6s %10s %6s %12s\n", "", "pattern", "layers", "d_model", "SSD heads",
              "d_state", "groups", "attn heads", "d_ff", "parameters");
}
void print_row(model_config const& c) {
  auto n = [](bool there, index_t x) { return there ? std::to_string(x) : std::string("-"); };
  bool const s = c.count('S') > 0, a = c.count('A') > 0;
  std::printf("%-16s %-9s %6td %7td %9s %7s %6s %10s %6s %10.1f M", c.name.c_str(),
              c.pattern.size() > 9 ? "mixed" : c.pattern.c_str(), c.n_layers, c.d_model, n(s, c.ssd.heads).c_str(),
              n(s, c.ssd.d_state).c_str(), n(s, c.ssd.groups).c_str(), n(a, c.attention.heads).c_str(),
              n(c.d_ff > 0, c.d_ff).c_str(), double(c.parameters()) / 1e6);
}

void print_presets() {
  print_head();
  for (auto const& c : presets()) {
    double const nominal = c.d_model == size_320m.d_model ? size_320m.nominal : size_1_3b.nominal;
    print_row(c);
    std::printf(", %+.1f %% of the paper's %.0f M\n", 100 * (double(c.parameters()) / nominal - 1), nominal / 1e6);
  }
  std::printf(
      "\nS is an SSD layer, A an attention layer; a SwiGLU of width d_ff follows each. Where the paper is silent or "
      "says two things:\n"
      "  state size   128, as in its Table 4; its authors' code has 64. So the rotary table has 64 planes, and "
      "attention, with heads of\n"
      "               64 features, takes every second: theta_i of 64 is theta_2i of 128\n"
      "  d_ff         given nowhere: chosen so that each system comes within 2 %% of its nominal size\n"
      "  vocabulary   50280, GPT-NeoX's; the head is the embedding\n"
      "  Mamba-2      expand 2 and heads of 64, which makes 24 and 64 heads where Table 4 says 12 and 32\n"
      "  groups       TransXSSM has C and B for each head, as its authors' code; Mamba-2 and Jamba one for all heads\n"
      "  Jamba        Mamba-2 blocks and attention without rotations, the fifth layer of each eight\n"
      "  residuals    plain, as in the paper; its authors' code learns them\n");
}

void print_directory(std::string const& directory) {
  model_config const c = read_model_config(std::filesystem::path(directory) / "config.json");
  print_head(), print_row(c);
  checkpoint const weights(directory);
  std::printf("\n\n");
  for (auto const& t : weights.tensors())
    std::printf("%-70s %-5s %s\n", t.name.c_str(), std::string(t.type.name).c_str(), in_parentheses(t.shape).c_str());
}

}  // namespace

void add_info(CLI::App& program) {
  auto* command = program.add_subcommand("info", "The paper's models and their sizes, or what lies in a directory");
  auto directory = std::make_shared<std::string>();
  command->add_option("--model", *directory, "A directory with config.json and *.safetensors")
      ->check(CLI::ExistingDirectory);
  command->callback([=] { directory->empty() ? print_presets() : print_directory(*directory); });
}

}  // namespace program
