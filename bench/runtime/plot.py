#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The transxssm authors
# SPDX-License-Identifier: MIT
"""Plots of the results in a folder, into it: growth.svg and goals.svg.      bench/runtime/plot.py bench/results/..."""
import pathlib
import statistics
import sys

from rows import is_speed, rows_of

try:
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt
    import matplotlib.ticker
except ImportError:
    sys.exit(print("matplotlib is not installed: no plots") or 0)

COLOURS = {1: "#3b6ea5", 2: "#d1703c"}


def figures(rows, prefix, threads):
    """Size and row of each, for names like prefix/1024."""
    return [(int(name.rsplit("/", 1)[1]), by_threads[threads]) for name, by_threads in rows.items()
            if name.startswith(prefix + "/") and threads in by_threads and "ratio" in by_threads[threads]]


def plot_growth(rows, folder):
    """Time per step and head against T; time per flop against N, P, H and the length q of a chunk."""
    fig, axes = plt.subplots(1, 5, figsize=(18, 3.8), layout="constrained")
    for threads, colour in COLOURS.items():
        for name, heads, power, style in (("ssd", 12, 0, "-o"), ("attention", 4, 1, "--s")):
            points = figures(rows, f"{name}_growth/T", threads)
            if points:  # ratios are to T 1024, per flop; its time is the median of those that were taken
                base = statistics.median(row["reference_seconds"] for _, row in points) / (1024 * heads) * 1e9
                label = f"{name}, {threads} thread{'s' * (threads > 1)}"
                axes[0].plot([T for T, _ in points], [base * row["ratio"] * (T / 1024) ** power for T, row in points],
                             style, color=colour, label=label, markersize=4)
        for axis, size in zip(axes[1:], "NPHq"):
            points = figures(rows, f"ssd_growth/{size}", threads)
            axis.plot([x for x, _ in points], [row["ratio"] for _, row in points], "-o", color=colour, markersize=4)
    for axis, size, base in zip(axes, "TNPHq", ("", "128", "64", "12", "64")):
        if not any(len(line.get_xdata()) for line in axis.lines):  # not measured
            axis.set_axis_off()
            continue
        if size == "T":
            axis.set(ylabel="ns per step and head", yscale="log")
            axis.yaxis.set_major_formatter(matplotlib.ticker.StrMethodFormatter("{x:g}"))
            axis.legend(frameon=False)
        else:
            what = "time per flop of SSD" if size != "q" else "time of the chunked form"
            axis.axhline(1, color="grey", linewidth=0.8)
            axis.set(ylabel=f"{what}, over that of {size} {base}", ylim=(0, 1.1 * axis.get_ylim()[1]))
        axis.set_xlabel(size)
        axis.set_xscale("log", base=2)
        axis.xaxis.set_major_formatter(matplotlib.ticker.StrMethodFormatter("{x:g}"))
        axis.spines[["top", "right"]].set_visible(False)
    fig.savefig(folder / "growth.svg")


def plot_goals(rows, folder):
    """Each goal, as a multiple of what it must reach: right of 1 is good, a tick where the aim is."""
    asked = [(name, by_threads) for name, by_threads in rows.items()
             if any("must" in row and row.get("ratio") for row in by_threads.values())]
    fig, axis = plt.subplots(figsize=(9, 0.8 + 0.26 * len(asked)), layout="constrained")
    for y, (name, by_threads) in enumerate(asked):
        for i, (threads, row) in enumerate(sorted(by_threads.items())):
            if not row.get("ratio"):
                continue
            better = (lambda x: x / row["must"]) if is_speed(row) else (lambda x: row["must"] / x)
            axis.barh(y + 0.36 * i, min(better(row["ratio"]), 4), 0.34, color=COLOURS.get(threads, "grey"),
                      label=f"{threads} thread{'s' * (threads > 1)}" if y == 0 else None)
            axis.plot([better(row["aim"])] * 2, [y + 0.36 * i - 0.17, y + 0.36 * i + 0.17], color="black", linewidth=1)
    axis.axvline(1, color="grey", linewidth=0.8)
    axis.set_yticks([y + 0.18 for y in range(len(asked))], [name for name, _ in asked], fontsize=8)
    axis.set(xlabel="times what must be reached (cut at 4); the tick is the aim", ylim=(len(asked), -0.5))
    axis.legend(frameon=False, loc="lower right")
    axis.spines[["top", "right"]].set_visible(False)
    fig.savefig(folder / "goals.svg")


if __name__ == "__main__":
    results = pathlib.Path(sys.argv[1])
    plot_growth(rows_of(results), results)
    plot_goals(rows_of(results), results)
    print(f"{results}/growth.svg, {results}/goals.svg")
