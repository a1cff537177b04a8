"""Pooling: one number for each window of the image, its largest or its mean.

Read next: `nn/flatten.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from glassgrad import ops
from glassgrad.arguments import positive
from glassgrad.nn.module import Module, Samples
from glassgrad.nn.settings import Pair
from glassgrad.validate import validated


@validated
class MaxPool2d(Module):
    r"""$y = \max$ over each window; of equal values the first one gets the gradient.

    x : (N, C, H, W)   y : (N, C, H', W')   with $H' = \lfloor (H + 2p - d(h-1) - 1) / s \rfloor + 1$.
    The stride s is the window's size unless given; `ceil_mode` rounds up.

    Args:
        kernel_size: height and width of the window, or one number for both.
        padding: on each side; what is padded never wins.
        dilation: distance between the elements of a window.
        stride: distance between windows; the size of the window by default.
    """

    def __init__(
        self,
        kernel_size: Pair,
        stride: Pair | None = None,
        padding: Pair = 0,
        dilation: Pair = 1,
        ceil_mode: bool = False,
    ) -> None:
        positive(kernel_size=kernel_size, dilation=dilation)
        positive(stride=kernel_size if stride is None else stride)
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding
        self.dilation, self.ceil_mode = dilation, ceil_mode

    def forward(self, x: Any) -> Any:
        return ops.max_pool2d(
            x,
            self.kernel_size,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            ceil_mode=self.ceil_mode,
        )

    @classmethod
    def samples(cls, rng: np.random.Generator) -> Samples:
        yield cls(2), rng.normal(size=(2, 3, 6, 4))
        yield cls((3, 2), stride=(2, 1), padding=1, ceil_mode=True), rng.normal(size=(1, 2, 6, 5))
        yield cls(2, stride=1, dilation=2), rng.normal(size=(1, 2, 5, 5))


@validated
class AvgPool2d(Module):
    r"""$y =$ mean of each window.       x : (N, C, H, W)   y : (N, C, H', W')

    The stride is the window's size unless given.  `count_include_pad`: the zeros of the padding count.

    Args:
        kernel_size: height and width of the window, or one number for both.
        ceil_mode: whether windows that stand out at the end count.
        stride: distance between windows; the size of the window by default.
        padding: zeros on each side.
    """

    def __init__(
        self,
        kernel_size: Pair,
        stride: Pair | None = None,
        padding: Pair = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        positive(kernel_size=kernel_size)
        positive(stride=kernel_size if stride is None else stride)
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

    def forward(self, x: Any) -> Any:
        return ops.avg_pool2d(
            x,
            self.kernel_size,
            stride=self.stride,
            padding=self.padding,
            ceil_mode=self.ceil_mode,
            count_include_pad=self.count_include_pad,
        )

    @classmethod
    def samples(cls, rng: np.random.Generator) -> Samples:
        yield cls(2), rng.normal(size=(2, 3, 6, 4))
        yield cls((3, 2), stride=(2, 1), padding=1), rng.normal(size=(1, 2, 6, 5))
        yield (
            cls(3, padding=1, ceil_mode=True, count_include_pad=False),
            rng.normal(size=(1, 2, 6, 5)),
        )
