"""The binary format of CIFAR-10: records of one label byte and 3,072 pixel bytes, nothing between them.

    label · 1,024 red · 1,024 green · 1,024 blue, each plane row by row: (C, H, W) as it stands

The other two formats of CIFAR-10 are a pickle and a MATLAB file; a pickle can run code when it is read,
this one cannot.  Source: https://www.cs.toronto.edu/~kriz/cifar.html.  Read next: `cifar10.py`.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glassgrad.data.files import GIBIBYTE, read_plain
from glassgrad.errors import DataError
from glassgrad.validate import validated

SHAPE = (3, 32, 32)
RECORD = 1 + 3 * 32 * 32


@validated
def read_cifar(path: str | PathLike[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images and labels of a CIFAR-10 batch, raw, gzip or xz.        (N, 3, 32, 32), (N,)

    Args:
        path: a `.bin` file, raw or packed with gzip or xz.

    Raises:
        DataError: the file is missing, damaged, no whole number of records, or has a label above 9.
    """
    return parse_cifar(read_plain(Path(path), GIBIBYTE), path)


def parse_cifar(
    data: bytes, where: str | PathLike[str]
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images and labels in the bytes of a batch; `where` is named in errors."""
    if not data or len(data) % RECORD:
        raise DataError(
            f"{where} holds {len(data):,} bytes; expected a multiple of {RECORD:,}, one record of "
            "CIFAR-10's binary version after the other: it is cut short, or another version."
        )
    records = np.frombuffer(data, np.uint8).reshape(-1, RECORD)
    labels = records[:, 0].astype(np.int64)
    if labels.max() > 9:
        row = int(np.argmax(labels > 9))
        raise DataError(
            f"{where} has label {labels[row]} in record {row}; expected 0 … 9: the file is altered, "
            "or another data set (CIFAR-100 has two label bytes)."
        )
    return records[:, 1:].reshape(-1, *SHAPE), labels
