#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The transxssm authors
# SPDX-License-Identifier: MIT
"""A training step of a small Llama for bytes in PyTorch on the CPU: forward, backward, clipping and AdamW, in float32.

    bench/train/pytorch_llama.py [--d-model 128] [--layers 8] [--T 256] [--batch 8] [--threads 1] [--steps 7] [--compile]
                                 [--save-config folder] [--out file.json]

The defaults are small_model("llama3", 128, 8) of examples/train. --save-config writes the configuration as Hugging Face
has it (folder/config.json), from which read_model_config of the library makes the same model. Each step is followed by
sgemm (1024 x 1024 x 1024, twice), so that its speed can be told as a share of that; figures are medians. PyTorch gets what
makes it fast: one product for Q, K and V, and one for both halves of SwiGLU; scaled_dot_product_attention, the fused AdamW,
denormals as zeros, and where asked, torch.compile.

Flops of a token are those of the mathematics: forward 2 for each weight that multiplies, the head's too, and
2 (T + 1) heads head_dim in each layer for causal attention; backward twice as many.
"""
import argparse
import json
import pathlib
import statistics
import sys
import time

try:
    import torch
    from torch.nn import functional as F
except ImportError:
    sys.exit(print("PyTorch is not installed: it is not compared with") or 0)


def usual_width(d_model):
    """The multiple of 4 that is nearest to 8/3 d_model."""
    return 4 * round(2 * d_model / 3)


def rotation(T, d, base):
    """cos and sin of m theta_i, each plane twice (half-split pairs): (T, d)."""
    angle = torch.arange(T, dtype=torch.float64)[:, None] * base ** (-torch.arange(0, d, 2, dtype=torch.float64) / d)
    return [torch.cat([f(angle)] * 2, -1).float() for f in (torch.cos, torch.sin)]


def rotate(x, R):  # (batch, heads, T, d)
    a, b = x.chunk(2, -1)
    return x * R[0] + torch.cat([-b, a], -1) * R[1]


class Layer(torch.nn.Module):
    def __init__(self, c):
        super().__init__()
        d, inner = c["hidden_size"], c["num_attention_heads"] * c["head_dim"]
        self.heads, self.eps, self.inner = c["num_attention_heads"], c["rms_norm_eps"], inner
        self.norms = torch.nn.ParameterList(torch.ones(d) for _ in range(2))
        linear = lambda rows, cols: torch.nn.Linear(cols, rows, bias=False)
        self.qkv, self.o = linear(3 * inner, d), linear(d, inner)
        self.gate_up, self.down = linear(2 * c["intermediate_size"], d), linear(d, c["intermediate_size"])

    def forward(self, h, R):  # (batch, T, d_model)
        d = h.shape[-1:]
        q, k, v = self.qkv(F.rms_norm(h, d, self.norms[0], self.eps)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(rotate(q, R), rotate(k, R), v, is_causal=True)
        h = h + self.o(y.transpose(1, 2).flatten(-2))
        gate, up = self.gate_up(F.rms_norm(h, d, self.norms[1], self.eps)).chunk(2, -1)
        return h + self.down(F.silu(gate) * up)


class Llama(torch.nn.Module):
    def __init__(self, c, T):
        super().__init__()
        self.embedding = torch.nn.Embedding(c["vocab_size"], c["hidden_size"])
        self.layers = torch.nn.ModuleList(Layer(c) for _ in range(c["num_hidden_layers"]))
        self.norm, self.eps = torch.nn.Parameter(torch.ones(c["hidden_size"])), c["rms_norm_eps"]
        self.R = rotation(T, c["head_dim"], c["rope_theta"])
        for w in self.parameters():
            if w.dim() == 2:
                torch.nn.init.normal_(w, std=0.02)

    def forward(self, tokens, targets):
        h = self.embedding(tokens)
        for layer in self.layers:
            h = layer(h, self.R)
        h = F.rms_norm(h, h.shape[-1:], self.norm, self.eps)
        return F.cross_entropy((h @ self.embedding.weight.T).flatten(0, 1), targets.flatten())  # the head is the embedding


def flops_per_token(model, c, T):
    weights = sum(w.numel() for w in model.parameters() if w.dim() == 2)
    return 3 * (2 * weights + 2 * (T + 1) * c["num_hidden_layers"] * c["num_attention_heads"] * c["head_dim"])


def seconds(f):
    """Of one run: the processor's where one thread works, else those of the wall."""
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    start = clock()
    f()
    return clock() - start


def measure(c, how):
    torch.manual_seed(0)
    model = Llama(c, how.T)
    loss_of = torch.compile(model) if how.compile else model
    decayed = [w for w in model.parameters() if w.dim() == 2]
    others = [w for w in model.parameters() if w.dim() != 2]
    adamw = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0}], lr=1e-3,
                              fused=True)
    text, losses = torch.randint(c["vocab_size"], (how.batch, how.T + 1)), []

    def step():
        adamw.zero_grad(set_to_none=True)
        loss = loss_of(text[:, :-1], text[:, 1:])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adamw.step()
        losses.append(loss.item())

    a, b, into = torch.rand(1024, 1024), torch.rand(1024, 1024), torch.empty(1024, 1024)
    sgemm = lambda: [torch.mm(a, b, out=into) for _ in range(2)]
    for _ in range(2):
        step(), sgemm()
    rounds = [(seconds(step), seconds(sgemm)) for _ in range(how.steps)]
    assert losses[-1] < losses[0], "it does not learn"
    tokens, flops = how.batch * how.T, flops_per_token(model, c, how.T)
    return {"name": "pytorch/train/llama" + ("/compiled" if how.compile else ""),
            "config": c | {"T": how.T, "batch": how.batch},
            "parameters": sum(w.numel() for w in model.parameters()),
            "threads": how.threads,
            "tokens_per_second": statistics.median(tokens / ours for ours, _ in rounds),
            "seconds_per_step": statistics.median(ours for ours, _ in rounds),
            "flops_per_token": flops,
            "gflops": statistics.median(1e-9 * tokens * flops / ours for ours, _ in rounds),
            "sgemm_gflops": statistics.median(4e-9 * 1024**3 / theirs for _, theirs in rounds),
            "share_of_sgemm": statistics.median(tokens * flops / ours * theirs / (4 * 1024**3) for ours, theirs in rounds),
            "torch": torch.__version__}


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in (("d-model", 128), ("layers", 8), ("head-dim", 0), ("d-ff", 0), ("T", 256), ("batch", 8),
                        ("threads", 1), ("steps", 7)):
        options.add_argument(f"--{name}", type=int, default=value)
    options.add_argument("--compile", action="store_true")
    options.add_argument("--save-config", metavar="FOLDER")
    options.add_argument("--out")
    how = options.parse_args()
    head_dim = how.head_dim or (64 if how.d_model >= 256 else 32 if how.d_model >= 128 else 16)
    c = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 256, "hidden_size": how.d_model,
         "intermediate_size": how.d_ff or usual_width(how.d_model), "num_hidden_layers": how.layers,
         "num_attention_heads": how.d_model // head_dim, "num_key_value_heads": how.d_model // head_dim,
         "head_dim": head_dim, "hidden_act": "silu", "rms_norm_eps": 1e-5, "rope_theta": 5e5, "tie_word_embeddings": True}
    if how.save_config:
        folder = pathlib.Path(how.save_config)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text(json.dumps(c, indent=2) + "\n")
    torch.set_num_threads(how.threads)
    torch.set_flush_denormal(True)
    row = json.dumps(measure(c, how))
    if how.out:
        pathlib.Path(how.out).write_text(row + "\n")
    print(row)


if __name__ == "__main__":
    main()
