"""A data set in four IDX files with MNIST's names: what MNIST, Fashion-MNIST and the digits share.

Read next: `mnist.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glassgrad.data.base import Dataset, Splits
from glassgrad.data.files import File, Found
from glassgrad.data.idx import parse_idx
from glassgrad.data.source import Stored

_IMAGES, _LABELS = "images-idx3-ubyte", "labels-idx1-ubyte"


@dataclass(frozen=True, kw_only=True)
class IdxSet(Stored):
    """Images and labels of a training part (`train-…`) and a test part (`t10k-…`)."""

    white: int = 255
    """The pixel value that becomes 1."""

    def decode(self, found: dict[str, Found]) -> Splits:
        """As `Stored.decode`."""
        return Splits(self._part("train", found), self._part("t10k", found))

    def _part(self, prefix: str, found: dict[str, Found]) -> Dataset:
        images, labels = found[f"{prefix}-{_IMAGES}"], found[f"{prefix}-{_LABELS}"]
        pixels = parse_idx(images.read(), images.path)
        x = np.divide(pixels, np.float32(self.white), dtype=np.float32)
        y = parse_idx(labels.read(), labels.path).astype(np.int64)
        name = f"{self.name}/{'train' if prefix == 'train' else 'test'}"
        return Dataset(x.reshape(-1, *self.shape), y, self.classes, name)


def idx_files(train: int, test: int, pixels: int, digests: tuple[str, ...]) -> tuple[File, ...]:
    """The four files: training images and labels, test images and labels."""
    sizes = (16 + train * pixels, 8 + train, 16 + test * pixels, 8 + test)
    names = [f"{prefix}-{what}" for prefix in ("train", "t10k") for what in (_IMAGES, _LABELS)]
    return tuple(File(*file) for file in zip(names, sizes, digests, strict=True))
