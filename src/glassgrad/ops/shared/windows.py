"""Windows that slide over height and width: what convolution and pooling share.

A window of `kernel` elements, `dilation` apart, starts at every `stride`-th place of an image that has
`padding` elements added on each side.  Read next: `columns.py`, then `ops/max_pool.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassgrad.errors import SettingError, ShapeError
from glassgrad.ops.base import Array, Op

Pair = tuple[int, int]
"""One number for the height, one for the width."""


def both(value: int | Pair) -> Pair:
    """One setting for both axes: 2 is short for (2, 2)."""
    return (value, value) if isinstance(value, int) else value


def check_pairs(op: Op, **least: int) -> None:
    """Raise unless each named setting of `op` is a pair of integers that are large enough."""
    for name, smallest in least.items():
        value = getattr(op, name)
        is_pair = isinstance(value, tuple) and len(value) == 2
        if not is_pair or not all(isinstance(v, int) and v >= smallest for v in value):
            raise SettingError(
                f"{type(op).__name__} expects {name} as an integer of at least {smallest} or a pair of "
                f"them, got {value!r}: write {name}={max(1, smallest)}."
            )


def require_images(op: Op, name: str, x: Any) -> None:
    """Raise unless `x` has the four axes of a batch of images."""
    if np.ndim(x) != 4:
        hint = "x.reshape(N, C, H, W)"
        if np.ndim(x) == 3:
            hint = "x[None] adds the batch axis to (C, H, W), x[:, None] the channels to (N, H, W)"
        raise ShapeError(
            f"{type(op).__name__} expects {name} of shape (N, C, H, W), got {np.shape(x)}: {hint}."
        )


def output_size(op: Any, size: Pair, kernel: Pair, ceil_mode: bool = False) -> Pair:
    """How many windows fit along each axis; with `ceil_mode` the last one may reach past the end."""
    found = []
    for axis, (n, k, s, p, d) in enumerate(
        zip(size, kernel, op.stride, op.padding, op.dilation, strict=True)
    ):
        room = n + 2 * p - d * (k - 1) - 1
        windows = (-(-room // s) if ceil_mode else room // s) + 1
        if ceil_mode and (windows - 1) * s >= n + p:
            windows -= 1  # a window must begin on the image or on the padding before it
        if windows < 1:
            raise ShapeError(
                f"{type(op).__name__}: the window does not fit into the {('height', 'width')[axis]} {n}: "
                f"(size + 2·padding - dilation·(kernel - 1) - 1) // stride + 1 = "
                f"({n} + 2·{p} - {d}·({k} - 1) - 1) // {s} + 1 = {room // s + 1}, at least 1 is needed. "
                f"Use a smaller kernel or dilation, or padding={p + (-room + 1) // 2}."
            )
        found.append(windows)
    return found[0], found[1]


def span(op: Any, kernel: Pair, windows: Pair) -> Pair:
    """Height and width that the windows cover, from the first element of the first to the last's last."""
    h, w = (
        (n - 1) * s + d * (k - 1) + 1
        for n, k, s, d in zip(windows, kernel, op.stride, op.dilation, strict=True)
    )
    return h, w


def padded(op: Any, x: Array, kernel: Pair, windows: Pair, fill: float = 0.0) -> Array:
    """The images with `fill` around them, just as far as the windows reach."""
    (top, left), (h, w) = op.padding, span(op, kernel, windows)
    if op.padding == (0, 0) and h <= x.shape[2] and w <= x.shape[3]:
        return x[:, :, :h, :w]
    image = x[:, :, : max(0, h - top), : max(0, w - left)]
    y = np.full((*x.shape[:2], h, w), fill, x.dtype)
    y[:, :, top : top + image.shape[2], left : left + image.shape[3]] = image
    return y


def cropped(op: Any, y: Array, size: Pair) -> Array:
    """The adjoint of `padded`: the images without what was around them, zero where no window reached."""
    (top, left), (h, w) = op.padding, size
    image = y[:, :, top : top + h, left : left + w]
    if image.shape[2:] == size:
        return image
    x = np.zeros((*y.shape[:2], h, w), y.dtype)
    x[:, :, : image.shape[2], : image.shape[3]] = image
    return x


def places(op: Any, kernel: Pair, windows: Pair) -> Iterator[tuple[Any, ...]]:
    """For each element of the window in reading order, the index of its values in all the windows."""
    (sh, sw), (dh, dw), (h, w) = op.stride, op.dilation, windows
    for i in range(0, dh * kernel[0], dh):
        for j in range(0, dw * kernel[1], dw):
            yield ..., slice(i, i + sh * (h - 1) + 1, sh), slice(j, j + sw * (w - 1) + 1, sw)


def under(op: Any, window: Any, element: Any) -> list[Any]:
    """Row and column of an element of a window in the image, which may lie on the padding."""
    return [
        i * s + u * d - p
        for i, u, s, d, p in zip(window, element, op.stride, op.dilation, op.padding, strict=True)
    ]


def inside(op: Any, size: Pair, at: Pair, margin: Pair = (0, 0)) -> list[Pair]:
    """Where one window lies, less what is further than `margin` outside: for the witnesses."""
    rows, columns = (
        [p for u in range(k) if -m <= (p := i * s - q + u * d) < n + m]
        for i, s, q, d, k, n, m in zip(
            at, op.stride, op.padding, op.dilation, op.kernel, size, margin, strict=True
        )
    )
    return [(r, c) for r in rows for c in columns]


@dataclass(frozen=True, kw_only=True)
class Pooling(Op):
    """What the pooling ops share: the settings and the windows."""

    kernel: Pair
    stride: Pair
    padding: Pair = (0, 0)
    ceil_mode: bool = False

    def __post_init__(self):
        check_pairs(self, kernel=1, stride=1, padding=0, dilation=1)
        if any(2 * p > k for p, k in zip(self.padding, self.kernel, strict=True)):
            raise SettingError(
                f"{type(self).__name__} expects padding of at most half the kernel {self.kernel}, got "
                f"{self.padding}: write padding={min(self.kernel) // 2}."
            )

    def _windows(self, x: Array) -> Pair:
        require_images(self, "x", x)
        return output_size(self, x.shape[2:], self.kernel, self.ceil_mode)

    def _padded(self, x: Array, fill: float = 0.0) -> Array:
        return padded(self, x, self.kernel, self._windows(x), fill)

    def _places(self, windows: Pair) -> Any:
        return enumerate(places(self, self.kernel, windows))

    def _blank(self, g: Array) -> Array:
        """Zeros under all the windows, to add cotangents to."""
        return np.zeros((*g.shape[:2], *span(self, self.kernel, g.shape[2:])), g.dtype)

    def _require(self, name: str, a: Array, shape: tuple[int, ...]) -> None:
        if np.shape(a) != shape:
            raise ShapeError(
                f"{type(self).__name__} expects {name} of shape {shape}, got {np.shape(a)}: it must have "
                f"the shape of the pooling's {'output' if name == 'g' else 'input'}."
            )
