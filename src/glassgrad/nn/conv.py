"""The convolutional layer: one small set of weights, used at every place of the image.

Read next: `nn/pool.py`.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from glassgrad import ops
from glassgrad.arguments import positive
from glassgrad.errors import SettingError
from glassgrad.nn.init import Init, Rng, scheme
from glassgrad.nn.module import Module, Parameter, Samples
from glassgrad.nn.settings import Pair
from glassgrad.ops.shared.windows import both
from glassgrad.validate import validated


@validated(
    but=(
        "padding",
        "in_channels",
        "out_channels",
        "kernel_size",
        "stride",
        "dilation",
        "groups",
    )
)
class Conv2d(Module):
    r"""$y_{nkij} = b_k + \sum_{cuv} w_{kcuv}\, x_{n,c,\,si+du-p,\,sj+dv-p}$.

    Here s is the stride, d the dilation, p the padding.
    x : (N, C, H, W)   weight : (K, C / groups, h, w)   bias : (K,)   y : (N, K, H', W')
    with $H' = \lfloor (H + 2p - d(h-1) - 1) / s \rfloor + 1$, and W' likewise.

    `padding="same"` keeps H and W (stride 1 only, an odd reach of the kernel).  Like every deep-learning
    library this computes a correlation; a convolution in the sense of mathematics flips the kernel.
    Raises SettingError for groups that do not divide both channel numbers.

    Args:
        in_channels: C.
        out_channels: K.
        kernel_size: height and width of the kernel, or one number for both.
        padding: zeros on each side, or "same".
        init: name of a scheme in `nn.init.SCHEMES`, or a scheme of your own.
        rng: where the weights are drawn from: a generator or a seed.
        stride: s, the distance between windows.
        dilation: d, the distance between elements of the kernel.
        groups: into how many the channels are divided.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Pair,
        stride: Pair = 1,
        padding: Pair | Literal["same"] = 0,
        dilation: Pair = 1,
        groups: int = 1,
        bias: bool = True,
        *,
        init: Init = "pytorch",
        rng: Rng = None,
    ) -> None:
        positive(in_channels=in_channels, out_channels=out_channels, kernel_size=kernel_size)
        positive(stride=stride, dilation=dilation, groups=groups)
        if in_channels % groups or out_channels % groups:
            raise SettingError(
                f"groups must divide in_channels and out_channels, got groups={groups} for "
                f"{in_channels} and {out_channels}."
            )
        self.in_channels, self.out_channels, self.kernel_size = (
            in_channels,
            out_channels,
            kernel_size,
        )
        self.stride, self.padding, self.dilation = stride, padding, dilation
        self.groups = groups
        self._margin = _margin(kernel_size, stride, padding, dilation)
        shape = (out_channels, in_channels // groups, *both(kernel_size))
        rng = np.random.default_rng(rng)
        self.weight = Parameter(scheme(init).weight(shape, rng), "w")
        self.bias = Parameter(scheme(init).bias(shape, rng), "b") if bias else None

    def forward(self, x: Any) -> Any:
        return ops.conv2d(
            x,
            self.weight,
            self.bias,
            stride=self.stride,
            padding=self._margin,
            dilation=self.dilation,
            groups=self.groups,
        )

    @classmethod
    def samples(cls, rng: np.random.Generator) -> Samples:
        x = rng.normal(size=(2, 2, 5, 4))
        yield cls(2, 3, 3, rng=rng), x
        yield cls(2, 4, (3, 1), stride=(2, 1), padding=(2, 0), groups=2, bias=False, rng=rng), x
        yield cls(2, 1, 3, padding="same", dilation=(2, 1), init="he_normal", rng=rng), x


def _margin(
    kernel_size: Pair, stride: Pair, padding: Pair | Literal["same"], dilation: Pair
) -> tuple[int, int]:
    """The zeros to put on each side: (above and below, left and right)."""
    if not isinstance(padding, str):
        if min(both(padding)) < 0:
            raise SettingError(f"padding must be 0 or more, or 'same', got {padding!r}.")
        return both(padding)
    (h, w), (dh, dw) = both(kernel_size), both(dilation)
    if padding != "same":
        raise SettingError(f"padding must be a number, a pair or 'same', got {padding!r}.")
    if both(stride) != (1, 1):
        raise SettingError(f"padding='same' keeps H and W, so stride must be 1, got {stride!r}.")
    if dh * (h - 1) % 2 or dw * (w - 1) % 2:
        raise SettingError(
            f"padding='same' needs as many zeros on the left as on the right, so an odd kernel_size, "
            f"got {kernel_size!r}: take an odd one, or pad x with ops.pad first."
        )
    return dh * (h - 1) // 2, dw * (w - 1) // 2
