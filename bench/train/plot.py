#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The transxssm authors
# SPDX-License-Identifier: MIT
"""Plots of what training found, as SVG, from JSON lines (an object a line; files of several runs are read together).

    bench/train/plot.py loss     out.svg run.jsonl ...     {"step": 10, "loss": 2.1}, some with "validation_loss": 2.2 (both in nats)
    bench/train/plot.py depth    out.svg cells.jsonl ...   {"model": "llama3", "length": 512, "depth": 0.5, "accuracy": 0.9}
    bench/train/plot.py pairs    out.svg cells.jsonl ...   {"model": "llama3", "length": 512, "pairs": 8, "accuracy": 0.9}
    bench/train/plot.py position out.svg points.jsonl ...  {"model": "llama3", "rotary": "YaRN", "position": 512, "perplexity": 3.1}

    --trained-length 512      marked in `depth`, `pairs` and `position`
    --reference 1.66,5-gram   a line at this height in `loss`, in bits; any number of them
    --title text

A line's "model" names the curve of `loss` (without it: the name of the file), and the panel of the others. Several cells or
points of one place (of several seeds) are averaged, and of `loss` the step that was written last counts, so that a run that
was resumed is drawn once.
"""
import argparse
import collections
import functools
import json
import math
import pathlib
import statistics
import sys

try:
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt
    import matplotlib.ticker
except ImportError:
    sys.exit(print("matplotlib is not installed: no plots") or 0)

COLOURS = ["#3b6ea5", "#d1703c", "#4c8c5a", "#8a5a9e", "#b5a02f", "#5f6b73", "#c05070"]


def rows_of(paths):
    """All objects of all files, each with a "model"."""
    for path in map(pathlib.Path, paths):
        for i, line in enumerate(path.read_text().splitlines(), 1):
            if not line.strip():
                continue
            try:
                yield {"model": path.stem} | json.loads(line)
            except ValueError as e:
                sys.exit(f"{path}, line {i}: {e}")


def grouped(rows, *names):
    """Lists of rows by the values of these, in the order in which they came."""
    groups = collections.defaultdict(list)
    for row in rows:
        groups[tuple(row.get(name) for name in names)].append(row)
    return groups


def panels(count, width, height, title):
    fig, axes = plt.subplots(1, count, figsize=(width * count + 0.6, height), layout="constrained", squeeze=False, sharey=True)
    fig.suptitle(title)
    for axis in axes[0]:
        axis.spines[["top", "right"]].set_visible(False)
    return fig, axes[0]


def smoothed(values, span):
    """A running mean that knows how few values it has seen at first."""
    mean, weight = 0, 0
    for x in values:
        mean, weight = mean + (x - mean) / min(span, weight + 1), weight + 1
        yield mean


def plot_loss(rows, how):
    """Bits per token against the step: each batch faintly, their running mean, and the validation's as points."""
    fig, (axis,) = panels(1, 7, 4.2, how.title)
    for colour, ((model,), run) in zip(COLOURS * 9, grouped(rows, "model").items()):
        for field, style in (("loss", "-"), ("validation_loss", "o-")):
            points = sorted({row["step"]: row[field] / math.log(2) for row in run if row.get(field) is not None}.items())
            if not points:
                continue
            steps, bits = zip(*points)
            if field == "loss":
                axis.plot(steps, bits, color=colour, linewidth=0.5, alpha=0.25)
                axis.plot(steps, list(smoothed(bits, max(1, len(bits) // 50))), color=colour, linewidth=1, alpha=0.7,
                          label=None if any("validation_loss" in row for row in run) else model)
            else:
                axis.plot(steps, bits, style, color=colour, linewidth=1.6, markersize=3.5, label=f"{model}, validation")
    for height, name in how.reference:
        axis.axhline(height, color="grey", linewidth=0.9, linestyle="--")
        axis.annotate(name, (0.01, height), xycoords=("axes fraction", "data"), xytext=(0, 3), textcoords="offset points",
                      color="grey", fontsize=8)
    axis.set(xlabel="step", ylabel="bits per token")
    if how.cut is not None:
        axis.set_ylim(top=how.cut)
    axis.legend(frameon=False)
    return fig


def plot_depth(rows, how, depth="depth"):
    """Accuracy at each length and depth, or number of pairs; a panel for each model."""
    models = grouped(rows, "model")
    lengths, depths = (sorted({row[x] for row in rows}) for x in ("length", depth))
    fig, axes = panels(len(models), 0.55 + 0.42 * len(lengths), 1.6 + 0.32 * len(depths), how.title)
    for axis, ((model,), cells) in zip(axes, models.items()):
        by_place = grouped(cells, depth, "length")
        mean = lambda place: statistics.mean(row["accuracy"] for row in by_place[place]) if place in by_place else math.nan
        grid = [[mean((d, T)) for T in lengths] for d in depths]
        image = axis.imshow(grid, cmap="viridis", vmin=0, vmax=1, aspect="auto")
        for y, line in enumerate(grid):
            for x, a in enumerate(line):
                if not math.isnan(a):
                    axis.text(x, y, f"{100 * a:.0f}", ha="center", va="center", fontsize=7,
                              color="black" if a > 0.6 else "white")
        if how.trained_length:
            axis.axvline(sum(T <= how.trained_length for T in lengths) - 0.5, color="black", linewidth=1.4)
        axis.set_xticks(range(len(lengths)), [f"{T:g}" for T in lengths], rotation=60 if len(lengths) > 4 else 0)
        axis.set_yticks(range(len(depths)), [f"{100 * d:.0f} %" if depth == "depth" else f"{d:g}" for d in depths])
        axis.set(xlabel="length", title=model)
        axis.spines[:].set_visible(False)
    axes[0].set_ylabel("depth of the needle" if depth == "depth" else depth)
    fig.colorbar(image, ax=list(axes), label="accuracy", fraction=0.05)
    if how.trained_length:
        fig.supxlabel(f"right of the line: longer than trained ({how.trained_length})", fontsize=8, color="grey")
    return fig


def plot_position(rows, how):
    """Perplexity against the position, a panel for each model and a line for each rotary scaling."""
    models, scalings = grouped(rows, "model"), [x for x, in grouped(rows, "rotary")]
    fig, axes = panels(len(models), 4.4, 3.8, how.title)
    for axis, ((model,), points) in zip(axes, models.items()):
        for (rotary,), line in grouped(points, "rotary").items():
            at = sorted((place[0], statistics.mean(row["perplexity"] for row in here))
                        for place, here in grouped(line, "position").items())
            i = scalings.index(rotary)
            axis.plot(*zip(*at), ("-", "--", "-.", ":")[i % 4], color=COLOURS[i % len(COLOURS)], linewidth=1.8, label=rotary)
        if how.trained_length:
            axis.axvline(how.trained_length, color="black", linewidth=0.9)
            axis.annotate("trained length", (how.trained_length, 0.98), xycoords=("data", "axes fraction"), xytext=(4, 0),
                          textcoords="offset points", va="top", fontsize=8)
        axis.set(xlabel="position", title=model, yscale="log", xlim=(0, None))
        axis.yaxis.set_major_formatter(matplotlib.ticker.StrMethodFormatter("{x:g}"))
        axis.yaxis.set_minor_formatter(matplotlib.ticker.LogFormatter(labelOnlyBase=False, minor_thresholds=(2, 0.7)))
        axis.grid(axis="y", which="both", linewidth=0.4, alpha=0.5)
    axes[0].set_ylabel("perplexity per token")
    if scalings != [None]:
        axes[0].legend(frameon=False)
    return fig


def reference(text):
    height, _, name = text.partition(",")
    return float(height), name or height


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("kind", choices=("loss", "depth", "pairs", "position"))
    options.add_argument("out")
    options.add_argument("files", nargs="+")
    options.add_argument("--trained-length", type=int, default=0)
    options.add_argument("--reference", type=reference, action="append", default=[])
    options.add_argument("--cut", type=float, help="bits above which `loss` is cut off")
    options.add_argument("--title", default="")
    given = options.parse_args()
    matplotlib.rcParams |= {"svg.hashsalt": "transxssm", "font.size": 9}  # the same bytes from the same numbers
    found = list(rows_of(given.files))
    if not found:
        sys.exit("nothing to plot in " + ", ".join(given.files))
    plots = {"loss": plot_loss, "depth": plot_depth, "pairs": functools.partial(plot_depth, depth="pairs"), "position": plot_position}
    drawn = plots[given.kind](found, given)
    drawn.savefig(given.out, metadata={"Date": None})
    print(given.out)
