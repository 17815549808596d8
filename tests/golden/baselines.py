# SPDX-FileCopyrightText: 2026 The transxssm authors
# SPDX-License-Identifier: MIT
"""Llama, Mamba-2 and Bamba a second time, in float64 and token by token, to hold transformers against.

No chunks, no masks, no tables: rotations are products of complex numbers, attention keeps a list of keys, a Mamba-2 layer
keeps its last inputs and its state. `mistake` is one of MISTAKES, to see that the stored logits tell it from the truth.
"""
import math
import torch
from torch import Tensor

MISTAKES = {"llama": ["unscaled_rotary", "interleaved_pairs", "tiled_heads"],
            "mamba2": ["norm_over_all", "tiled_groups", "norm_before_gate"],
            "bamba": ["norm_over_all", "tiled_groups", "norm_before_gate", "whole_rotary", "interleaved_pairs",
                      "tiled_heads"]}


def logits(config: dict, weights: dict[str, Tensor], ids: Tensor, mistake: str | None = None) -> Tensor:
    """(batch, T, V) in float64."""
    w = {name: x.double() for name, x in weights.items()}
    family = {"llama": llama, "mamba2": mamba2, "bamba": bamba}[config["model_type"]]
    layers, embedding, norm, eps = family(config, w, mistake)
    rows = []
    for t in range(ids.shape[1]):
        h = w[embedding][ids[:, t]]
        for layer in layers:
            h = layer(h, t)
        rows.append(rms_norm(h, w[norm], eps) @ w.get("lm_head.weight", w[embedding]).T)
    return torch.stack(rows, 1)


def llama(c: dict, w: dict[str, Tensor], mistake: str | None):
    theta = [c["rope_theta"] ** (-2 * i / c["head_dim"]) for i in range(c["head_dim"] // 2)]
    if mistake != "unscaled_rotary":
        theta = scaled_rates(c["rope_scaling"], theta)
    heads, eps = (c["num_attention_heads"], c["num_key_value_heads"]), c["rms_norm_eps"]

    def layer(prefix: str):
        attention = Attention(below(w, prefix + "self_attn."), *heads, theta, mistake)

        def step(h: Tensor, t: int) -> Tensor:
            h = h + attention(rms_norm(h, w[prefix + "input_layernorm.weight"], eps), t)
            return h + swiglu(rms_norm(h, w[prefix + "post_attention_layernorm.weight"], eps), below(w, prefix + "mlp."))
        return step

    layers = [layer(f"model.layers.{i}.") for i in range(c["num_hidden_layers"])]
    return layers, "model.embed_tokens.weight", "model.norm.weight", eps


def scaled_rates(s: dict, rates: list[float]) -> list[float]:
    """llama3: slow planes turn `factor` times slower, fast ones as before, those between by linear interpolation."""
    low, high, length = s["low_freq_factor"], s["high_freq_factor"], s["original_max_position_embeddings"]
    result = []
    for rate in rates:
        turns = length * rate / (2 * math.pi)                       # in the trained length
        share = min(max((turns - low) / (high - low), 0), 1)
        result.append(share * rate + (1 - share) * rate / s["factor"])
    return result


def mamba2(c: dict, w: dict[str, Tensor], mistake: str | None):
    sizes, eps = [c[name] for name in ("num_heads", "head_dim", "n_groups", "state_size")], c["layer_norm_epsilon"]

    def layer(prefix: str):
        mixer = Mamba2(below(w, prefix + "mixer."), *sizes, eps, mistake)
        return lambda h, t: h + mixer(rms_norm(h, w[prefix + "norm.weight"], eps), t)

    layers = [layer(f"backbone.layers.{i}.") for i in range(c["num_hidden_layers"])]
    return layers, "backbone.embeddings.weight", "backbone.norm_f.weight", eps


def bamba(c: dict, w: dict[str, Tensor], mistake: str | None):
    eps, turning = c["rms_norm_eps"], c["hidden_size"] // c["num_attention_heads"]
    turning //= 1 if mistake == "whole_rotary" else 2               # partial rotary: the first half of a head turns
    theta = [c["rope_theta"] ** (-2 * i / turning) for i in range(turning // 2)]
    heads = c["num_attention_heads"], c["num_key_value_heads"]
    sizes = [c["mamba_" + name] for name in ("n_heads", "d_head", "n_groups", "d_state")]

    def layer(i: int):
        prefix = f"model.layers.{i}."
        if i in c["attn_layer_indices"]:
            mixer = Attention(below(w, prefix + "self_attn."), *heads, theta, mistake)
        else:
            mixer = Mamba2(below(w, prefix + "mamba."), *sizes, eps, mistake)

        def step(h: Tensor, t: int) -> Tensor:
            h = h + mixer(rms_norm(h, w[prefix + "input_layernorm.weight"], eps), t)
            return h + swiglu(rms_norm(h, w[prefix + "pre_ff_layernorm.weight"], eps), below(w, prefix + "feed_forward."))
        return step

    layers = [layer(i) for i in range(c["num_hidden_layers"])]
    return layers, "model.embed_tokens.weight", "model.final_layernorm.weight", eps


class Attention:
    """One token at a time over the keys and values so far; head h reads key h // (heads / kv_heads)."""

    def __init__(self, w, heads: int, kv_heads: int, theta: list[float], mistake: str | None):
        self.w, self.heads, self.theta, self.mistake = w, heads, torch.tensor(theta, dtype=torch.float64), mistake
        self.source = [h % kv_heads if mistake == "tiled_heads" else h // (heads // kv_heads) for h in range(heads)]
        self.keys, self.values = [], []

    def __call__(self, u: Tensor, t: int) -> Tensor:
        q = self.turn((u @ self.w["q_proj.weight"].T).unflatten(-1, (self.heads, -1)), t)       # (batch, heads, P)
        P = q.shape[-1]
        k, v = ((u @ self.w[f"{name}_proj.weight"].T).unflatten(-1, (-1, P)) for name in "kv")
        self.keys.append(self.turn(k, t)[:, self.source])
        self.values.append(v[:, self.source])
        scores = torch.stack([(q * k).sum(-1) for k in self.keys]) / math.sqrt(P)                # (t + 1, batch, heads)
        share = torch.exp(scores - scores.logsumexp(0))
        return sum(s[..., None] * v for s, v in zip(share, self.values)).flatten(-2) @ self.w["o_proj.weight"].T

    def turn(self, x: Tensor, t: int) -> Tensor:
        """The leading features as complex numbers x_i + i x_{i + d/2}, times e^{i t theta}; the others as they are."""
        planes = len(self.theta)
        if self.mistake == "interleaved_pairs":
            z = torch.complex(x[..., 0 : 2 * planes : 2], x[..., 1 : 2 * planes : 2])
        else:
            z = torch.complex(x[..., :planes], x[..., planes : 2 * planes])
        z = z * torch.exp(1j * t * self.theta)
        turned = [z.real, z.imag]
        if self.mistake == "interleaved_pairs":
            turned = [torch.stack(turned, -1).flatten(-2)]
        return torch.cat([*turned, x[..., 2 * planes :]], -1)


class Mamba2:
    """One token at a time: in_proj gives z, x, B, C, dt; a window of the last inputs; h = exp(dt A) h + dt x B^T."""

    def __init__(self, w, heads: int, P: int, groups: int, N: int, eps: float, mistake: str | None):
        self.w, self.heads, self.P, self.groups, self.N, self.eps, self.mistake = w, heads, P, groups, N, eps, mistake
        self.group = [h % groups if mistake == "tiled_groups" else h // (heads // groups) for h in range(heads)]
        self.window, self.state = None, None

    def __call__(self, u: Tensor, _: int) -> Tensor:
        w, inner, shared = self.w, self.heads * self.P, self.groups * self.N
        z, xBC, dt = (u @ w["in_proj.weight"].T).split([inner, inner + 2 * shared, self.heads], -1)
        kernel = w["conv1d.weight"][:, 0]                                                        # (channels, taps)
        if self.window is None:
            self.window = xBC.new_zeros(*xBC.shape, kernel.shape[-1])
            self.state = u.new_zeros(u.shape[0], self.heads, self.P, self.N)
        self.window = torch.cat([self.window[..., 1:], xBC[..., None]], -1)                     # the newest is last
        xBC = silu((self.window * kernel).sum(-1) + w["conv1d.bias"])
        x, B, C = xBC.split([inner, shared, shared], -1)
        x = x.unflatten(-1, (self.heads, self.P))                                               # (batch, heads, P)
        B, C = (y.unflatten(-1, (self.groups, self.N))[:, self.group] for y in (B, C))           # (batch, heads, N)
        dt = torch.log1p(torch.exp(dt + w["dt_bias"]))
        decay = torch.exp(-dt * torch.exp(w["A_log"]))
        self.state = decay[..., None, None] * self.state + (dt[..., None] * x)[..., None] * B[..., None, :]
        y = (self.state * C[..., None, :]).sum(-1) + w["D"][:, None] * x
        return self.gated_norm(y.flatten(-2), z) @ w["out_proj.weight"].T

    def gated_norm(self, y: Tensor, z: Tensor) -> Tensor:
        groups = 1 if self.mistake == "norm_over_all" else self.groups
        weight = self.w["norm.weight"].unflatten(0, (groups, -1))
        if self.mistake == "norm_before_gate":
            return rms_norm(y.unflatten(-1, (groups, -1)), weight, self.eps).flatten(-2) * silu(z)
        return rms_norm((y * silu(z)).unflatten(-1, (groups, -1)), weight, self.eps).flatten(-2)


def below(w: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): x for name, x in w.items() if name.startswith(prefix)}


def silu(x: Tensor) -> Tensor:
    return x / (1 + torch.exp(-x))


def rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + eps) * weight


def swiglu(u: Tensor, w: dict[str, Tensor]) -> Tensor:
    return (silu(u @ w["gate_proj.weight"].T) * (u @ w["up_proj.weight"].T)) @ w["down_proj.weight"].T
