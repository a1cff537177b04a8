"""CIFAR-10: 50,000 + 10,000 colour photographs of 32 × 32 pixels in ten classes.

Licence: none is stated; the authors ask to be cited.  Source: A. Krizhevsky, "Learning Multiple Layers
of Features from Tiny Images" (2009), https://www.cs.toronto.edu/~kriz/cifar.html.  Digests are SHA-256.
Where the test batch is absent, `test_first1000.bin`, its first 1,000 images, stands in for it: the test
set is then called `cifar10/test_first1000`, and `Splits.note` says so.  Read next: `digits.py`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from glassgrad.data.base import Dataset, Splits
from glassgrad.data.cifar import RECORD, SHAPE, parse_cifar
from glassgrad.data.fetch import Remote
from glassgrad.data.files import File, Found
from glassgrad.data.source import Stored

_BATCH = 10_000 * RECORD
_TRAIN = tuple(
    File(f"data_batch_{i}.bin", _BATCH, f"sha256:{digest}")
    for i, digest in enumerate(
        (
            "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
            "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
            "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
            "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
            "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
        ),
        start=1,
    )
)
_FIRST_1000 = File(
    "test_first1000.bin",
    1_000 * RECORD,
    "sha256:8314c96d7cd65618193bab23acdd5d4c4af15bf6dd00a1781d55beedf3be1ef5",
)
_TEST = File(
    "test_batch.bin",
    _BATCH,
    "sha256:8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
    stand_in=_FIRST_1000,
)


@dataclass(frozen=True, kw_only=True)
class Cifar10(Stored):
    """Five training batches and a test batch of the binary version."""

    def decode(self, found: dict[str, Found]) -> Splits:
        """As `Stored.decode`."""
        train = self._dataset([found[f.name] for f in _TRAIN], "train")
        test = found[_TEST.name]
        if test.file is _TEST:
            return Splits(train, self._dataset([test], "test"))
        note = (
            "cifar10: tested on the first 1,000 of the 10,000 test images, all that is here; an "
            "accuracy near 58 % is then good to ± 1.6 points (one standard error)."
        )
        logging.getLogger("glassgrad").warning(note)
        return Splits(train, self._dataset([test], "test_first1000"), note)

    def _dataset(self, batches: Sequence[Found], part: str) -> Dataset:
        """The batches, one after the other, scaled straight into one array: no second copy of 600 MB."""
        n = sum(b.file.size // RECORD for b in batches)
        x, y = np.empty((n, *SHAPE), np.float32), np.empty(n, np.int64)
        start = 0
        with ThreadPoolExecutor() as pool:  # unpacking xz takes seconds and leaves Python's lock
            for batch, data in zip(batches, pool.map(Found.read, batches), strict=True):
                images, labels = parse_cifar(data, batch.path)
                rows = slice(start, start := start + len(labels))
                np.divide(images, np.float32(255), out=x[rows])
                y[rows] = labels
        return Dataset(x, y, self.classes, f"{self.name}/{part}")


cifar10 = Cifar10(
    name="cifar10",
    title="CIFAR-10 small photographs",
    licence="none stated; cite Krizhevsky 2009",
    source="Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images",
    shape=SHAPE,
    classes=(
        *("airplane", "automobile", "bird", "cat", "deer"),
        *("dog", "frog", "horse", "ship", "truck"),
    ),
    train=50_000,
    test=10_000,
    files=(*_TRAIN, _TEST),
    folders=("cifar-10", "cifar-10-batches-bin"),
    remote=Remote(
        mirrors=(
            "https://www.cs.toronto.edu/~kriz/",
            "https://cave.cs.toronto.edu/kriz/",
            "https://mindspore-website.obs.cn-north-4.myhuaweicloud.com/notebook/datasets/",
        ),
        archive=File(
            "cifar-10-binary.tar.gz",
            170_052_171,
            "sha256:c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        ),
        archive_folder="cifar-10-batches-bin",
        megabytes=170,
    ),
)
