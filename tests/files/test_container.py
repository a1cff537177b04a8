"""The file format: nothing that was changed is ever loaded, and a crash leaves the old file or the new."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from glassgrad.errors import CheckpointError
from glassgrad.files import atomic, container

TENSORS = {
    "w": np.arange(12, dtype=np.float32).reshape(3, 4),
    "transposed": np.arange(6.0).reshape(2, 3).T,
    "scalar": np.array(3, np.int64),
    "empty": np.zeros((0, 5), np.float32),
    "flags": np.array([True, False]),
}
SETTINGS = {"big": 2**127 + 1, "text": 'a "sha256":"0" é', "none": None, "x": 0.1}


def test_round_trip(tmp_path):
    container.write(tmp_path / "a", TENSORS, SETTINGS)
    tensors, settings = container.read(tmp_path / "a")
    assert settings == SETTINGS
    assert tensors.keys() == TENSORS.keys()
    for name, array in TENSORS.items():
        assert tensors[name].dtype == array.dtype
        np.testing.assert_array_equal(tensors[name], array, strict=True)
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_ten_thousand_flipped_bits_and_no_silent_load():
    data = container.to_bytes(TENSORS, SETTINGS)
    bits = np.random.default_rng(0).permutation(8 * len(data))[:10_000]
    for bit in bits.tolist():
        broken = bytearray(data)
        broken[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CheckpointError, match="altered or cut short"):
            container.from_bytes(bytes(broken), "x")


def test_every_truncation_and_extension_is_noticed():
    data = container.to_bytes(TENSORS, SETTINGS)
    for n in range(len(data)):
        with pytest.raises(CheckpointError):
            container.from_bytes(data[:n], "x")
    for extra in (b"\0", b" ", data):
        with pytest.raises(CheckpointError):
            container.from_bytes(data + extra, "x")


def test_swapped_parts_are_noticed():
    data = container.to_bytes({"a": np.zeros(64), "b": np.ones(64)}, {})
    with pytest.raises(CheckpointError):
        container.from_bytes(data[:-1024] + data[-512:] + data[-1024:-512], "x")


def test_other_libraries_read_it_and_their_files_are_read_when_asked(tmp_path):
    from safetensors.numpy import load_file, save_file

    container.write(tmp_path / "ours", TENSORS)
    np.testing.assert_array_equal(load_file(tmp_path / "ours")["w"], TENSORS["w"])
    save_file({"w": TENSORS["w"]}, tmp_path / "theirs")
    with pytest.raises(CheckpointError, match="no SHA-256"):
        container.read(tmp_path / "theirs")
    tensors, settings = container.read(tmp_path / "theirs", plain=True)
    np.testing.assert_array_equal(tensors["w"], TENSORS["w"])
    assert settings == {}


@pytest.mark.parametrize("junk", [b"", b"\xff" * 8, b"\x02" + b"\0" * 7 + b"{}", b"PK\x03\x04" * 9])
def test_junk_is_refused_even_as_a_plain_file(tmp_path, junk):
    (tmp_path / "junk").write_bytes(junk)
    if junk.endswith(b"{}"):
        assert container.read(tmp_path / "junk", plain=True) == ({}, {})
    else:
        with pytest.raises(CheckpointError):
            container.read(tmp_path / "junk", plain=True)
    with pytest.raises(CheckpointError):
        container.read(tmp_path / "junk")


def test_our_file_without_its_digest_is_not_a_plain_file():
    data = container.to_bytes(TENSORS).replace(b"sha256", b"sha255")
    with pytest.raises(CheckpointError, match="no SHA-256"):
        container.from_bytes(data, "x", plain=True)


def test_a_missing_file(tmp_path):
    with pytest.raises(CheckpointError, match="No such file"):
        container.read(tmp_path / "none")


@pytest.mark.parametrize("failing", ["open", "write", "fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, failing):
    path = tmp_path / "a"
    atomic.write(path, b"old")

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    if failing == "fsync":
        monkeypatch.setattr(os, "fsync", full)
    elif failing == "write":
        monkeypatch.setattr(atomic, "write_all", full)
    else:
        monkeypatch.setattr(type(path), failing, full)
    with pytest.raises(OSError, match="No space"):
        atomic.write(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


KILLED = """
import os, signal, sys
from pathlib import Path
from glassgrad.files import atomic
folder, when = Path(sys.argv[1]), int(sys.argv[2])
count = 0
def dying(call):
    def wrapped(*args, **kwargs):
        global count
        count += 1
        if count == when:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*args, **kwargs)
    return wrapped
atomic.write_all = dying(atomic.write_all)
os.fsync, Path.replace = dying(os.fsync), dying(Path.replace)
atomic.write(folder / "a", b"new" * 1000, keep=folder / "b")
print(count)
"""


def test_killed_at_every_system_call_the_file_is_the_old_or_the_new(tmp_path):
    old, new = b"old" * 1000, b"new" * 1000
    for when in range(1, 7):
        folder = tmp_path / str(when)
        folder.mkdir()
        atomic.write(folder / "a", old)
        done = subprocess.run([sys.executable, "-c", KILLED, folder, str(when)], check=False)
        assert done.returncode in (-signal.SIGKILL, 0)
        found = [p.read_bytes() for p in (folder / "a", folder / "b") if p.exists()]
        assert found[0] in (old, new)
        assert set(found) <= {old, new}
        atomic.remove_leftovers(folder)
        assert not list(folder.glob(".*"))
    assert done.returncode == 0  # five calls: the sixth never came
