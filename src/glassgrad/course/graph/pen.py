"""Digits written by a program: strokes, bent and slanted by chance, drawn with a round pen.

Not handwriting: it stands in until a reader gives images of their own.  Read next: `templates.py`.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def _arc(
    x: float, y: float, rx: float, ry: float, start: float, end: float
) -> list[tuple[float, float]]:
    """Points of an ellipse from angle to angle, in degrees, 0 to the right and 90 up."""
    t = np.radians(np.linspace(start, end, 16))
    return list(zip(x + rx * np.cos(t), y - ry * np.sin(t), strict=True))


_STROKES: dict[int, list[list[tuple[float, float]]]] = {  # in a square of 0 … 1, y downwards
    0: [_arc(0.5, 0.5, 0.26, 0.4, 90, 450)],
    1: [[(0.35, 0.25), (0.55, 0.1), (0.53, 0.9)]],
    2: [[*_arc(0.5, 0.32, 0.25, 0.22, 160, -30), (0.22, 0.88), (0.8, 0.88)]],
    3: [[*_arc(0.46, 0.3, 0.24, 0.2, 140, -80), *_arc(0.46, 0.69, 0.28, 0.2, 80, -140)]],
    4: [[(0.6, 0.1), (0.2, 0.6), (0.82, 0.6)], [(0.63, 0.35), (0.6, 0.92)]],
    5: [[(0.75, 0.12), (0.35, 0.12), (0.31, 0.45), *_arc(0.48, 0.64, 0.27, 0.24, 110, -140)]],
    6: [[(0.66, 0.1), (0.4, 0.35), *_arc(0.5, 0.68, 0.22, 0.2, 150, 510)]],
    7: [[(0.22, 0.14), (0.78, 0.14), (0.42, 0.9)]],
    8: [[*_arc(0.5, 0.3, 0.2, 0.19, 270, -90), *_arc(0.5, 0.69, 0.25, 0.21, 90, 450)]],
    9: [[*_arc(0.5, 0.34, 0.22, 0.22, 0, 360), (0.7, 0.45), (0.58, 0.92)]],
}


def written(
    rng: np.random.Generator, each: int = 2, side: int = 84
) -> tuple[list[Floats], NDArray[np.int64]]:
    """So many images of each digit, black on white, and their labels."""
    labels = np.repeat(np.arange(10), each)
    return [_digit(int(k), rng, side) for k in labels], labels


def _digit(k: int, rng: np.random.Generator, side: int) -> Floats:
    slant, turn = rng.normal(0, 0.12), np.radians(rng.normal(0, 5))
    form = np.array([[np.cos(turn), np.sin(turn) - slant], [-np.sin(turn), np.cos(turn)]])
    form = form * rng.uniform(0.85, 1.1, 2)
    paper = np.full((side, side), np.inf)
    for stroke in _STROKES[k]:
        line = (np.array(stroke) - 0.5) @ form.T + 0.5
        line = line + np.cumsum(rng.normal(0, 0.008, line.shape), axis=0)
        for a, b in pairwise(line):
            paper = np.minimum(paper, _distance(side, a, b))
    width = rng.uniform(0.04, 0.06)
    return np.clip((paper - width) * side / 2, 0, 1)


def _distance(side: int, a: Floats, b: Floats) -> Floats:
    """Distance of every pixel from the piece of a line from a to b."""
    v, u = np.mgrid[:side, :side] / (side - 1) * 1.3 - 0.15
    p, d = np.stack([u - a[0], v - a[1]]), (b - a)[:, None, None]
    t = np.clip((p * d).sum(axis=0) / max(float((d**2).sum()), 1e-9), 0, 1)
    return np.sqrt(((p - t * d) ** 2).sum(axis=0))
