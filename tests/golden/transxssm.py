# SPDX-FileCopyrightText: 2026 The transxssm authors
# SPDX-License-Identifier: MIT
"""The equations of the TransXSSM paper, in the plainest PyTorch: every T x T matrix is formed.

Nothing here comes from the authors' code or from the library. README.md holds the equations in words; T is the length,
D the model's width, N the state size, P a head's width, H heads, G groups of heads that share C and B.
"""
import torch
from torch import Tensor

EMBEDDING, HEAD = "model.word_embed.weight", "lm_head.weight"


def shapes(c: dict) -> dict[str, tuple[int, ...]]:
    """Every tensor of a checkpoint, with its shape: c is the configuration in the words of README.md."""
    D, inner, state = c["d_model"], c["ssd_heads"] * c["ssd_head_dim"], c["n_groups"] * c["d_state"]
    Q, K = c["n_heads"] * c["head_dim"], c["n_kv_heads"] * c["head_dim"]
    of = {EMBEDDING: (c["vocab_size"], D), "model.final_layernorm.weight": (D,)}
    if not c["tie_word_embeddings"]:
        of[HEAD] = (c["vocab_size"], D)
    for i in range(c["n_layers"]):
        layer = {"pre_sequence_layernorm.weight": (D,), "pre_state_layernorm.weight": (D,)}
        if c["learned_residual"]:
            layer |= {"post_sequence_residual.weight": (D,), "post_state_residual.weight": (D,)}
        if is_ssd(c, i):
            layer |= {"ssd.c_proj.weight": (state, D), "ssd.b_proj.weight": (state, D), "ssd.x_proj.weight": (inner, D),
                      "ssd.dt_proj.weight": (c["ssd_heads"], D), "ssd.out_proj.weight": (D, inner),
                      "ssd.A_log" if c["A_is_log"] else "ssd.A": (c["ssd_heads"],)}
        else:
            layer |= {"attn.q_proj.weight": (Q, D), "attn.k_proj.weight": (K, D), "attn.v_proj.weight": (K, D),
                      "attn.o_proj.weight": (D, Q)}
        layer |= {"feed_forward.gate_proj.weight": (c["d_ff"], D), "feed_forward.up_proj.weight": (c["d_ff"], D),
                  "feed_forward.down_proj.weight": (D, c["d_ff"])}
        of |= {f"model.layers.{i}.{name}": shape for name, shape in layer.items()}
    return of


def is_ssd(c: dict, layer: int) -> bool:
    return c["pattern"][layer % len(c["pattern"])] == "S"


def of_the_authors(a: dict) -> dict:
    """The authors' config.json in the words used here. Their dynamic NTK does nothing up to the trained length."""
    period, offset, P = a["attn_layer_period"], a["attn_layer_offset"], a["hidden_size"] // a["num_attention_heads"]
    return dict(vocab_size=a["vocab_size"], d_model=a["hidden_size"], n_layers=a["num_hidden_layers"],
                pattern="".join("A" if i == offset else "S" for i in range(period)), n_heads=a["num_attention_heads"],
                n_kv_heads=a["num_key_value_heads"], head_dim=P, ssd_heads=a["num_attention_heads"], ssd_head_dim=P,
                d_state=P, n_groups=a["num_attention_heads"], d_ff=a["intermediate_size"], norm_eps=a["rms_norm_eps"],
                tie_word_embeddings=a["tie_word_embeddings"], learned_residual=True, A_is_log=False,
                rope=dict(base=a["rope_theta"], pairing="half_split", scaling=None))


def rates(c: dict) -> Tensor:
    """theta_i = base^(-2i/N), i < N/2 (Eq. 5), in float64: one list for all layers."""
    N, base, scaling = c["d_state"], c["rope"]["base"], c["rope"]["scaling"]
    if scaling is not None and scaling["declared_length"] > scaling["trained_length"]:
        factor, longer = scaling["factor"], scaling["declared_length"] / scaling["trained_length"]
        base *= (factor * longer - (factor - 1)) ** (N / (N - 2))
    return base ** (-torch.arange(0, N, 2, dtype=torch.float64) / N)


def rotate(x: Tensor, theta: Tensor, pairing: str) -> Tensor:
    """R_m x_m, m = 0 .. T-1 (Eq. 3, 5), angles in float64 whatever x is: x is (batch, T, heads, features)."""
    angle = torch.arange(x.shape[1], dtype=torch.float64)[:, None, None] * theta      # (T, 1, features / 2)
    cosine, sine = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    if pairing == "interleaved":                                                       # (x_2i, x_2i+1)
        first, second = x[..., 0::2], x[..., 1::2]
    else:                                                                              # (x_i, x_{i + features / 2})
        first, second = x.chunk(2, -1)
    turned = first * cosine - second * sine, second * cosine + first * sine
    return torch.stack(turned, -1).flatten(-2) if pairing == "interleaved" else torch.cat(turned, -1)


def rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    return x / (x.square().mean(-1, keepdim=True) + eps).sqrt() * weight


def ssd(u: Tensor, w: dict[str, Tensor], c: dict, form: str) -> Tensor:
    """Y = (L o C~ B~^T) (dt X), L = 1SS(exp(dt A)): Eq. 7 and Appendix A. u is (batch, T, D)."""
    H, G, N = c["ssd_heads"], c["n_groups"], c["d_state"]
    C, B, X = (u @ w[f"ssd.{name}_proj.weight"].T for name in "cbx")
    C, B = (rotate(z.unflatten(-1, (G, N)), rates(c), c["rope"]["pairing"]) for z in (C, B))   # (batch, T, G, N)
    C, B = (z.repeat_interleave(H // G, dim=2) for z in (C, B))                        # consecutive heads share a group
    X = X.unflatten(-1, (H, c["ssd_head_dim"]))                                        # (batch, T, H, P)
    dt = u @ w["ssd.dt_proj.weight"].T
    dt = torch.logaddexp(dt, torch.zeros_like(dt))                                     # softplus, (batch, T, H)
    log_a = dt * (-w["ssd.A_log"].exp() if c["A_is_log"] else w["ssd.A"])
    Y = {"quadratic": quadratic, "recurrent": recurrent}[form](C, B, dt[..., None] * X, log_a)
    return Y.flatten(-2) @ w["ssd.out_proj.weight"].T


def quadratic(C: Tensor, B: Tensor, X: Tensor, log_a: Tensor) -> Tensor:
    """L_ij = exp(log_a_{j+1} + .. + log_a_i) for j <= i: each sum of its own, not a difference of two long ones."""
    T = X.shape[1]
    steps = log_a.movedim(1, -1)[..., None].expand(*log_a.movedim(1, -1).shape, T)    # (batch, H, i, j)
    sums = steps.tril(-1).cumsum(-2)                                                   # rows j+1 .. i of column j
    L = sums.exp().tril()
    return torch.einsum("bhij,bihn,bjhn,bjhp->bihp", L, C, B, X)


def recurrent(C: Tensor, B: Tensor, X: Tensor, log_a: Tensor) -> Tensor:
    """h_t = a_t h_{t-1} + B_t X_t^T, Y_t = C_t h_t: what the quadratic form has to equal."""
    h, rows = 0, []
    for t in range(X.shape[1]):
        h = log_a[:, t].exp()[..., None, None] * h + B[:, t, :, :, None] * X[:, t, :, None, :]   # (batch, H, N, P)
        rows.append((C[:, t, :, :, None] * h).sum(-2))
    return torch.stack(rows, 1)


def attention(u: Tensor, w: dict[str, Tensor], c: dict) -> Tensor:
    """softmax(R Q (R K)^T / sqrt(P) + causal mask) V; the table of the states serves, at every (N/P)-th plane."""
    P, T = c["head_dim"], u.shape[1]
    Q, K, V = ((u @ w[f"attn.{name}_proj.weight"].T).unflatten(-1, (-1, P)) for name in "qkv")
    theta = rates(c)[:: c["d_state"] // P]
    Q, K = (rotate(z, theta, c["rope"]["pairing"]) for z in (Q, K))
    K, V = (z.repeat_interleave(c["n_heads"] // c["n_kv_heads"], dim=2) for z in (K, V))
    scores = torch.einsum("bihn,bjhn->bhij", Q, K) / P**0.5
    future = torch.ones(T, T, dtype=torch.bool).triu(1)
    Y = torch.einsum("bhij,bjhp->bihp", scores.masked_fill(future, -torch.inf).softmax(-1), V)
    return Y.flatten(-2) @ w["attn.o_proj.weight"].T


def swiglu(u: Tensor, w: dict[str, Tensor]) -> Tensor:
    gate, up = (u @ w[f"feed_forward.{name}_proj.weight"].T for name in ("gate", "up"))
    return (gate * gate.sigmoid() * up) @ w["feed_forward.down_proj.weight"].T


def logits(c: dict, weights: dict[str, Tensor], ids: Tensor, dtype: torch.dtype, form: str = "quadratic") -> Tensor:
    """(batch, T, V), all arithmetic but the angles in dtype."""
    weights = {name: w.to(dtype) for name, w in weights.items()}
    h, eps = weights[EMBEDDING][ids], c["norm_eps"]
    for i in range(c["n_layers"]):
        prefix = f"model.layers.{i}."
        w = {name.removeprefix(prefix): x for name, x in weights.items() if name.startswith(prefix)}
        u = rms_norm(h, w["pre_sequence_layernorm.weight"], eps)
        h = w.get("post_sequence_residual.weight", 1) * h + (ssd(u, w, c, form) if is_ssd(c, i) else attention(u, w, c))
        u = rms_norm(h, w["pre_state_layernorm.weight"], eps)
        h = w.get("post_state_residual.weight", 1) * h + swiglu(u, w)
    h = rms_norm(h, weights["model.final_layernorm.weight"], eps)
    return h @ weights.get(HEAD, weights[EMBEDDING]).T
