"""The pictures of `docs/kernels.md`: the register tile, and the roofline with measured kernels on it.

    python benchmarks/pictures.py            writes docs/images/tile.svg and docs/images/roofline.svg

The roofline is measured where it is drawn, on one thread: the flat roof by multiply-adds that read no
memory, the slope by copying what no cache holds.  A kernel's intensity is its arithmetic over what it must
read and write at least.  On a transparent ground, in colours that are seen on white and on black.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from machine import describe, peak_flops
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from glassgrad import kernels
from glassgrad.kernels import conv, gemm, pool
from glassgrad.kernels.arrays import channels_last, empty
from glassgrad.kernels.launch import Program

INK, BLUE, ORANGE, GREEN = "#808080", "#3b8bd4", "#e0803a", "#3fa66a"
PLACES = (  # colour of a kernel, where its name stands
    *((BLUE, (9, -36), "left"), (BLUE, (9, -4), "left")),
    *((ORANGE, (-9, -16), "left"), (ORANGE, (0, 10), "center"), (GREEN, (10, -4), "left")),
)
IMAGES = Path(__file__).parent.parent / "docs" / "images"


def best(call: Any, turns: int = 30) -> float:
    """The least time of a call."""
    times = []
    for _ in range(turns):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def points(rng: np.random.Generator) -> list[tuple[str, float, float]]:
    """Kernels: name, arithmetic per byte, arithmetic per second."""

    def filled(*shape: int) -> Any:
        a = channels_last(shape) if len(shape) == 4 else empty(shape)
        a[...] = rng.standard_normal(shape)
        return a

    def point(name: str, flop: float, arrays: Any, function: Any, *args: Any, **how: Any) -> Any:
        with Program() as program:
            function(*args, **how)
        return name, flop / sum(a.nbytes for a in arrays), flop / best(program.run)

    found = []
    for m, k, n in ((128, 784, 500), (128, 500, 10)):
        a, b, c = filled(m, k), filled(k, n), empty((m, n))
        name = f"{m} × {k} × {n} product"
        found.append(point(name, 2 * m * k * n, (a, b, c), gemm.matmul, a, b, c))
    for n, c, k, size, h in ((16, 1, 16, 5, 28), (32, 16, 16, 3, 8)):
        x, w, y = filled(n, c, h, h), filled(k, c, size, size), channels_last((n, k, h, h))
        pad = (size // 2, size // 2)
        name = f"convolution {c} → {k}, {size} × {size}" + " (Winograd)" * (c > 1)
        flop = 2 * n * h * h * c * k * size * size
        found.append(point(name, flop, (x, w, y), conv.conv2d, x, w, padding=pad, out=y))
    x, y = filled(32, 16, 32, 32), channels_last((32, 16, 16, 16))
    halves = ((2, 2), (2, 2))
    found.append(
        point("max-pool 2 × 2", x.size, (x, y), pool.max_pool, x, (16, 16), *halves, out=y)
    )
    return found


def roofline() -> Figure:
    """Measured kernels under the two roofs of this machine."""
    peak = peak_flops(1)
    a, b = np.zeros((2, 1 << 26), np.float32)
    bandwidth = 2 * a.nbytes / best(lambda: np.copyto(b, a), 8)
    figure = Figure((7, 4.2), layout="constrained")
    axes = figure.subplots()
    x = np.geomspace(0.1, 1500, 200)
    axes.loglog(x, np.minimum(peak, x * bandwidth) / 1e9, color=INK, lw=2)
    axes.text(85, peak / 1e9 * 1.12, f"arithmetic: {peak / 1e9:.0f} GFLOP/s", color=INK)
    label = f"memory: {bandwidth / 1e9:.0f} GB/s"
    axes.annotate(
        label, (0.75, 0.5 * bandwidth / 1e9), color=INK, rotation=38, rotation_mode="anchor"
    )
    for place, (name, intensity, rate) in zip(
        PLACES, points(np.random.default_rng(0)), strict=True
    ):
        colour, offset, align = place
        axes.plot(intensity, rate / 1e9, "o", color=colour, ms=8)
        at, units = (intensity, rate / 1e9), "offset points"
        axes.annotate(name, at, offset, textcoords=units, ha=align, color=colour)
    axes.set(xlabel="arithmetic per byte of memory that must move", ylabel="GFLOP/s, one thread")
    axes.set(xlim=(0.08, 1500), ylim=(2, 3.5 * peak / 1e9))
    return figure


def box(axes: Any, x: float, y: float, w: float, h: float, colour: str, text: str = "") -> None:
    """A rectangle with a word in it."""
    axes.add_patch(Rectangle((x, y), w, h, facecolor=colour + "40", edgecolor=colour, lw=1.2))
    axes.text(x + w / 2, y + h / 2, text, ha="center", va="center", color=INK, size=9)


def tile() -> Figure:
    """C = A B: the tile that stays in registers, the column of A and the row of B that pass by."""
    figure = Figure((7, 4.2), layout="constrained")
    axes = figure.subplots()
    for j in range(2):
        box(axes, 3 + 4 * j, 9.2, 4, 0.8, ORANGE, f"B[k, {16 * j} : {16 * j + 16}]")
    for i in range(8):
        box(axes, 1.4, 7.8 - i, 0.8, 0.8, BLUE, "a")
        axes.text(1.2, 8.2 - i, f"A[{i}, k]", ha="right", va="center", color=INK, size=9)
        for j in range(2):
            box(axes, 3 + 4 * j, 7.8 - i, 4, 0.8, GREEN, f"t[{i}, {16 * j} : {16 * j + 16}]")
    arrow = {"arrowstyle": "->", "color": INK}
    axes.annotate("", (2.95, 4.6), (2.25, 4.6), arrowprops=arrow)
    axes.annotate("", (7, 8.65), (7, 9.15), arrowprops=arrow)
    notes = [
        (9.6, "2 registers, read once for each k", ORANGE),
        (6.2, "16 registers that stay\nwhere they are for all k", GREEN),
        (
            2.6,
            "each a is spread over 16 lanes;\nthen t += a b, one instruction\nfor each register",
            BLUE,
        ),
    ]
    for y, text, colour in notes:
        axes.text(11.4, y, text, color=colour, va="center", size=9)
    axes.set(xlim=(-0.6, 17), ylim=(0.5, 10.3))
    axes.axis("off")
    return figure


def main() -> None:
    """Write both."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--folder", type=Path, default=IMAGES)
    options = parser.parse_args()
    kernels.threads(1)
    style = {"svg.fonttype": "none", "svg.hashsalt": "glassgrad", "font.family": "sans-serif"}
    inked = ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color")
    style |= dict.fromkeys(inked, INK)
    with mpl.rc_context(style):
        for name, draw in (("tile", tile), ("roofline", roofline)):
            draw().savefig(
                options.folder / f"{name}.svg", transparent=True, metadata={"Date": None}
            )
    print(describe(1, False))


if __name__ == "__main__":
    main()
