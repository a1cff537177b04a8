"""Reading a file that may be raw, gzip or xz, never further than it has to be, and checking its digest.

What is inside is told by the first bytes, not by the name: browsers unpack `.gz` files and keep the
name.  A file whose size is known is read to one byte beyond it, so a small file that unpacks to a
terabyte costs nothing.  Digests are those of the unpacked bytes: repacking a file does not change them.
Read next: `idx.py`.
"""

from __future__ import annotations

import hashlib
import lzma
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glassgrad.errors import DataError

GIBIBYTE = 2**30
_XZ_MEMORY = 2**27  # xz -9 needs 65 MiB; a file may ask for up to 4 GiB


@dataclass(frozen=True)
class File:
    """One file of a data set; size and digest are those of its unpacked bytes."""

    name: str
    size: int
    digest: str
    """`sha256:…`, or `md5:…` where only that is published."""
    stand_in: File | None = None
    """A smaller file that may serve in its place, said so in `Splits.note`."""


@dataclass(frozen=True)
class Found:
    """A file and where it lies."""

    file: File
    path: Path

    def read(self) -> bytes:
        """The unpacked bytes, checked.  Raises DataError if they are not those of the data set."""
        data = read_plain(self.path, self.file.size)
        verify(self.file, data, self.path)
        return data


def read_plain(path: Path, most: int) -> bytes:
    """The unpacked content of a file.  Raises DataError if it is damaged or longer than `most`."""
    raw = read_raw(path)
    data = unpack(raw, path, most)
    if len(data) > most:
        raise DataError(
            f"{path} holds more than the {most:,} bytes expected: it is not the file it should be; "
            "delete it and get it again."
        )
    return data


def read_raw(path: Path) -> bytes:
    """The bytes as they are on disk, at most a gibibyte of them."""
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            raw = stream.read(min(size, GIBIBYTE) + 1)
    except OSError as error:
        raise DataError(
            f"{path} cannot be read: {error.strerror}. Expected a readable file: look at the path "
            "and the permissions."
        ) from error
    if len(raw) > GIBIBYTE:
        raise DataError(f"{path} is longer than 1 GiB; expected a data file: give a smaller one.")
    return raw


def unpack(raw: bytes, path: Path, most: int) -> bytes:
    """Up to `most + 1` unpacked bytes; if they end before that, the packing must be whole."""
    unpacker = _unpacker(raw)
    if unpacker is None:
        return raw[: most + 1]
    try:
        data: bytes = unpacker.decompress(raw, most + 1)
    except (zlib.error, lzma.LZMAError) as error:
        raise DataError(
            f"{path} is damaged: {error}. Expected a whole gzip or xz file: delete it and get it again."
        ) from error
    if len(data) <= most and (not unpacker.eof or unpacker.unused_data):
        what = "has bytes after its end" if unpacker.eof else "ends too early"
        raise DataError(
            f"{path} {what} (unpacked: {len(data):,} bytes). Expected one whole gzip or xz stream: "
            "delete it and get it again."
        )
    return data


def verify(file: File, data: bytes, where: Path | str) -> None:
    """Raise DataError if the bytes are not the file's."""
    algorithm, _, expected = file.digest.partition(":")
    got = hashlib.new(algorithm, data, usedforsecurity=False).hexdigest()
    if len(data) != file.size or got != expected:
        raise DataError(
            f"{where} is not the original {file.name}: expected {file.size:,} bytes with "
            f"{algorithm} {expected}, got {len(data):,} bytes with {got}. It is altered or cut short: "
            "delete it and get it again."
        )


def _unpacker(raw: bytes) -> Any:
    if raw.startswith(b"\x1f\x8b"):
        return zlib.decompressobj(wbits=31)
    if raw.startswith(b"\xfd7zXZ\x00"):
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)
    return None
