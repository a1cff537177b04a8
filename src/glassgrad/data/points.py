"""Points in the plane, drawn from a formula: the sets that show what a network can and cannot do.

Each function draws `n` points with labels 0, 1, … in turn (so every beginning is balanced) and then
displaces them by normal noise; the label is decided before.  The same seed gives the same points.
Licence: none needed, nothing is stored.  Source: in each docstring.  Read next: `csv.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glassgrad.data.base import Dataset, Rng
from glassgrad.data.pointset import point_set
from glassgrad.errors import SettingError

_Points = NDArray[np.float64]
_PLAYGROUND = "TensorFlow Playground (Smilkov & Carter 2016)"


@point_set(source=_PLAYGROUND)
def circle(n: int = 500, noise: float = 0.0, rng: Rng = None) -> Dataset:
    r"""Disc in a ring.  $y = [\,\|x\| < 3\,]$, radii 3.5 … 5 (class 0) and 0 … 2.5 (class 1).

    x : (n, 2)        y : (n,)        Source: the circle of TensorFlow Playground.

    >>> circle(100, noise=0.5, rng=0)
    Dataset(circle: 100 examples of shape (2,), 2 classes)
    """
    rng, y = start(n, noise, rng, 2)
    radius = np.where(y == 1, rng.uniform(0, 2.5, n), rng.uniform(3.5, 5, n))
    return finish(
        "circle", _polar(radius, rng.uniform(0, 2 * np.pi, n)), y, noise, rng, ("ring", "disc")
    )


@point_set(source=_PLAYGROUND)
def xor(n: int = 500, noise: float = 0.0, rng: Rng = None) -> Dataset:
    r"""Four squares.  $y = [\,x_1 x_2 > 0\,]$ for $0.3 < |x_i| < 5$.

    x : (n, 2)        y : (n,)        Source: the exclusive or of TensorFlow Playground.
    """
    rng, y = start(n, noise, rng, 2)
    size, sign = rng.uniform(0.3, 5, (n, 2)), rng.choice([-1.0, 1.0], n)
    x = size * np.stack([sign, np.where(y == 1, sign, -sign)], axis=1)
    return finish("xor", x, y, noise, rng, ("signs differ", "same sign"))


@point_set(source=_PLAYGROUND)
def gauss(n: int = 500, noise: float = 0.0, rng: Rng = None) -> Dataset:
    r"""Two clouds.  $x \sim \mathcal N(\pm(2, 2),\, 1)$, minus for class 0.

    x : (n, 2)        y : (n,)        Source: the two Gaussians of TensorFlow Playground.
    """
    rng, y = start(n, noise, rng, 2)
    x = rng.normal(size=(n, 2)) + np.where(y == 1, 2.0, -2.0)[:, None]
    return finish("gauss", x, y, noise, rng, ("lower left", "upper right"))


@point_set(source=_PLAYGROUND)
def spiral(n: int = 500, noise: float = 0.0, rng: Rng = None, classes: int = 2) -> Dataset:
    r"""Arms of a spiral.  $x = 5u\,(\sin\varphi, \cos\varphi)$ with $\varphi = 3.5\pi u + 2\pi y/K$.

    u is uniform in 0 … 1; the arms begin together in the middle and turn 1¾ times.

    x : (n, 2)        y : (n,), 0 … classes - 1        Source: the spiral of TensorFlow Playground.
    """
    rng, y = start(n, noise, rng, classes)
    u = rng.uniform(0, 1, n)
    angle = 3.5 * np.pi * u + 2 * np.pi * y / classes
    x = (5 * u)[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    return finish("spiral", x, y, noise, rng, _numbered("arm", classes))


@point_set(source="scikit-learn's make_moons")
def moons(n: int = 500, noise: float = 0.1, rng: Rng = None) -> Dataset:
    r"""Two half circles, each in the other's hollow.  $(\cos t, \sin t)$ and $(1-\cos t, \frac12-\sin t)$.

    No line separates them, with or without noise; at noise = 0.3 the best line is right for about 85 %.

    x : (n, 2)        y : (n,)        Source: scikit-learn's make_moons.
    """
    rng, y = start(n, noise, rng, 2)
    t = rng.uniform(0, np.pi, n)
    upper = _polar(np.ones(n), t)
    x = np.where((y == 0)[:, None], upper, [1.0, 0.5] - upper)
    return finish("moons", x, y, noise, rng, ("upper", "lower"))


@point_set(source="Deep Learning Assignment 1, 2023", train=60_000, test=10_000)
def quadratic(n: int = 500, noise: float = 0.0, rng: Rng = None) -> Dataset:
    r"""Outside or inside an ellipse.  $y = [\,x^\top Q x > 0.6\,]$, $Q = ((1, -0.05), (1, 0.4))$.

    The points are standard normal: 56 % of them are outside, in class 1.

    x : (n, 2)        y : (n,)        Source: Deep Learning Assignment 1 (2023), synthetic data.
    """
    rng, _ = start(n, noise, rng, 2)
    x = rng.normal(size=(n, 2))
    form = np.einsum("ni,ij,nj->n", x, np.array([[1.0, -0.05], [1.0, 0.4]]), x)
    return finish("quadratic", x, (form > 0.6).astype(np.int64), noise, rng, ("≤ 0.6", "> 0.6"))


@point_set(source="600.482/682 Homework 2, problem 2")
def separable(n: int = 500, noise: float = 0.0, rng: Rng = None, classes: int = 2) -> Dataset:
    r"""Discs that a linear classifier separates.  $\|x - u_y\| < 0.8\,\sin(\pi/K)$.

    The centres $u_0 \dots u_{K-1}$ lie on the unit circle, and $\arg\max_k u_k^\top x$ is right for every
    point: the margin is $0.2\,\sin(\pi/K)$.  Only noise can take it away.

    x : (n, 2)        y : (n,), 0 … classes - 1        Source: ours, for 600.482/682 Homework 2.
    """
    rng, y = start(n, noise, rng, classes)
    x = _discs(y, classes, rng)
    return finish("separable", x, y, noise, rng, _numbered("disc", classes))


@point_set(source="600.482/682 Homework 2, problem 2")
def inseparable(n: int = 500, noise: float = 0.0, rng: Rng = None, classes: int = 2) -> Dataset:
    r"""Discs with strays.  As `separable`, but one point of each class lies in the next one's disc.

    The strays are the first K points.  Each is the mean of the other points of the next class, so it lies
    in the convex hull of both: no linear classifier is right for all, whatever the seed.

    x : (n, 2)        y : (n,), 0 … classes - 1        Source: ours, for 600.482/682 Homework 2.
    """
    rng, y = start(n, noise, rng, classes)
    if n < 2 * classes:
        raise SettingError(
            f"inseparable expects n ≥ {2 * classes}, two points for each of {classes} classes, got {n}."
        )
    x = _discs(y, classes, rng) + rng.normal(size=(n, 2)) * noise
    rest = slice(classes, None)
    x[:classes] = [x[rest][y[rest] == (k + 1) % classes].mean(0) for k in range(classes)]
    return finish("inseparable", x, y, 0.0, rng, _numbered("disc", classes))


def start(
    n: int, noise: float, rng: Rng, classes: int
) -> tuple[np.random.Generator, NDArray[np.int64]]:
    """How every set begins: the generator, and the labels 0, 1, …, 0, 1, …

    Raises:
        SettingError: no points, noise below 0, or fewer than two classes.
    """
    if n < 1 or not noise >= 0 or classes < 2:
        raise SettingError(
            "a point set expects n ≥ 1, noise ≥ 0 and classes ≥ 2, "
            f"got n={n}, noise={noise}, classes={classes}: write e.g. circle(500, noise=0.1, rng=0)."
        )
    return np.random.default_rng(rng), np.arange(n, dtype=np.int64) % classes


def finish(
    name: str,
    x: _Points,
    y: NDArray[np.int64],
    noise: float,
    rng: np.random.Generator,
    classes: tuple[str, ...],
) -> Dataset:
    """How every set ends: the points are displaced, now that their labels are fixed."""
    x = x + rng.normal(size=x.shape) * noise
    return Dataset(x.astype(np.float32), y, classes, name)


def _polar(radius: _Points, angle: _Points) -> _Points:
    return radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _discs(y: NDArray[np.int64], classes: int, rng: np.random.Generator) -> _Points:
    """Uniform in discs about the K corners of a regular polygon, on the unit circle."""
    radius = 0.8 * np.sin(np.pi / classes) * np.sqrt(rng.uniform(0, 1, len(y)))
    centre = _polar(np.ones(len(y)), 2 * np.pi * y / classes)
    return centre + _polar(radius, rng.uniform(0, 2 * np.pi, len(y)))


def _numbered(what: str, classes: int) -> tuple[str, ...]:
    return tuple(f"{what} {k}" for k in range(classes))
