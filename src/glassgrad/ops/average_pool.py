"""Average pooling: the mean of each window.

It is linear, so its rule is its adjoint, whose rule is the pooling again.  Read next: `norm.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from glassgrad.ops.base import Array
from glassgrad.ops.shared.refusals import entrance
from glassgrad.ops.shared.windows import (
    Pair,
    Pooling,
    both,
    cropped,
    inside,
    output_size,
    span,
    under,
)


@dataclass(frozen=True, kw_only=True)
class _AveragePooling(Pooling):
    """Average pooling and its adjoint: what each mean divides by."""

    count_include_pad: bool = True

    dilation: ClassVar[Pair] = (1, 1)

    def _counts(self, size: Pair, windows: Pair, dtype: Any) -> Array:
        """Elements in each window: with the padding around the image or without, as asked for."""
        lengths = []
        for n, w, k, s, p in zip(
            size, windows, self.kernel, self.stride, self.padding, strict=True
        ):
            margin, start = (p if self.count_include_pad else 0), np.arange(w) * s - p
            lengths.append(np.minimum(start + k, n + margin) - np.maximum(start, -margin))
        return np.outer(*lengths).astype(dtype)

    def _share(self, ix, size, windows):
        """One over the size of a window; windows that count differently at the rim have no one formula."""
        room = [n + 2 * p for n, p in zip(size, self.padding, strict=True)]
        if any(r > n for r, n in zip(span(self, self.kernel, windows), room, strict=True)):
            ix.refuse()
        if not self.count_include_pad and self.padding != (0, 0):
            ix.refuse()
        return 1 / (self.kernel[0] * self.kernel[1])


@dataclass(frozen=True, kw_only=True)
class AvgPool2d(_AveragePooling):
    r"""The mean of each window, $y_{ncij} = \frac{1}{n}\sum_{u,v} x_{n,c,\,si+u-p,\,sj+v-p}$.

    x : (N, C, H, W)      y : (N, C, (H + 2p - kH)//s + 1, …)

    Zeros of the padding count unless `count_include_pad` is False, as in PyTorch.
    """

    moves = True
    latex, onnx = r"\mathrm{{avgpool}}\left({0}\right)", "AveragePool"
    source = "LeCun et al. 1998, Gradient-based learning applied to document recognition, §II.B"

    @np.errstate(all="ignore")
    def forward(self, x):
        windows, size = self._windows(x), x.shape[2:]
        x = self._padded(x)
        y = np.zeros((*x.shape[:2], *windows), x.dtype)
        for _, place in self._places(windows):
            y += x[place]
        return y / self._counts(size, windows, y.dtype)

    def fast(self, out, x):
        size = self._windows(x)
        if self.ceil_mode:
            return None
        from glassgrad.kernels.pool import average_pool

        settings = (self.kernel, self.stride, self.padding, self.count_include_pad)
        return average_pool(x, size, *settings, out=out)

    def vjp(self, g, _y, x):
        return AvgPool2dInput(x.shape[2:], **vars(self))(g)

    def index_form(self, ix, at, x):
        n, c, i, j = at
        share = self._share(
            ix, x.shape[2:], output_size(self, x.shape[2:], self.kernel, self.ceil_mode)
        )
        ranges, (u, v) = ix.letters(*self.kernel)
        places = (n, c, *under(self, (i, j), (u, v)))
        return ix.product(share, ix.sum(ranges, ix.element_or_zero(x, places, axes=(2, 3))))

    def witness(self, x):
        y = np.zeros((*x.shape[:2], *self._windows(x)))
        for n, c, *at in np.ndindex(y.shape):
            margin = self.padding if self.count_include_pad else (0, 0)
            count = len(inside(self, x.shape[2:], (at[0], at[1]), margin))
            values = [x[n, c, r, s] for r, s in inside(self, x.shape[2:], (at[0], at[1]))]
            y[(n, c, *at)] = np.sum(values) / count
        return y

    @classmethod
    def samples(cls, rng):
        pooling, n = cls(kernel=(2, 2), stride=(2, 2)), rng.normal
        yield pooling, n(size=(2, 2, 4, 5))
        yield cls(kernel=(3, 2), stride=(2, 1), padding=(1, 1)), n(size=(1, 2, 4, 3))
        rim: Any = {"stride": (2, 2), "padding": (1, 1), "ceil_mode": True}
        yield cls(kernel=(3, 3), count_include_pad=False, **rim), n(size=(1, 1, 4, 4))
        yield cls(kernel=(3, 3), **rim), n(size=(1, 1, 4, 4))
        yield pooling, np.zeros((0, 2, 4, 4))

    @classmethod
    def errors(cls):
        op = cls(kernel=(3, 3), stride=(3, 3))
        yield lambda: op(np.ones((1, 2, 2, 5))), "the window does not fit into the height 2"
        yield (
            lambda: cls(kernel=(3, 3), stride=(1, -1)),
            "expects stride as an integer of at least 1",
        )


@entrance
def avg_pool2d(
    x: Any,
    kernel: int | Pair,
    stride: int | Pair | None = None,
    padding: int | Pair = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:
    """The mean of each window; windows lie side by side by default; see `AvgPool2d`.

    Args:
        x: (N, C, H, W).
        kernel: height and width of the window, or one number for both.
        stride: distance between windows; the size of the window by default.
        padding: zeros on each side.
        ceil_mode: whether windows that stand out at the end count.
        count_include_pad: whether padded zeros count in the mean.

    >>> avg_pool2d(np.arange(16.0).reshape(1, 1, 4, 4), 2)[0, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """
    step = both(kernel if stride is None else stride)
    return AvgPool2d(
        kernel=both(kernel),
        stride=step,
        padding=both(padding),
        ceil_mode=ceil_mode,
        count_include_pad=count_include_pad,
    )(x)


@dataclass(frozen=True, kw_only=True)
class AvgPool2dInput(_AveragePooling):
    r"""Each cotangent shared equally over its window: the adjoint of average pooling.

    g : (N, C, …), the shape of the pooling's output      y : (N, C, *size)
    """

    size: Pair = field(kw_only=False)

    moves = True
    latex, source = r"\mathrm{{avgpool}}^\top\left({0}\right)", "Goodfellow et al. 2016, §9.5"

    @np.errstate(all="ignore")
    def forward(self, g):
        windows = output_size(self, self.size, self.kernel, self.ceil_mode)
        self._require("g", g, (*g.shape[:2], *windows))
        share, y = g / self._counts(self.size, windows, g.dtype), self._blank(g)
        for _, place in self._places(windows):
            y[place] += share
        return np.ascontiguousarray(cropped(self, y, self.size))

    def fast(self, out, g):
        windows = output_size(self, self.size, self.kernel, self.ceil_mode)
        self._require("g", g, (*g.shape[:2], *windows))
        if self.ceil_mode:
            return None
        from glassgrad.kernels.pool import average_pool_input

        settings = (self.kernel, self.stride, self.padding, self.count_include_pad)
        return average_pool_input(g, self.size, *settings, out=out)

    def vjp(self, c, _y, _g):
        return AvgPool2d(**{name: v for name, v in vars(self).items() if name != "size"})(c)

    def index_form(self, ix, at, g):
        n, c, h, b = at
        share = self._share(ix, self.size, g.shape[2:])
        ranges, (i, j) = ix.letters(*g.shape[2:])
        u = h + self.padding[0] - i * self.stride[0]
        v = b + self.padding[1] - j * self.stride[1]
        covered = ix.product(ix.element(g, (n, c, i, j)), ix.inside((u, v), self.kernel))
        return ix.product(share, ix.sum(ranges, covered))

    def witness(self, g):
        y = np.zeros((*g.shape[:2], *self.size))
        for n, c, *at in np.ndindex(g.shape):
            margin = self.padding if self.count_include_pad else (0, 0)
            count = len(inside(self, self.size, (at[0], at[1]), margin))
            for r, s in inside(self, self.size, (at[0], at[1])):
                y[n, c, r, s] += g[(n, c, *at)] / count
        return y

    @classmethod
    def samples(cls, rng):
        for op, x in AvgPool2d.samples(rng):
            yield cls(x.shape[2:], **vars(op)), rng.normal(size=op(x).shape)

    @classmethod
    def errors(cls):
        op = cls((4, 4), kernel=(2, 2), stride=(2, 2))
        yield lambda: op(np.ones((1, 1, 4, 4))), "expects g of shape (1, 1, 2, 2)"
