"""Normalisation: each channel of a batch, or each sample, brought to mean 0 and variance 1.

The two differ only in the axes over which mean and variance are taken.  Both are fused: the definition
is what one reads, the rule is what is left of it on paper after everything has been put together.
The layer's running means are in `running.py`.  Read next: `norm_gradients.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassgrad.errors import ShapeError
from glassgrad.ops.norm_gradients import Axes, BatchNormInput, BatchNormSums, Normalisation
from glassgrad.ops.reduce import sum, sum_to
from glassgrad.ops.shape import reshape
from glassgrad.ops.shared.precision import rounded_once
from glassgrad.ops.shared.refusals import entrance


@dataclass(frozen=True)
class BatchNorm(Normalisation):
    r"""Batch normalisation, $y = w\,\frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}} + b$, per channel.

    x, y : (N, C) or (N, C, H, W)   w, b : (C,)      mean and variance over all axes but C

    The variance divides by the number of values n, not n - 1, as in the paper and in PyTorch.
    """

    latex = r"{1}\,\frac{{{0} - \mu}}{{\sqrt{{\sigma^2 + {eps}}}}} + {2}"
    source = "Ioffe & Szegedy 2015, arXiv:1502.03167, Algorithm 1"

    @rounded_once
    def forward(self, x, w, b):
        axes, shape = self._layout(x, w, b)
        d = x - x.mean(axes, keepdims=True)
        scale = w.reshape(shape) / np.sqrt((d * d).mean(axes, keepdims=True) + self.eps)
        return d * scale + b.reshape(shape)

    def fast(self, out, x, w, b):
        self._layout(x, w, b)
        from glassgrad.kernels import norm

        x = norm.laid(x)
        if x is None or not (out is None or norm.takes(out)):
            return None
        return norm.normalise(x, norm.moments(x), w, b, self.eps, out)

    def definition(self, x, w, b):
        axes, shape = self._layout(x, w, b)
        return self._standard(x, axes)[0] * reshape(w, shape) + reshape(b, shape)

    def vjp(self, g, _y, x, w, _b):
        axes, shape = self._layout(x, w, _b)
        z, rate = self._standard(x, axes)
        return (
            lambda: self._pulled_back(g * reshape(w, shape), z, rate, axes),
            lambda: sum(g * z, axes),
            lambda: sum(g, axes),
        )

    def fast_vjp(self, g, _y, x, w, _b):
        sums = BatchNormSums(self.eps)(g, x)
        return lambda: BatchNormInput(self.eps)(g, x, w, sums), sums[1], sums[0]

    def _layout(self, x: Any, w: Any, b: Any) -> tuple[Axes, Axes]:
        """The axes that are averaged over, and the shape in which w lies along the others."""
        channels = x.shape[1:2]
        if x.ndim < 2 or w.shape != channels or b.shape != channels:
            raise ShapeError(
                f"BatchNorm expects x of shape (N, C, ...) and w, b of shape (C,), got {x.shape}, "
                f"{w.shape} and {b.shape}: make w and b of shape {channels or '(C,)'}."
            )
        if x.size < 2 * x.shape[1] or not x.size:
            raise ShapeError(
                f"BatchNorm expects more than one value per channel, got x of shape {x.shape}: the "
                "variance needs at least 2. Use a larger batch, or model.eval()."
            )
        return (0, *range(2, x.ndim)), (1, x.shape[1], *[1] * (x.ndim - 2))

    def witness(self, x, w, b):
        y = np.moveaxis(np.zeros(x.shape), 1, 0)
        for c, channel in enumerate(np.moveaxis(x, 1, 0)):
            y[c] = (self._by_fsum(channel.ravel()) * w[c] + b[c]).reshape(channel.shape)
        return np.moveaxis(y, 0, 1)

    @classmethod
    def samples(cls, rng):
        for x in [(5, 3), (2, 3, 2, 2)]:
            yield cls(), rng.normal(size=x), rng.normal(size=3), rng.normal(size=3)
        yield cls(eps=0.1), rng.normal(2, 3, size=(4, 2)), rng.normal(size=2), rng.normal(size=2)

    @classmethod
    def errors(cls):
        w = np.ones(3)
        yield lambda: cls()(np.ones((4, 2)), w, w), "make w and b of shape (2,)"
        yield lambda: cls()(np.ones((1, 3)), w, w), "expects more than one value per channel"
        yield lambda: cls()(np.ones((0, 3)), w, w), "Use a larger batch"
        yield lambda: cls(eps=-1.0), "expects eps of at least 0, got -1.0"


@entrance
def batch_norm(x: Any, w: Any, b: Any, eps: float = 1e-5) -> Any:
    """Batch normalisation with the statistics of this batch, as in training; see `BatchNorm`.

    Args:
        x: (N, C) or (N, C, H, W).
        w: (C,), the scale; 1 by default.
        b: (C,), the shift; 0 by default.
        eps: added to the variance.
    """
    return BatchNorm(eps)(x, w, b)


@dataclass(frozen=True)
class LayerNorm(Normalisation):
    r"""Layer normalisation, $y = w\,\frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}} + b$, per sample.

    x, y : (..., *S)   w, b : S      mean and variance over the last axes, those that w has
    """

    latex = r"{1}\,\frac{{{0} - \mu}}{{\sqrt{{\sigma^2 + {eps}}}}} + {2}"
    source = "Ba, Kiros & Hinton 2016, arXiv:1607.06450, eq. 4"

    @rounded_once
    def forward(self, x, w, b):
        axes = self._axes(x, w, b)
        d = x - x.mean(axes, keepdims=True)
        return d / np.sqrt((d * d).mean(axes, keepdims=True) + self.eps) * w + b

    def definition(self, x, w, b):
        return self._standard(x, self._axes(x, w, b))[0] * w + b

    def vjp(self, g, _y, x, w, _b):
        axes = self._axes(x, w, _b)
        z, rate = self._standard(x, axes)
        return (
            lambda: self._pulled_back(g * w, z, rate, axes),
            lambda: sum_to(g * z, w.shape),
            lambda: sum_to(g, w.shape),
        )

    def _axes(self, x: Any, w: Any, b: Any) -> Axes:
        first = x.ndim - w.ndim
        if first < 0 or not w.size or x.shape[first:] != w.shape or b.shape != w.shape:
            raise ShapeError(
                f"LayerNorm expects w and b of the shape of x's last axes, got x of shape {x.shape}, "
                f"w of {w.shape} and b of {b.shape}: make both of shape {x.shape[-1:] or '(D,)'}."
            )
        return tuple(range(first, x.ndim))

    def witness(self, x, w, b):
        rows = x.reshape(math.prod(x.shape[: x.ndim - w.ndim]), w.size)
        y = [self._by_fsum(row) * w.ravel() + b.ravel() for row in rows]
        return np.array(y).reshape(x.shape)

    @classmethod
    def samples(cls, rng):
        for x, w in [((3, 4), (4,)), ((2, 2, 3), (2, 3)), ((5,), (5,)), ((0, 4), (4,))]:
            yield cls(), rng.normal(size=x), rng.normal(size=w), rng.normal(size=w)
        yield cls(eps=0.1), rng.normal(2, 3, size=(2, 4)), rng.normal(size=4), rng.normal(size=4)

    @classmethod
    def errors(cls):
        yield lambda: cls()(np.ones((2, 3)), np.ones(4), np.ones(4)), "make both of shape (3,)"
        yield lambda: cls(eps=float("nan")), "expects eps of at least 0, got nan"


@entrance
def layer_norm(x: Any, w: Any, b: Any, eps: float = 1e-5) -> Any:
    """Layer normalisation over the axes that `w` has; see `LayerNorm`.

    Args:
        x: (N, …, D).
        b: (D,), the shift; 0 by default.
        eps: added to the variance.
    """
    return LayerNorm(eps)(x, w, b)
