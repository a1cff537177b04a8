"""IDX and CIFAR-10 files: what was written is read, and what is not whole is refused."""

import gzip
import lzma
import struct
import tracemalloc
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from glassgrad.data import read_cifar, read_idx
from glassgrad.data.idx import parse_idx
from glassgrad.errors import DataError

CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}
PACKINGS = {"": bytes, ".gz": gzip.compress, ".xz": lzma.compress}


def idx(array):
    """The reference writer: an array as the bytes of an IDX file."""
    code = CODES[array.dtype.str[1:]]
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


ARRAYS = st.sampled_from(sorted(CODES)).flatmap(
    lambda code: hnp.arrays(np.dtype(code), hnp.array_shapes(max_dims=4, min_side=0, max_side=4))
)


@given(ARRAYS)
def test_idx_round_trip(array):
    read = parse_idx(idx(array), "a file")
    assert read.dtype == array.dtype
    assert read.dtype.isnative
    np.testing.assert_array_equal(read, array)


@given(st.binary(max_size=80))
def test_any_other_bytes_are_refused(data):
    with suppress(DataError):
        assert idx(parse_idx(data, "a file")) == data


@given(ARRAYS, st.data())
def test_a_shorter_or_longer_idx_is_refused(array, draw):
    data = idx(array)
    cut = draw.draw(st.integers(0, len(data) - 1))
    for spoiled in (data[:cut], data + b"\0"):
        with pytest.raises(DataError):
            parse_idx(spoiled, "a file")


@pytest.mark.parametrize("packing", PACKINGS)
def test_raw_gz_and_xz_are_equal(tmp_path, packing):
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    path = tmp_path / f"file{packing}"
    path.write_bytes(PACKINGS[packing](idx(array)))
    np.testing.assert_array_equal(read_idx(path), array)
    path.rename(tmp_path / "renamed.gz")  # the content decides, not the name
    np.testing.assert_array_equal(read_idx(tmp_path / "renamed.gz"), array)


@pytest.mark.parametrize("packing", [".gz", ".xz"])
def test_a_damaged_packing_is_refused(tmp_path, packing):
    path = tmp_path / f"file{packing}"
    packed = PACKINGS[packing](idx(np.random.default_rng(0).integers(0, 9, 999, np.uint8)))
    flipped = bytearray(packed)
    flipped[len(packed) // 2] ^= 16
    for spoiled in (packed[:-1], packed[: len(packed) // 2], packed + b"\0", bytes(flipped)):
        path.write_bytes(spoiled)
        with pytest.raises(DataError, match=f"file{packing}"):
            read_idx(path)


@pytest.mark.parametrize("packing", [".gz", ".xz"])
def test_a_bomb_costs_nothing(tmp_path, packing):
    path = tmp_path / f"bomb{packing}"
    path.write_bytes(PACKINGS[packing](idx(np.zeros(9, np.uint8)) + bytes(50_000_000)))
    tracemalloc.start()
    with pytest.raises(DataError, match="17 bytes are expected, but it holds more"):
        read_idx(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000  # the dictionary of xz is 8 MiB


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "got nothing"),
        (b"\1\0\x08\1", "begin with 00 00"),
        (b"\0\0\x0a\1", "got 00 00 0a 01"),
        (b"\0\0\x08\0", "says it has 0 axes"),
        (b"\0\0\x08\xff", "says it has 255 axes"),
        (b"\0\0\x08\2\0\0", "4 bytes for the length of each"),
        (struct.pack(">BBBB3I", 0, 0, 8, 3, 2**31, 2**31, 2**31), "at most 1 GiB"),
        (idx(np.zeros((2, 3), np.uint8))[:-1], r"shape \(2, 3\).*18 bytes are expected.*holds 17"),
    ],
)
def test_idx_errors_say_what_was_expected(tmp_path, data, text):
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(DataError, match=text):
        read_idx(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(DataError, match="cannot be read: No such file"):
        read_idx(tmp_path / "nowhere")
    with pytest.raises(DataError, match="cannot be read: Is a directory"):
        read_cifar(tmp_path)


def records(labels):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (len(labels), 3, 32, 32), np.uint8)
    data = b"".join(bytes([k]) + p.tobytes() for k, p in zip(labels, pixels, strict=True))
    return data, pixels


@pytest.mark.parametrize("packing", PACKINGS)
def test_cifar_round_trip(tmp_path, packing):
    data, pixels = records([3, 9, 0])
    path = tmp_path / f"batch.bin{packing}"
    path.write_bytes(PACKINGS[packing](data))
    images, labels = read_cifar(path)
    np.testing.assert_array_equal(images, pixels)
    np.testing.assert_array_equal(labels, [3, 9, 0])
    assert labels.dtype == np.int64


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "holds 0 bytes; expected a multiple of 3,073"),
        (records([1, 2])[0][:-1], "holds 6,145 bytes"),
        (records([1, 10])[0], "label 10 in record 1; expected 0 … 9"),
    ],
)
def test_cifar_errors(tmp_path, data, text):
    path = tmp_path / "batch.bin"
    path.write_bytes(data)
    with pytest.raises(DataError, match=text):
        read_cifar(path)
