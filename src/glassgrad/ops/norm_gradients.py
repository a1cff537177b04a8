"""The gradients of batch normalisation as ops of their own, so that a training step has kernels for them.

`BatchNorm.vjp` says the same in small ops, for readers; here z = (x - μ)/σ is computed again from x, in the
same pass.  On top the arithmetic that all normalisations share.  Read next: `dropout.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassgrad.errors import SettingError, ShapeError
from glassgrad.ops.base import Array, Op
from glassgrad.ops.elementwise import sqrt
from glassgrad.ops.reduce import mean, sum
from glassgrad.ops.shape import concatenate, reshape
from glassgrad.ops.shared.precision import rounded_once

Axes = tuple[int, ...]


@dataclass(frozen=True)
class Normalisation(Op):
    """What normalisations share: the arithmetic, for given axes."""

    eps: float = 1e-5

    def __post_init__(self):
        if not self.eps >= 0:
            raise SettingError(
                f"{type(self).__name__} expects eps of at least 0, got {self.eps}: write eps=1e-5."
            )

    def _standard(self, x: Any, axes: Axes) -> tuple[Any, Any]:
        r"""$z = (x - \mu)/\sigma$ and $1/\sigma$, where $\sigma^2$ is the variance plus eps."""
        d = x - mean(x, axes, keepdims=True)
        rate = 1 / sqrt(mean(d * d, axes, keepdims=True) + self.eps)
        return d * rate, rate

    def _pulled_back(self, h: Any, z: Any, rate: Any, axes: Axes) -> Any:
        r"""$\bar x = (h - \mathrm{mean}(h) - z\,\mathrm{mean}(hz))/\sigma$ for the cotangent h of z.

        Shifting or stretching all of x changes nothing, so these two parts of h are taken out.
        """
        return rate * (h - mean(h, axes, True) - z * mean(h * z, axes, True))

    def _by_fsum(self, x: Array) -> Array:
        """One row of numbers, standardised without NumPy's sums: for the witnesses."""
        m = math.fsum(x) / len(x)
        variance = math.fsum((v - m) ** 2 for v in x) / len(x)
        return np.array([(v - m) / math.sqrt(variance + self.eps) for v in x])


@dataclass(frozen=True)
class _OfBatchNorm(Normalisation):
    """What both gradients share: the axes, and z by channel."""

    def _axes(self, g: Any, x: Any, *of_channels: tuple[Any, tuple[int, ...]]) -> tuple[int, ...]:
        """All axes but that of the channels; refuses shapes that do not belong together."""
        fits = x.ndim >= 2 and x.size and g.shape == x.shape
        if not fits or any(a.shape != shape for a, shape in of_channels):
            shapes = ", ".join(str(a.shape) for a, _ in of_channels)
            raise ShapeError(
                f"{type(self).__name__} expects g and x of one shape (N, C, ...) and what else there is "
                f"per channel, got {g.shape}, {x.shape}{', ' * bool(shapes)}{shapes}: pass what "
                "batch_norm was given."
            )
        return (0, *range(2, x.ndim))

    def _by_channel(self, x: Array) -> tuple[Array, Array]:
        """z as (C, n), and 1/σ of each channel, without NumPy's sums: for the witnesses."""
        rows = np.moveaxis(x, 1, 0).reshape(x.shape[1], -1)
        d = np.array([r - math.fsum(r) / len(r) for r in rows])
        rate = np.array([1 / math.sqrt(math.fsum(r * r) / len(r) + self.eps) for r in d])
        return d * rate[:, None], rate


@dataclass(frozen=True)
class BatchNormSums(_OfBatchNorm):
    r"""The gradients of b and of w in batch normalisation, $y_{0c} = \sum g$ and $y_{1c} = \sum g z$.

    g, x : (N, C) or (N, C, H, W)   y : (2, C)      $z = (x - \mu)/\sqrt{\sigma^2 + \varepsilon}$
    """

    latex = r"\left(\sum {0},\; \sum {0}\,z({1})\right)"
    source = "Ioffe & Szegedy 2015, arXiv:1502.03167, §3"

    @rounded_once
    def forward(self, g, x):
        axes = self._axes(g, x)
        z, _ = self._standard(x, axes)
        return np.stack([np.sum(g, axes), np.sum(g * z, axes)])

    def fast(self, out, g, x):
        self._axes(g, x)
        from glassgrad.kernels import norm

        g, x = norm.laid(g), norm.laid(x)
        return None if g is None or x is None else norm.sums(g, x, norm.moments(x), self.eps, out)

    def definition(self, g, x):
        axes = self._axes(g, x)
        z, _ = self._standard(x, axes)
        return concatenate([reshape(sum(a, axes), (1, -1)) for a in (g, g * z)])

    def vjp(self, h, y, g, x):
        axes = self._axes(g, x)
        shape = (1, -1, *[1] * (x.ndim - 2))
        z, _ = self._standard(x, axes)
        return (
            lambda: reshape(h[0], shape) + reshape(h[1], shape) * z,
            lambda: BatchNormInput(self.eps)(g, x, h[1], y),
        )

    def witness(self, g, x):
        z, _ = self._by_channel(x)
        rows = np.moveaxis(g, 1, 0).reshape(z.shape)
        return np.array([[math.fsum(r) for r in rows], [math.fsum(r) for r in rows * z]])

    @classmethod
    def samples(cls, rng):
        yield cls(), *rng.normal(size=(2, 5, 3))
        yield cls(eps=0.1), *rng.normal(size=(2, 2, 3, 2, 2))

    @classmethod
    def errors(cls):
        yield lambda: cls()(np.ones((4, 2)), np.ones((4, 3))), "expects g and x of one shape"
        yield lambda: cls()(np.ones((0, 2)), np.ones((0, 2))), "pass what batch_norm was given"


@dataclass(frozen=True)
class BatchNormInput(_OfBatchNorm):
    r"""The input gradient of batch norm, $y = \frac{w}{\sigma}\,(g - \frac{s_0}{n} - z\,\frac{s_1}{n})$.

    g, x, y : (N, C) or (N, C, H, W)   w : (C,)   s : (2, C), see `BatchNormSums`   n : values per channel

    Shifting or stretching all of x changes nothing, so these two parts of g are taken out.
    """

    latex = r"\frac{{{2}}}{{\sigma}}\left({0} - \frac{{{3}_0}}{{n}} - z({1})\,\frac{{{3}_1}}{{n}}\right)"
    source = "Ioffe & Szegedy 2015, arXiv:1502.03167, §3"

    @rounded_once
    def forward(self, g, x, w, s):
        return self._written(g, x, w, s)

    def fast(self, out, g, x, w, s):
        self._parts(g, x, w, s)
        from glassgrad.kernels import norm

        g, x = norm.laid(g), norm.laid(x)
        if g is None or x is None or not (out is None or norm.takes(out)):
            return None
        return norm.input_gradient(g, x, norm.moments(x), w, s, self.eps, out)

    def definition(self, g, x, w, s):
        return self._written(g, x, w, s)

    def _written(self, g: Any, x: Any, w: Any, s: Any) -> Any:
        axes, shape = self._parts(g, x, w, s)
        z, rate = self._standard(x, axes)
        return reshape(w, shape) * rate * self._rest(g, z, s)

    def _rest(self, g: Any, z: Any, s: Any) -> Any:
        r"""$g - s_0/n - z\,s_1/n$."""
        shape, n = (1, z.shape[1], *[1] * (z.ndim - 2)), z.size // z.shape[1]
        return g - reshape(s[0] / n, shape) - z * reshape(s[1] / n, shape)

    def _parts(self, g: Any, x: Any, w: Any, s: Any) -> tuple[Axes, Axes]:
        """The axes that are averaged over, and the shape in which w lies along the others."""
        channels = x.shape[1:2]
        axes = self._axes(g, x, (w, channels), (s, (2, *channels)))
        return axes, (1, *channels, *[1] * (x.ndim - 2))

    def vjp(self, h, _y, g, x, w, s):
        axes, shape = self._parts(g, x, w, s)
        z, rate = self._standard(x, axes)
        scale, n = reshape(w, shape) * rate, x.size // x.shape[1]

        def of_x():
            rest = self._rest(g, z, s)
            tilt = self._pulled_back(h, z, reshape(s[1] / n, shape), axes)
            return -(scale * rate) * (z * mean(h * rest, axes, True) + tilt)

        def of_s():
            sums = [reshape(sum(a, axes), (1, -1)) for a in (h, h * z)]
            return -reshape(scale, (-1,)) / n * concatenate(sums)

        return (
            lambda: h * scale,
            of_x,
            lambda: sum(h * rate * self._rest(g, z, s), axes),
            of_s,
        )

    def witness(self, g, x, w, s):
        z, rate = self._by_channel(x)
        n, g = z.shape[1], np.moveaxis(g, 1, 0).reshape(z.shape)
        y = [(w[c] * rate[c]) * (g[c] - s[0, c] / n - z[c] * s[1, c] / n) for c in range(len(w))]
        return np.moveaxis(np.reshape(y, np.moveaxis(x, 1, 0).shape), 0, 1)

    @classmethod
    def samples(cls, rng):
        for op, g, x in BatchNormSums.samples(rng):
            yield cls(op.eps), g, x, rng.normal(size=3), rng.normal(size=(2, 3))

    @classmethod
    def errors(cls):
        g, w = np.ones((4, 2)), np.ones(2)
        yield lambda: cls()(g, g, w, w), "got (4, 2), (4, 2), (2,), (2,)"
