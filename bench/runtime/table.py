#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The transxssm authors
# SPDX-License-Identifier: MIT
"""The results in a folder as tables in Markdown.      bench/runtime/table.py bench/results/2026-11-21-abc1234-epyc"""
import itertools
import sys

from rows import is_speed, rows_of

# What a row is, by the first word of its name; the rest of the name is its shape, and its form where there are several.
TITLES = {
    "ssd_over_sgemm": "SSD prefill with rotation, T 2048, head_dim 64 (heads/d_state/groups): flops/s over Eigen's sgemm of 512^3",
    "ssd_strong_over_weak_decay": "SSD with a mean log-decay of -10: time over that with -0.05",
    "ssd_error": "SSD: relative L2 error against the recurrence in double, T 2048, mean log-decay -0.05",
    "ssd_over_ggml": "SSD prefill with rotation, T 2048: speed over ggml's rope and ssm_scan",
    "ssd_decode_over_scale": "SSD, one step of every sequence, 134 MB of state: bytes/s over scaling as much memory in place",
    "ssd_decode_over_ggml": "SSD, one step of every sequence, 134 MB of state: speed over ggml's rope and ssm_scan",
    "attention_over_sgemm": "Causal attention with rotation, head_dim 64 (heads/groups/T): flops/s over Eigen's sgemm of 512^3",
    "attention_over_ggml": "Causal attention with rotation: speed over ggml's rope and flash_attn_ext",
    "attention_decode_over_read": "Attention, one step of every sequence, 134 MB in the cache: bytes/s over reading as much memory",
    "rotation_over_copy": "Rotation in place, 134 MB (pairs/N): bytes/s over memcpy",
    "rotation_over_ggml": "Rotation in place, 134 MB: speed over ggml's rope, in place",
    "rows_over_copy": "RMSNorm and SwiGLU's gate in place, causal_conv1d with silu out of place, 134 MB: bytes/s over memcpy",
    "ssd_adjoint": "SSD, the adjoint (gradients of every operand), T 2048 (heads/d_state/groups): time over that of the product",
    "attention_adjoint": "Causal attention, the adjoint, head_dim 64 (heads/groups/T): time over that of the product",
    "ssd_growth": "SSD, 12/128/12: time per flop, over that of T 1024 (rows T), or of T 2048, N 128, P 64, H 12; of chunks of q over q 64",
    "attention_growth": "Causal attention, 4 heads: time per flop, over that of T 1024",
    "threads": "Speed with these threads over one of them, T 2048",
    "pytorch": "PyTorch, in a process of its own: flops/s over its own sgemm of 512^3",
}


def number(x):
    return f"{x:.2e}" if abs(x) < 1e-3 else f"{x:.2f}"


def cell(row):
    if row is None:
        return ""
    if row.get("error_occurred"):
        return row["error_message"]
    noise = "" if row["ratio_q1"] == row["ratio_q3"] else f" ({number(row['ratio_q1'])} to {number(row['ratio_q3'])})"
    verdict = row.get("label", "")
    return f"{number(row['ratio'])}{noise}" + (f", **{verdict}**" if verdict == "MISSED" else f", {verdict}" if verdict else "")


def main():
    rows = rows_of(sys.argv[1])
    threads = sorted({t for row in rows.values() for t in row})
    for title, group in itertools.groupby(rows.items(), key=lambda item: item[0].split("/")[0]):
        print(f"**{TITLES.get(title, title)}**\n")
        print("| | must | aim | " + " | ".join(f"{t} thread{'s' * (t > 1)}" for t in threads) + " |")
        print("|---" * (3 + len(threads)) + "|")
        for name, by_threads in group:
            any_row = next(iter(by_threads.values()))
            sign = ">=" if is_speed(any_row) else "<="
            bars = [f"{sign} {any_row[bar]:g}" if bar in any_row else "" for bar in ("must", "aim")]
            print(f"| {name.split('/', 1)[1]} | {' | '.join(bars)} | " + " | ".join(cell(by_threads.get(t)) for t in threads) + " |")
        print()
    asked = [row for by_threads in rows.values() for row in by_threads.values() if "must" in row]
    reached = [row for row in asked if row["label"] != "MISSED"]
    aimed = [row for row in asked if row["label"] == "aim reached"]
    print(f"{len(reached)} of {len(asked)} musts reached, {len(aimed)} of {len(asked)} aims.")


if __name__ == "__main__":
    main()
