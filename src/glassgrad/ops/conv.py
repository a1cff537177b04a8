"""Convolution of images, its input gradient and its weight gradient.

All three are linear in each of their two inputs, and each is the derivative of the others: so each rule
names its two siblings, and derivatives of any order exist.  As in PyTorch the kernel is not flipped
(cross-correlation).  How they become matrix products: `shared/columns.py`.  Read next: `max_pool.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from glassgrad.ops.base import Array
from glassgrad.ops.reduce import sum
from glassgrad.ops.shape import reshape
from glassgrad.ops.shared.checks import require_bias
from glassgrad.ops.shared.columns import Convolution
from glassgrad.ops.shared.refusals import entrance
from glassgrad.ops.shared.windows import Pair, both, cropped, output_size, require_images


@dataclass(frozen=True, kw_only=True)
class Conv2d(Convolution):
    r"""Convolution of images with kernels, without a bias (`BiasedConv2d` adds one).

    $y_{nkij} = \sum_{c,u,v} x_{n,c,\,si+du-p,\,sj+dv-p}\; w_{kcuv}$, for stride s, dilation d, padding p.

    x : (N, C, H, W)   w : (K, C/groups, kH, kW)   y : (N, K, (H + 2p - d(kH - 1) - 1)//s + 1, …)
    """

    latex, onnx, source = r"{0} \star {1}", "Conv", "Goodfellow et al. 2016, Deep Learning, eq. 9.6"

    def forward(self, x, w):
        return self._convolve(x, w)

    def fast(self, out, x, w):
        self._windows(x, w)
        if not w.flags.c_contiguous:
            return None
        from glassgrad.kernels.conv import conv2d

        return conv2d(x, w, **self.settings, out=out)

    def vjp(self, g, _y, x, w):
        return (
            lambda: Conv2dInput(x.shape[2:], **self.settings)(g, w),
            lambda: Conv2dWeight(w.shape[2:], **self.settings)(x, g),
        )

    def index_form(self, ix, at, x, w):
        ranges, (c, u, v) = ix.letters(*w.shape[1:])
        pixel = ix.element_or_zero(x, self._pixel(ix, c, at, w.shape[1::-1], u, v), axes=(2, 3))
        return ix.sum(ranges, ix.product(pixel, ix.element(w, (at[1], c, u, v))))

    def witness(self, x, w):
        windows = output_size(self, x.shape[2:], w.shape[2:])
        y = np.zeros((len(x), len(w), *windows))
        for at, of_x, of_w in self._terms(x.shape, w.shape, windows):
            y[at] += x[of_x] * w[of_w]
        return y

    @classmethod
    def samples(cls, rng):
        n = rng.normal
        yield cls(), n(size=(2, 2, 4, 3)), n(size=(3, 2, 3, 2))
        yield cls(stride=(2, 1), padding=(1, 0)), n(size=(1, 1, 4, 4)), n(size=(2, 1, 3, 2))
        yield cls(dilation=(1, 2), padding=(0, 2)), n(size=(2, 1, 3, 4)), n(size=(2, 1, 2, 2))
        yield cls(groups=2, stride=(2, 2)), n(size=(1, 4, 4, 3)), n(size=(4, 2, 2, 2))
        yield cls(), n(size=(0, 2, 4, 3)), n(size=(3, 2, 3, 2))

    @classmethod
    def errors(cls):
        image, kernels = np.ones((1, 3, 5, 5)), np.ones((4, 3, 7, 3))
        yield lambda: cls()(image, np.ones((4, 2, 3, 3))), "expects x with 2 channels"
        yield lambda: cls()(image, kernels), "(5 + 2·0 - 1·(7 - 1) - 1) // 1 + 1 = -1"
        yield lambda: cls()(np.ones((3, 5, 5)), kernels), "x[None] adds the batch axis"
        yield lambda: cls(groups=3)(image, kernels), "K a multiple of groups=3, got (4, 3, 7, 3)"
        yield lambda: cls(stride=(0, 1)), "expects stride as an integer of at least 1"
        yield lambda: cls(groups=0), "groups must be an integer of at least 1, got 0"


@dataclass(frozen=True, kw_only=True)
class BiasedConv2d(Convolution):
    r"""Convolution plus one number per output channel, $y = x \star w + b$, in one pass.

    x : (N, C, H, W)   w : (K, C/groups, kH, kW)   b : (K,)   y : (N, K, …) as for `Conv2d`
    """

    latex, onnx = r"{0} \star {1} + {2}", "Conv"
    source = "Goodfellow et al. 2016, Deep Learning, §9.5"

    epilogues = ("relu",)

    @np.errstate(all="ignore")
    def forward(self, x, w, b):
        require_bias(self, b, len(w))
        y = self._convolve(x, w, b)
        y += b.reshape(-1, 1, 1)
        return y

    def fast(self, out, x, w, b, then=""):
        self._windows(x, w)
        require_bias(self, b, len(w))
        if not w.flags.c_contiguous:
            return None
        from glassgrad.kernels.conv import conv2d

        return conv2d(x, w, b, **self.settings, relu=then == "relu", out=out)

    def definition(self, x, w, b):
        return Conv2d(**self.settings)(x, w) + reshape(b, (b.shape[0], 1, 1))

    def vjp(self, g, _y, x, w, _b):
        return *Conv2d(**self.settings).vjp(g, None, x, w), lambda: sum(g, (0, 2, 3))

    def witness(self, x, w, b):
        return Conv2d(**self.settings).witness(x, w) + b[:, None, None]

    @classmethod
    def samples(cls, rng):
        for op, x, w in Conv2d.samples(rng):
            yield cls(**op.settings), x, w, rng.normal(size=len(w))

    @classmethod
    def errors(cls):
        x, w = np.ones((1, 3, 5, 5)), np.ones((4, 3, 3, 3))
        yield (
            lambda: cls()(x, w, np.ones(3)),
            "expects b of shape (4,), one number per row of w, got (3,)",
        )


@entrance
def conv2d(
    x: Any,
    w: Any,
    b: Any = None,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
    groups: int = 1,
) -> Any:
    """Convolution of images as in PyTorch, the bias `b` may be left out; see `Conv2d`.

    Args:
        x, w: (N, C, H, W) and (K, C / groups, h, w).
        stride, padding: distance between windows, and zeros on each side; one number or (height, width).
        dilation, groups: distance between elements of the kernel; parts of the channels, each by itself.

    >>> conv2d(np.ones((1, 1, 2, 2)), np.ones((1, 1, 2, 2)), padding=1)[0, 0]
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]])
    """
    op = Conv2d(stride=both(stride), padding=both(padding), dilation=both(dilation), groups=groups)
    return op(x, w) if b is None else BiasedConv2d(**op.settings)(x, w, b)


@dataclass(frozen=True, kw_only=True)
class Conv2dInput(Convolution):
    r"""The input gradient of a convolution: each output sends its cotangent back through the kernel.

    $y_{n,c,\,si+du-p,\,sj+dv-p} = \sum g_{nkij}\, w_{kcuv}$, also called transposed convolution.

    g : (N, K, …), the shape of the convolution's output   w : (K, C/groups, kH, kW)   y : (N, C, *size)
    """

    size: Pair = field(kw_only=False)

    latex, onnx, source = r"{0} \star^\top {1}", "", "Dumoulin & Visin 2016, §4"

    @np.errstate(all="ignore")
    def forward(self, g, w):
        windows, kernel, matrix = self._windows_of(g, w), w.shape[2:], self._matrix(w)
        channels = w.shape[1] * self.groups
        y = np.empty((len(g), channels, *self.size), np.result_type(g, w))
        for part in self._chunks(len(g), channels * math.prod((*kernel, *windows))):
            columns = matrix.swapaxes(1, 2) @ self._by_channel(g[part])
            columns = columns.reshape(channels, -1, len(g[part]), *windows)
            y[part] = cropped(self, self._overlaid(columns, kernel, windows), self.size)
        return y

    def fast(self, out, g, w):
        self._windows_of(g, w)
        if not w.flags.c_contiguous:
            return None
        from glassgrad.kernels.conv import conv2d_input

        return conv2d_input(g, w, self.size, **self.settings, out=out)

    def _windows_of(self, g: Array, w: Array) -> Pair:
        self._require_kernels(w)
        windows = output_size(self, self.size, w.shape[2:])
        self._require_output(g, (len(g), len(w), *windows))
        return windows

    def vjp(self, c, _y, g, w):
        return (
            lambda: Conv2d(**self.settings)(c, w),
            lambda: Conv2dWeight(w.shape[2:], **self.settings)(c, g),
        )

    def index_form(self, ix, at, g, w):
        n, c, h, b = at
        ranges, (k, i, j) = ix.letters(*g.shape[1:])
        grad = ix.element(g, (n, k, i, j))
        if self.groups == 1 and self.dilation == (1, 1):
            u = h + self.padding[0] - i * self.stride[0]
            v = b + self.padding[1] - j * self.stride[1]
            return ix.sum(
                ranges, ix.product(grad, ix.element_or_zero(w, (k, c, u, v), axes=(2, 3)))
            )
        more, (e, u, v) = ix.letters(*w.shape[1:])
        _, channel, row, column = self._pixel(ix, e, (n, k, i, j), w.shape[1::-1], u, v)
        meet = ix.equal((c, channel), (h, row), (b, column))
        return ix.sum(ranges + more, ix.product(meet, grad, ix.element(w, (k, e, u, v))))

    def witness(self, g, w):
        y = np.zeros((len(g), w.shape[1] * self.groups, *self.size))
        for at, of_x, of_w in self._terms(y.shape, w.shape, g.shape[2:]):
            y[of_x] += g[at] * w[of_w]
        return y

    @classmethod
    def samples(cls, rng):
        for op, x, w in Conv2d.samples(rng):
            yield cls(x.shape[2:], **op.settings), rng.normal(size=op(x, w).shape), w

    @classmethod
    def errors(cls):
        g, w = np.ones((1, 4, 3, 3)), np.ones((4, 2, 3, 3))
        yield lambda: cls((9, 9))(g, w), "output, (1, 4, 7, 7), got (1, 4, 3, 3)"


@dataclass(frozen=True, kw_only=True)
class Conv2dWeight(Convolution):
    r"""The weight gradient of a convolution: every place where the kernel lay adds its part.

    $y_{kcuv} = \sum_{n,i,j} x_{n,c,\,si+du-p,\,sj+dv-p}\; g_{nkij}$

    x : (N, C, H, W)   g : (N, K, …), the shape of the output   y : (K, C/groups, *kernel)
    """

    kernel: Pair = field(kw_only=False)

    latex, onnx, source = r"{0} \star {1}", "", "Dumoulin & Visin 2016, §4"

    @np.errstate(all="ignore")
    def forward(self, x, g):
        windows = self._windows_of(x, g)
        shape = (g.shape[1], x.shape[1] // self.groups, *self.kernel)
        y = self._matrix(np.zeros(shape, np.result_type(x, g)))
        for part in self._chunks(len(x), x.shape[1] * math.prod((*self.kernel, *windows))):
            columns = self._columns(x[part], self.kernel, windows)
            y += self._by_channel(g[part]) @ columns.swapaxes(1, 2)
        return y.reshape(shape)

    def fast(self, out, x, g):
        self._windows_of(x, g)
        from glassgrad.kernels.conv import conv2d_weight

        return conv2d_weight(x, g, self.kernel, **self.settings, out=out)

    def _windows_of(self, x: Array, g: Array) -> Pair:
        require_images(self, "x", x)
        windows = output_size(self, x.shape[2:], self.kernel)
        self._require_output(g, (len(x), *g.shape[1:2], *windows))
        return windows

    def vjp(self, c, _y, x, g):
        return (
            lambda: Conv2dInput(x.shape[2:], **self.settings)(g, c),
            lambda: Conv2d(**self.settings)(x, c),
        )

    def index_form(self, ix, at, x, g):
        k, c, u, v = at
        ranges, (n, i, j) = ix.letters(g.shape[0], *g.shape[2:])
        kernel = (x.shape[1] // self.groups, g.shape[1])
        pixel = ix.element_or_zero(x, self._pixel(ix, c, (n, k, i, j), kernel, u, v), axes=(2, 3))
        return ix.sum(ranges, ix.product(ix.element(g, (n, k, i, j)), pixel))

    def witness(self, x, g):
        y = np.zeros((g.shape[1], x.shape[1] // self.groups, *self.kernel))
        for at, of_x, of_w in self._terms(x.shape, y.shape, g.shape[2:]):
            y[of_w] += x[of_x] * g[at]
        return y

    @classmethod
    def samples(cls, rng):
        for op, x, w in Conv2d.samples(rng):
            yield cls(w.shape[2:], **op.settings), x, rng.normal(size=op(x, w).shape)

    @classmethod
    def errors(cls):
        x, g = np.ones((1, 2, 5, 5)), np.ones((1, 4, 2, 2))
        yield lambda: cls((3, 3))(x, g), "output, (1, 4, 3, 3), got (1, 4, 2, 2)"
