// SPDX-FileCopyrightText: 2026 The transxssm authors
// SPDX-License-Identifier: MIT

// ggml (llama.cpp's kernels), on the same numbers: what computes the same as the subject, in as many threads.
#include <ggml-cpu.h>
#include <ggml.h>
#include <cstring>
#include <memory>
#include "comparison.hpp"
#include "subjects.hpp"

namespace bench {

namespace {

/// Tensors and the graph that leads to one of them. ggml counts extents from the fastest axis.
class ggml_graph {
 public:
  explicit ggml_graph(double bytes_of_tensors)
      : context(ggml_init({std::size_t(bytes_of_tensors) + (std::size_t(16) << 20), nullptr, false})) {}
  ~ggml_graph() { ggml_free(context); }
  ggml_graph(ggml_graph const&) = delete;

  template<std::size_t Axes>
  ggml_tensor* tensor(std::int64_t const (&extents)[Axes], float const* from = nullptr) {
    ggml_tensor* t = ggml_new_tensor(context, GGML_TYPE_F32, int(Axes), extents);
    if (from) std::memcpy(t->data, from, ggml_nbytes(t));
    else std::memset(t->data, 0, ggml_nbytes(t));
    return t;
  }
  /// 0, 1, ...: positions, or numbers of sequences.
  ggml_tensor* count(std::int64_t n) {
    ggml_tensor* t = ggml_new_tensor_1d(context, GGML_TYPE_I32, n);
    for (std::int64_t i = 0; i < n; ++i) static_cast<std::int32_t*>(t->data)[i] = std::int32_t(i);
    return t;
  }
  /// Y = the result of the graph, again and again.
  std::function<void()> computing(ggml_tensor* y, int threads, std::shared_ptr<ggml_graph> self) {
    graph = ggml_new_graph(context);
    ggml_build_forward_expand(graph, y);
    plan = ggml_graph_plan(graph, threads, nullptr);
    scratch.resize(plan.work_size);
    plan.work_data = scratch.data();
    return [self] { ggml_graph_compute(self->graph, &self->plan); };
  }

  ggml_context* context;

 private:
  ggml_cgraph* graph = nullptr;
  ggml_cplan plan{};
  std::vector<std::uint8_t> scratch;
};

/// The first numbers of t, as many as ours are: behind them the scan writes the state.
std::span<float const> numbers(ggml_tensor* t, array<4> const& ours) {
  return {static_cast<float const*>(t->data), ours.memory.size()};
}

/// ggml_ssm_scan, which has had one more parameter since 2026: after how many steps states are kept.
auto ssm_scan(auto*... operands) {
  if constexpr (requires { ggml_ssm_scan(operands..., 1); }) return ggml_ssm_scan(operands..., 1);
  else return ggml_ssm_scan(operands...);
}

/// rope of B and C, then the scan of Mamba-2. The scan also applies softplus to the step sizes, and copies the state.
work scan(ssd_shape const& s, int threads) {
  ssd_operands o(s);
  auto g = std::make_shared<ggml_graph>(3 * (o.C.bytes() + o.B.bytes() + o.X.bytes() + s.state_bytes()));
  ggml_tensor* A = g->tensor({1, s.H});
  std::fill_n(static_cast<float*>(A->data), s.H, o.A);
  ggml_tensor* x = g->tensor({s.P, s.H, s.T, s.batch}, o.X.all.data);
  ggml_tensor* steps = g->tensor({s.H, s.T, s.batch}, o.raw.all.data);
  ggml_tensor* positions = g->count(s.T);
  auto turned = [&](array<4> const& rows) {
    ggml_tensor* t = g->tensor({s.N, s.G, s.T, s.batch}, rows.all.data);
    return ggml_rope(g->context, t, positions, int(s.N), 0);
  };
  ggml_tensor *B = turned(o.B), *C = turned(o.C);
  ggml_tensor* y = ssm_scan(g->context, g->tensor({s.N, s.P, s.H, s.batch}), x, steps, A, B, C, g->count(s.batch));
  return {s.flops(), g->computing(y, threads, g), numbers(y, o.Y)};
}

/// rope of Q and K, then flash_attn_ext with the causal mask in memory.
work flash_attention(attention_shape const& s, int threads) {
  attention_operands o(s);
  double mask_bytes = double(s.T * s.T) * sizeof(ggml_fp16_t);
  auto g = std::make_shared<ggml_graph>(3 * (o.Q.bytes() + o.K.bytes() + o.V.bytes()) + mask_bytes);
  ggml_tensor* mask = ggml_new_tensor_2d(g->context, GGML_TYPE_F16, s.T, s.T);  // (key, query)
  for (index_t i = 0; i < s.T; ++i)
    for (index_t j = 0; j < s.T; ++j)
      static_cast<ggml_fp16_t*>(mask->data)[i * s.T + j] = ggml_fp32_to_fp16(j <= i ? 0.f : -INFINITY);
  ggml_tensor* positions = g->count(s.T);
  auto rows = [&](array<4> const& a, index_t heads) { return g->tensor({s.N, heads, s.T, s.batch}, a.all.data); };
  auto turned = [&](ggml_tensor* t) { return ggml_rope(g->context, t, positions, int(s.N), 0); };
  auto by_head = [&](ggml_tensor* t) { return ggml_permute(g->context, t, 0, 2, 1, 3); };
  ggml_tensor *q = by_head(turned(rows(o.Q, s.H))), *k = by_head(turned(rows(o.K, s.G))), *v = by_head(rows(o.V, s.G));
  ggml_tensor* z = ggml_flash_attn_ext(g->context, q, k, v, mask, 1 / std::sqrt(float(s.N)), 0, 0);
  return {s.flops(), g->computing(z, threads, g), numbers(z, o.Z)};
}

work rope_in_place(rotation_shape const& s, int threads) {
  auto g = std::make_shared<ggml_graph>(s.bytes());
  int mode = s.pairs == transxssm::pairing::interleaved ? 0 : GGML_ROPE_TYPE_NEOX;
  ggml_tensor* y = ggml_rope_inplace(g->context, g->tensor({s.N, s.H, s.T, 1}), g->count(s.T), int(s.N), mode);
  return {s.bytes(), g->computing(y, threads, g)};
}

}  // namespace

void ggml_rows(options how) {
  auto peer = [=](std::string const& name, goal asked, preparation subject, preparation reference) {
    compare(how, name, asked, std::move(subject), std::move(reference), true);
  };
  for (ssd_shape const& s : ssd_shapes)
    for (auto const& [name, form] : ssd_forms) {
      bool chosen = form.index() == 0, chunks = std::holds_alternative<transxssm::chunked>(form);
      goal asked = chosen ? at_least(3, s.H == 32 ? 3.5 : 4) : chunks ? at_least(1.3, 1.9) : no_goal;
      peer("ssd_over_ggml/" + s.name() + "/" + name, asked, ssd_prefill(s, how.threads, form),
           [=] { return scan(s, how.threads); });
    }
  for (ssd_shape const& prefill : ssd_shapes) {
    ssd_shape s = one_step_of(prefill);
    auto step = [=] {
      work w = scan(s, how.threads);
      w.amount = s.state_bytes();
      return w;
    };
    peer("ssd_decode_over_ggml/" + s.name(), no_goal, ssd_decode(s, how.threads), step);
  }
  for (attention_shape const& s : attention_shapes)
    peer("attention_over_ggml/" + s.name(), at_least(2, 3), attention_prefill(s, how.threads),
         [=] { return flash_attention(s, how.threads); });
  for (rotation_shape const& s : rotation_shapes)
    compare(how, "rotation_over_ggml/" + s.name(), no_goal, rotation(s, how.threads),
            [=] { return rope_in_place(s, how.threads); });
}

}  // namespace bench
