"""Max-pooling: the largest element of each window.

It picks one element per window; its rule scatters the cotangent to that element, and the rule of the
scatter gathers from there again, so derivatives of any order exist.  Read next: `average_pool.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from glassgrad.ops.base import Array
from glassgrad.ops.shared.refusals import entrance
from glassgrad.ops.shared.windows import Pair, Pooling, both, cropped, inside, under


@dataclass(frozen=True, kw_only=True)
class _MaxPooling(Pooling):
    """Max-pooling and its derivatives: which element of a window is the one."""

    dilation: Pair = (1, 1)

    def _first_maximum(self, x: Array) -> Array:
        """The place in its window of each maximum, in reading order: ties to the first, NaN wins."""
        windows = self._windows(x)
        x = self._padded(x, _lowest(x))
        first = np.zeros((*x.shape[:2], *windows), np.int32)
        best = np.full(first.shape, _lowest(x), x.dtype)
        for i, place in self._places(windows):
            value = x[place]
            better = ~(value <= best) & (best == best)  # greater, or the first NaN
            np.copyto(best, value, where=better)
            np.copyto(first, i, where=better)
        return first

    def _is_argmax(self, ix, x, window, place):
        """1 where the maximum of a window of x lies at a place, else 0."""
        return ix.is_argmax(x, window, place, dict(self._maxima(np.asarray(ix.named(x).value))))

    def _maxima(self, x: Array) -> Any:
        """(index of the window, index of its first maximum), one by one: for the witnesses."""
        for n, c, *at in np.ndindex(*x.shape[:2], *self._windows(x)):
            window = inside(self, x.shape[2:], (at[0], at[1]))
            values = [x[n, c, r, s] for r, s in window]
            yield (n, c, *at), (n, c, *window[int(np.argmax(values))])


def _lowest(x: Array) -> Any:
    """What loses against every element: -∞, or the smallest integer."""
    return -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min


@dataclass(frozen=True, kw_only=True)
class MaxPool2d(_MaxPooling):
    r"""The largest element of each window, $y_{ncij} = \max_{u,v} x_{n,c,\,si+du-p,\,sj+dv-p}$.

    x : (N, C, H, W)      y : (N, C, (H + 2p - d(kH - 1) - 1)//s + 1, …)

    The padding never wins; of equal elements the first gets the gradient, as in PyTorch; NaN wins.
    """

    selects = True
    latex, onnx = r"\mathrm{{maxpool}}\left({0}\right)", "MaxPool"
    source = "Ranzato et al. 2007, CVPR"

    def forward(self, x):
        windows = self._windows(x)
        x = self._padded(x, _lowest(x))
        y = np.full((*x.shape[:2], *windows), _lowest(x), x.dtype)
        for _, place in self._places(windows):
            np.maximum(y, x[place], out=y)
        return y

    def fast(self, out, x):
        size = self._windows(x)
        from glassgrad.kernels.pool import max_pool

        return max_pool(x, size, self.kernel, self.stride, self.padding, self.dilation, out=out)

    def vjp(self, g, _y, x):
        return MaxPool2dScatter(**vars(self))(g, x)

    def index_form(self, ix, at, x):
        n, c, i, j = at
        ranges, (u, v) = ix.letters(*self.kernel)
        places = (n, c, *under(self, (i, j), (u, v)))
        return ix.max(ranges, ix.element_or_zero(x, places, outside=-np.inf))

    def witness(self, x):
        y = np.zeros((*x.shape[:2], *self._windows(x)))
        for window, winner in self._maxima(x):
            y[window] = x[winner]
        return y

    @classmethod
    def samples(cls, rng):
        yield cls(kernel=(2, 2), stride=(2, 2)), _distinct(rng, (2, 2, 4, 4))
        yield cls(kernel=(2, 3), stride=(1, 2), padding=(1, 1)), _distinct(rng, (1, 2, 4, 5))
        yield cls(kernel=(2, 2), stride=(2, 2), ceil_mode=True), _distinct(rng, (1, 2, 5, 3))
        yield cls(kernel=(3, 3), stride=(2, 2), ceil_mode=True), _distinct(rng, (1, 2, 2, 4))
        yield cls(kernel=(2, 2), stride=(1, 1), dilation=(2, 1)), _distinct(rng, (1, 1, 4, 3))
        yield cls(kernel=(2, 2), stride=(2, 2)), np.zeros((0, 2, 4, 4))

    @classmethod
    def errors(cls):
        op = cls(kernel=(3, 3), stride=(3, 3))
        yield lambda: op(np.ones((1, 2, 2, 5))), "the window does not fit into the height 2"
        yield lambda: op(np.ones((2, 5, 5))), "x[None] adds the batch axis"
        yield (
            lambda: cls(kernel=(3, 3), stride=(0, 1)),
            "expects stride as an integer of at least 1",
        )
        yield lambda: cls(kernel=(2, 2), stride=(2, 2), padding=(2, 0)), "at most half the kernel"


@entrance
def max_pool2d(
    x: Any,
    kernel: int | Pair,
    stride: int | Pair | None = None,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
    ceil_mode: bool = False,
) -> Any:
    """The largest element of each window; windows lie side by side by default; see `MaxPool2d`.

    Args:
        x: (N, C, H, W).
        kernel: height and width of the window, or one number for both.
        stride: distance between windows; the size of the window by default.
        padding: on each side; what is padded never wins.
        dilation: distance between the elements of a window.
        ceil_mode: whether windows that stand out at the end count.

    >>> max_pool2d(np.arange(16.0).reshape(1, 1, 4, 4), 2)[0, 0]
    array([[ 5.,  7.],
           [13., 15.]])
    """
    step = both(kernel if stride is None else stride)
    return MaxPool2d(
        kernel=both(kernel),
        stride=step,
        padding=both(padding),
        dilation=both(dilation),
        ceil_mode=ceil_mode,
    )(x)


@dataclass(frozen=True, kw_only=True)
class MaxPool2dScatter(_MaxPooling):
    r"""Each g goes to where its window of x has its maximum: the derivative of max-pooling.

    g : (N, C, …), the shape of the pooling's output     x, y : (N, C, H, W)
    """

    latex, source = r"\mathrm{{scatter}}_{{\max {1}}}\left({0}\right)", "Ranzato et al. 2007, CVPR"

    gate = 1

    @np.errstate(all="ignore")
    def forward(self, g, x):
        self._require("g", g, (*x.shape[:2], *self._windows(x)))
        first, y = self._first_maximum(x), self._blank(g)
        for i, place in self._places(g.shape[2:]):
            y[place] += np.where(first == i, g, 0)
        return np.ascontiguousarray(cropped(self, y, x.shape[2:]))

    def fast(self, out, g, x, gated=False):
        self._require("g", g, (*x.shape[:2], *self._windows(x)))
        from glassgrad.kernels.pool import max_pool_input

        return max_pool_input(
            g, x, self.kernel, self.stride, self.padding, self.dilation, gated=gated, out=out
        )

    def vjp(self, c, _y, _g, x):
        return lambda: MaxPool2dGather(**vars(self))(c, x), None

    def index_form(self, ix, at, g, x):
        ranges, (i, j) = ix.letters(*g.shape[2:])
        window = (*at[:2], i, j)
        return ix.sum(ranges, ix.product(ix.element(g, window), self._is_argmax(ix, x, window, at)))

    def witness(self, g, x):
        y = np.zeros(x.shape)
        for window, winner in self._maxima(x):
            y[winner] += g[window]
        return y

    @classmethod
    def samples(cls, rng):
        for op, x in MaxPool2d.samples(rng):
            yield cls(**vars(op)), rng.normal(size=op(x).shape), x

    @classmethod
    def errors(cls):
        op, x = cls(kernel=(2, 2), stride=(2, 2)), np.ones((1, 1, 4, 4))
        yield lambda: op(x, x), "expects g of shape (1, 1, 2, 2), got (1, 1, 4, 4)"


@dataclass(frozen=True, kw_only=True)
class MaxPool2dGather(_MaxPooling):
    r"""The elements of c at the places where the windows of x have their maxima.

    c, x : (N, C, H, W)      y : (N, C, …), the shape of the pooling's output
    """

    latex, source = r"{0}_{{\arg\max {1}}}", "Ranzato et al. 2007, CVPR"

    def forward(self, c, x):
        self._require("c", c, x.shape)
        first, c = self._first_maximum(x), self._padded(c)
        y = np.zeros(first.shape, c.dtype)
        for i, place in self._places(first.shape[2:]):
            np.copyto(y, c[place], where=first == i)
        return y

    def vjp(self, g, _y, _c, x):
        return lambda: MaxPool2dScatter(**vars(self))(g, x), None

    def index_form(self, ix, at, c, x):
        ranges, (h, b) = ix.letters(*x.shape[2:])
        place = (*at[:2], h, b)
        return ix.sum(ranges, ix.product(ix.element(c, place), self._is_argmax(ix, x, at, place)))

    def witness(self, c, x):
        y = np.zeros((*x.shape[:2], *self._windows(x)))
        for window, winner in self._maxima(x):
            y[window] = c[winner]
        return y

    @classmethod
    def samples(cls, rng):
        for op, x in MaxPool2d.samples(rng):
            yield cls(**vars(op)), rng.normal(size=x.shape), x

    @classmethod
    def errors(cls):
        op, x = cls(kernel=(2, 2), stride=(2, 2)), np.ones((1, 1, 4, 4))
        yield lambda: op(x[..., 1:], x), "expects c of shape (1, 1, 4, 4), got (1, 1, 4, 3)"


def _distinct(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Numbers 0.1 apart in random order: differences never cross a kink of the maximum.  Most are
    negative, so that a padding with zeros would win."""
    n = int(np.prod(shape))
    return rng.permutation(np.arange(n) - 0.8 * n).reshape(shape) / 10
