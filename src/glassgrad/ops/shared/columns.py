"""A convolution as a matrix product: the windows are laid side by side as columns.

A few images at a time, so that the columns stay in the cache; one product per group of channels.  What
the ops of `ops/conv.py` share is here: settings, layout, and what they refuse.  Read next: `ops/conv.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassgrad.errors import SettingError, ShapeError
from glassgrad.ops.base import Array, Op
from glassgrad.ops.shared.windows import (
    Pair,
    check_pairs,
    output_size,
    padded,
    places,
    require_images,
    span,
    under,
)

_CHUNK = 1 << 18  # numbers in the columns at a time: about what a core's cache holds


@dataclass(frozen=True, kw_only=True)
class Convolution(Op):
    """What the ops of `ops/conv.py` share: the settings, and the layout of the matrix product."""

    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    dilation: Pair = (1, 1)
    groups: int = 1

    def __post_init__(self):
        check_pairs(self, stride=1, padding=0, dilation=1)
        if not isinstance(self.groups, int) or self.groups < 1:
            raise SettingError(
                f"groups must be an integer of at least 1, got {self.groups!r}: 1 joins all channels."
            )

    @property
    def settings(self) -> dict[str, Any]:
        """What the siblings have in common, as keyword arguments."""
        names = ("stride", "padding", "dilation", "groups")
        return {name: getattr(self, name) for name in names}

    def _chunks(self, images: int, numbers_per_image: int) -> Iterator[slice]:
        """Slices of the batch whose columns fit into the cache."""
        step = max(1, _CHUNK // max(1, numbers_per_image))
        return (slice(i, i + step) for i in range(0, images, step))

    def _pixel(self, ix, channel, at, kernel, u, v):
        """The places in x that window `at` and kernel place (u, v) meet at; its group comes first."""
        n, k, i, j = at
        channels, kernels = kernel
        if self.groups > 1:
            group = k if kernels == self.groups else ix.quotient(k, kernels // self.groups)
            channel = group * channels + channel
        return n, channel, *under(self, (i, j), (u, v))

    def _columns(self, x: Array, kernel: Pair, windows: Pair) -> Array:
        """(N, C, H, W) → (groups, C/groups · kH · kW, N · windows): one column per window."""
        x = padded(self, x, kernel, windows)
        columns = np.empty((x.shape[1], kernel[0] * kernel[1], x.shape[0], *windows), x.dtype)
        for i, place in enumerate(places(self, kernel, windows)):
            columns[:, i] = x[place].swapaxes(0, 1)
        return columns.reshape(self.groups, columns.shape[0] * columns.shape[1] // self.groups, -1)

    def _overlaid(self, columns: Array, kernel: Pair, windows: Pair) -> Array:
        """The adjoint of `_columns`: where windows overlap, their numbers are added."""
        y = np.zeros((columns.shape[2], len(columns), *span(self, kernel, windows)), columns.dtype)
        for i, place in enumerate(places(self, kernel, windows)):
            y[place] += columns[:, i].swapaxes(0, 1)
        return y

    def _by_channel(self, g: Array) -> Array:
        """(N, K, H, W) → (groups, K/groups, N · H · W): one row per channel."""
        n, k, h, w = g.shape
        return g.swapaxes(0, 1).reshape(self.groups, k // self.groups, n * h * w)

    def _matrix(self, w: Array) -> Array:
        """(K, C/groups, kH, kW) → (groups, K/groups, C/groups · kH · kW)."""
        k, *rest = w.shape
        return w.reshape(self.groups, k // self.groups, math.prod(rest))

    def _windows(self, x: Array, w: Array) -> Pair:
        """Height and width of the output; raises unless images and kernels fit together."""
        require_images(self, "x", x)
        self._require_kernels(w)
        if x.shape[1] != w.shape[1] * self.groups:
            hint = f"make w of shape {(len(w), x.shape[1] // self.groups, *w.shape[2:])}"
            if x.shape[3] == w.shape[1] * self.groups:
                hint = "the channels come last in x, so write x.transpose(0, 3, 1, 2)"
            raise ShapeError(
                f"{type(self).__name__} expects x with {w.shape[1] * self.groups} channels, because w has "
                f"shape {w.shape} = (K, C/groups, kH, kW) and groups={self.groups}; got x of shape "
                f"{x.shape} = (N, C, H, W): {hint}."
            )
        return output_size(self, x.shape[2:], w.shape[2:])

    def _require_kernels(self, w: Array) -> None:
        if np.ndim(w) != 4 or len(w) % self.groups:
            raise ShapeError(
                f"{type(self).__name__} expects w of shape (K, C/groups, kH, kW) with K a multiple of "
                f"groups={self.groups}, got {np.shape(w)}."
            )

    def _require_output(self, g: Array, expected: tuple[int, ...]) -> None:
        if np.shape(g) != expected:
            raise ShapeError(
                f"{type(self).__name__} expects g of the shape of the convolution's output, {expected}, "
                f"got {np.shape(g)}."
            )

    def _terms(self, x: tuple[int, ...], w: tuple[int, ...], windows: Pair) -> Iterator[Any]:
        """Every product of a convolution, as (index of y, index of x, index of w): for the witnesses."""
        for y in np.ndindex(x[0], w[0], *windows):
            for v in np.ndindex(*w[1:]):
                c = y[1] // (w[0] // self.groups) * w[1] + v[0]
                row, column = (
                    y[2 + i] * self.stride[i] - self.padding[i] + v[1 + i] * self.dilation[i]
                    for i in range(2)
                )
                if 0 <= row < x[2] and 0 <= column < x[3]:
                    yield y, (y[0], c, row, column), (y[1], *v)

    @np.errstate(all="ignore")
    def _convolve(self, x: Array, w: Array, *b: Array) -> Array:
        windows, matrix, kernel = self._windows(x, w), self._matrix(w), w.shape[2:]
        y = np.empty((len(x), len(w), *windows), np.result_type(x, w, *b))
        for part in self._chunks(len(x), x.shape[1] * math.prod((*kernel, *windows))):
            product = matrix @ self._columns(x[part], kernel, windows)
            y[part] = product.reshape(len(w), -1, *windows).swapaxes(0, 1)
        return y
