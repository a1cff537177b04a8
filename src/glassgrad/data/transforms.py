"""What is done to a batch before it reaches the network: normalising, and small harmless changes.

A transform is called as `transform(x, rng)` and returns a new float32 batch; labels are not touched, and
every bit of chance comes from `rng`.  Shift, Flip and Crop draw anew for each image.
Read next: `loader.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from glassgrad.data.base import Dataset, Floats, Rng, Transform
from glassgrad.errors import SettingError, ShapeError
from glassgrad.validate import validated

_BLOCK = 4096


@validated
@dataclass(frozen=True)
class Normalize:
    r"""$y = (x - \mu)/\sigma$, one µ and one σ per channel or feature.        x, y : (N, C, H, W) or (N, D)

    Args:
        mean: what is subtracted, per channel or feature.
        std: what is divided by, per channel or feature.

    >>> from glassgrad.data.points import gauss
    >>> train = gauss(1000, rng=0)
    >>> y = Normalize.fit(train)(train.x)
    >>> np.abs(y.mean(axis=0)).max() < 1e-6, np.allclose(y.std(axis=0), 1)
    (np.True_, True)
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.mean) != len(self.std) or not all(s > 0 for s in self.std):
            raise SettingError(
                f"Normalize expects as many std > 0 as means, got {len(self.mean)} means and "
                f"std {self.std}: write Normalize.fit(train)."
            )

    @classmethod
    def fit(cls, train: Dataset, scale: bool = True) -> Normalize:
        """µ and σ of a training set; `scale=False` subtracts the mean only (σ = 1).

        A feature that never changes has σ = 0; it is divided by 1.
        """
        count = train.x.size / train.x.shape[1]
        mean = sum(b.sum(_rest(b), np.float64) for b in _blocks(train.x)) / count
        deviation = sum(
            np.square(b - _along(mean, b)).sum(_rest(b)) / count for b in _blocks(train.x)
        )
        std = np.where(scale & (deviation > 0), np.sqrt(deviation), 1.0)
        return cls(tuple(mean.tolist()), tuple(std.tolist()))

    def __call__(self, x: Floats, rng: Rng = None) -> Floats:
        """Normalise a batch; nothing is left to chance."""
        if x.ndim < 2 or x.shape[1] != len(self.mean):
            raise ShapeError(
                f"Normalize was fitted on {len(self.mean)} channels or features, got x {x.shape}: "
                "expected (N, C, H, W) or (N, D) with as many of them; fit it on these data."
            )
        mean, std = np.array(self.mean, np.float32), np.array(self.std, np.float32)
        y: Floats = (x - _along(mean, x)) / _along(std, x)
        return y


@validated
@dataclass(frozen=True)
class Shift:
    """Move each image by up to `pixels` up or down and left or right; zeros come in.        (N, C, H, W)"""

    pixels: int

    def __post_init__(self) -> None:
        _expect_pixels("Shift", self.pixels)

    def __call__(self, x: Floats, rng: Rng = None) -> Floats:
        """A crop of the same size from the padded image."""
        _expect_images("Shift", x)
        return _crop(x, x.shape[2], x.shape[3], self.pixels, rng)


@validated
@dataclass(frozen=True)
class Crop:
    """Cut a square of `size` pixels from a random place of each image, padded by zeros.

    x : (N, C, H, W)        y : (N, C, size, size)

    Args:
        padding: zeros on each side before a part of the old size is cut out at a random place.
    """

    size: int
    padding: int = 0

    def __post_init__(self) -> None:
        _expect_pixels("Crop", self.padding)
        if self.size < 1:
            raise SettingError(
                f"Crop expects a size ≥ 1, got {self.size}: write e.g. Crop(28, padding=4)."
            )

    def __call__(self, x: Floats, rng: Rng = None) -> Floats:
        """Cut one square from each image."""
        _expect_images("Crop", x)
        if self.size > min(x.shape[2:]) + 2 * self.padding:
            raise ShapeError(
                f"Crop({self.size}, padding={self.padding}) is larger than images of {x.shape[2:]}: "
                "expected a size that fits; make it smaller or the padding larger."
            )
        return _crop(x, self.size, self.size, self.padding, rng)


@validated
@dataclass(frozen=True)
class Flip:
    """Mirror each image left to right with a probability.        x, y : (N, C, H, W)

    For photographs; a mirrored digit is another sign.

    Args:
        probability: with which each image is mirrored, left to right.
    """

    probability: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.probability <= 1:
            raise SettingError(
                f"Flip expects a probability between 0 and 1, got {self.probability}."
            )

    def __call__(self, x: Floats, rng: Rng = None) -> Floats:
        """Toss for each image."""
        _expect_images("Flip", x)
        is_flipped = np.random.default_rng(rng).random(len(x)) < self.probability
        return np.where(is_flipped[:, None, None, None], x[..., ::-1], x)


@validated
@dataclass(frozen=True)
class Compose:
    """One transform after the other, with the same generator: `Compose((Shift(2), normalize))`.

    Args:
        steps: transforms, applied from left to right.
    """

    steps: tuple[Transform, ...]

    def __call__(self, x: Floats, rng: Rng = None) -> Floats:
        """Apply them in order."""
        rng = np.random.default_rng(rng)
        for step in self.steps:
            x = step(x, rng)
        return x


def _crop(x: Floats, height: int, width: int, padding: int, rng: Rng) -> Floats:
    """A window of each padded image, at a random place: one gather, no loop over images."""
    rng = np.random.default_rng(rng)
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = sliding_window_view(padded, (height, width), axis=(2, 3))
    top = rng.integers(windows.shape[2], size=len(x))
    left = rng.integers(windows.shape[3], size=len(x))
    return np.ascontiguousarray(windows[np.arange(len(x)), :, top, left])


def _along(values: NDArray[np.floating], x: Floats) -> NDArray[np.floating]:
    """One value per channel, shaped to broadcast against x."""
    return values.reshape(-1, *(1,) * (x.ndim - 2))


def _rest(x: Floats) -> tuple[int, ...]:
    """Every axis but the channels'."""
    return (0, *range(2, x.ndim))


def _blocks(x: Floats) -> Iterator[Floats]:
    """A few thousand examples at a time: statistics in float64 without a second copy of the data."""
    return (x[i : i + _BLOCK] for i in range(0, len(x), _BLOCK))


def _expect_images(name: str, x: Floats) -> None:
    if x.ndim != 4:
        raise ShapeError(
            f"{name} expects images (N, C, H, W), got x {x.shape}: "
            "write x.reshape(-1, 1, 28, 28) for flat MNIST images."
        )


def _expect_pixels(name: str, pixels: int) -> None:
    if pixels < 0:
        raise SettingError(
            f"{name} expects a number of pixels ≥ 0, got {pixels}: write e.g. {name}(2)."
        )
