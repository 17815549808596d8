#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The transxssm authors
# SPDX-License-Identifier: MIT
"""PyTorch on the CPU, over its own sgemm: what ssd_prefill.cpp and attention.cpp measure of this library.

    bench/runtime/peer_pytorch.py [--threads 1] [--rounds 11] [--filter regex] [--out file.json]

The same protocol (both sides in turn, medians), but a process of its own: compare its shares of sgemm with ours, and its
times with care. Without PyTorch it says so, and that is all.
"""
import argparse
import functools
import json
import re
import statistics
import time

try:
    import torch
except ImportError:
    torch = None

T, P = 2048, 64


def rotation(N):
    """e^{i m theta} of every position and plane: (T, 1, N/2)."""
    theta = 10000.0 ** (-torch.arange(0, N, 2, dtype=torch.float64) / N)
    angle = torch.arange(T, dtype=torch.float64)[:, None] * theta
    return torch.polar(torch.ones_like(angle), angle).to(torch.complex64)[:, None]


def rotate(x, R):  # (T, heads, N)
    return torch.view_as_real(torch.view_as_complex(x.unflatten(-1, (-1, 2))) * R).flatten(-2)


def ssd(log_a, C, B, X, chunk):
    """The block decomposition of Mamba-2 (Dao and Gu 2024, listing 1), as batched products: (T, head, feature) all."""
    H, N, q = X.shape[1], C.shape[-1], chunk
    C, B, X = (x.unflatten(0, (-1, q)).transpose(1, 2) for x in (C, B, X))      # (chunk, head, q, feature)
    s = log_a.unflatten(0, (-1, q)).transpose(1, 2).cumsum(-1)                    # (chunk, head, q)
    L = torch.exp((s[..., :, None] - s[..., None, :]).masked_fill(torch.ones(q, q).triu(1).bool(), -torch.inf))
    Y = (L * (C @ B.transpose(-1, -2))) @ X
    added = (B * torch.exp(s[..., -1:] - s)[..., None]).transpose(-1, -2) @ X    # (chunk, head, N, P)
    decay, h, states = torch.exp(s[..., -1])[..., None, None], torch.zeros(H, N, P), []
    for i in range(added.shape[0]):
        states.append(h)
        h = decay[i] * h + added[i]
    Y += (C * torch.exp(s)[..., None]) @ torch.stack(states)
    return Y.transpose(1, 2).flatten(0, 1)


def by_recurrence(log_a, C, B, X):
    h, Y = torch.zeros(X.shape[1], C.shape[-1], P, dtype=X.dtype), []
    for t in range(X.shape[0]):
        h = torch.exp(log_a[t])[:, None, None] * h + B[t][:, :, None] * X[t][:, None, :]
        Y.append((C[t][:, None, :] @ h)[:, 0])
    return torch.stack(Y)


def ssd_subject(H, N, G, chunk):
    dt = torch.nn.functional.softplus(4 * torch.rand(T, H) - 4)
    log_a = -0.05 * dt / dt.mean()
    C, B, X, R = 2 * torch.rand(T, G, N) - 1, 2 * torch.rand(T, G, N) - 1, 2 * torch.rand(T, H, P) - 1, rotation(N)
    heads = lambda x: x.repeat_interleave(H // G, 1) if G < H else x
    run = lambda: ssd(log_a, heads(rotate(C, R)), heads(rotate(B, R)), X * dt[..., None], chunk)
    exact = by_recurrence(*(x.double() for x in (log_a, heads(rotate(C, R)), heads(rotate(B, R)), X * dt[..., None])))
    assert (run() - exact).norm() / exact.norm() < 1e-4
    return run, 4.0 * T * H * N * P


def attention_subject(H, G):
    Q, K, V, R = torch.rand(T, H, P), torch.rand(T, G, P), torch.rand(T, G, P), rotation(P)
    mask = torch.full((T, T), -torch.inf).triu(1)

    def run():
        q, k, v = (x.transpose(0, 1).repeat_interleave(H // x.shape[1], 0) for x in (rotate(Q, R), rotate(K, R), V))
        if hasattr(torch.nn.functional, "scaled_dot_product_attention"):
            return torch.nn.functional.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=True)
        return torch.softmax(torch.baddbmm(mask, q, k.transpose(1, 2), alpha=P**-0.5), -1) @ v

    return run, 2.0 * H * P * T * (T + 1)


def seconds(f):
    """Of one run: the processor's where one thread works, else those of the wall."""
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    start = clock()
    f()
    return clock() - start


def compare(name, subject, flops, rounds):
    a, b = torch.rand(512, 512), torch.rand(512, 512)
    sgemm = lambda: [a @ b for _ in range(10)]
    subject(), sgemm()
    pairs = [(seconds(subject), seconds(sgemm) / 10) for _ in range(rounds)]
    ratios = sorted(flops / ours * theirs / (2 * 512**3) for ours, theirs in pairs)
    at = lambda q: ratios[round(q * (len(ratios) - 1))]
    row = {"name": name, "ratio": at(0.5), "ratio_q1": at(0.25), "ratio_q3": at(0.75),
           "seconds": statistics.median(p[0] for p in pairs), "reference_seconds": statistics.median(p[1] for p in pairs)}
    print(f"{row['name']:44} {row['ratio']:.3f} of sgemm ({row['ratio_q1']:.3f} to {row['ratio_q3']:.3f}), "
          f"{row['seconds'] * 1e3:.1f} ms; sgemm {2e-9 * 512**3 / row['reference_seconds']:.0f} GF/s", flush=True)
    return row


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--rounds", type=int, default=11)
    options.add_argument("--filter", default=".", help="a regular expression: only such rows")
    options.add_argument("--out")
    how = options.parse_args()
    if torch is None:
        return print("PyTorch is not installed: it is not compared with")
    torch.set_num_threads(how.threads)
    torch.manual_seed(0)
    subjects = {f"pytorch/attention/{H}/{G}/{T}": functools.partial(attention_subject, H, G) for H, G in ((12, 12), (32, 8))}
    for shape in ((12, 128, 12), (32, 128, 32), (12, 64, 12), (12, 128, 1)):
        for chunk in (32, 64):
            name = "/".join(map(str, ("pytorch/ssd", *shape, f"chunks of {chunk}")))
            subjects[name] = functools.partial(ssd_subject, *shape, chunk)
    with torch.no_grad():
        rows = [compare(name, *make(), how.rounds) for name, make in subjects.items() if re.search(how.filter, name)]
    if how.out:
        with open(how.out, "w") as file:
            json.dump({"context": {"threads": how.threads, "torch": torch.__version__}, "benchmarks": rows}, file, indent=1)


if __name__ == "__main__":
    main()
