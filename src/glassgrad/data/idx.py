"""The IDX format of MNIST: a header that says dtype and shape, then the numbers, and nothing else.

    bytes 0, 1: zero · byte 2: the dtype · byte 3: the number of axes · 4 bytes, big-endian: each length

A file that is one byte short or long, or says something else than it holds, is refused.
Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database", file formats.  Read next: `mnist.py`.
"""

from __future__ import annotations

import math
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.data.files import GIBIBYTE, read_raw, unpack
from glassgrad.errors import DataError
from glassgrad.validate import validated

_DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_MOST_AXES = 8


@validated
def read_idx(path: str | PathLike[str]) -> NDArray[Any]:
    """The array in an IDX file, raw, gzip or xz.

    Args:
        path: an IDX file, raw or packed with gzip or xz.

    Raises:
        DataError: the file is missing, damaged, longer or shorter than its header says, or no IDX.
    """
    path = Path(path)
    raw = read_raw(path)
    header = unpack(raw, path, 4 + 4 * _MOST_AXES)
    _, _, length = _header(header, path)
    return parse_idx(unpack(raw, path, length), path)


def parse_idx(data: bytes, where: Path | str) -> NDArray[Any]:
    """The array in the bytes of an IDX file; `where` is named in errors."""
    dtype, shape, length = _header(data, where)
    if len(data) != length:
        came = "more" if len(data) > length else f"{len(data):,}"
        raise DataError(
            f"{where} says shape {shape} of {dtype}, so {length:,} bytes are expected, but it holds "
            f"{came}: the file is cut short or altered; get it again."
        )
    start = 4 + 4 * len(shape)
    return np.frombuffer(data, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="))


def _header(data: bytes, where: Path | str) -> tuple[np.dtype[Any], tuple[int, ...], int]:
    """Dtype, shape, and the length in bytes that the whole file must have."""
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in _DTYPES:
        raise DataError(
            f"{where} is no IDX file: expected it to begin with 00 00 and a dtype among "
            f"{' '.join(f'{code:02x}' for code in _DTYPES)}, got {data[:4].hex(' ') or 'nothing'}."
            " Give an original IDX file, raw, gzip or xz."
        )
    axes = data[3]
    if not 1 <= axes <= _MOST_AXES or len(data) < 4 + 4 * axes:
        raise DataError(
            f"{where} says it has {axes} axes in a header of {len(data)} bytes; expected 1 to "
            f"{_MOST_AXES} axes and 4 bytes for the length of each: the file is cut short or altered."
        )
    shape = tuple(int(n) for n in np.frombuffer(data, ">u4", axes, offset=4))
    dtype = np.dtype(_DTYPES[data[2]])
    length = 4 + 4 * axes + math.prod(shape) * dtype.itemsize
    if length > GIBIBYTE:
        raise DataError(
            f"{where} says shape {shape} of {dtype}, {length:,} bytes; expected at most 1 GiB: "
            "its header is altered, or it has to be cut into parts."
        )
    return dtype, shape, length
