"""A safetensors file that notices every flipped bit.

The format is plain safetensors, so PyTorch and others read it; its header carries, as one line of
metadata, a SHA-256 and a JSON document of settings.  The digest is over the whole file, header included,
taken while its own 64 digits are zeros; so there is no byte that could change unnoticed.  Nothing is
parsed before the digest is right, and nothing is ever executed: no pickle.  Equal content makes equal
bytes.  Read next: `files/atomic.py`.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.errors import CheckpointError
from glassgrad.files import atomic

Tensors = dict[str, NDArray[Any]]
_MARK = b'{\\"sha256\\":\\"'
_ZEROS = b"0" * 64


def write(path: str | Path, tensors: Tensors, settings: dict[str, Any] | None = None) -> None:
    """Write arrays and JSON-able settings to one file, at once or not at all.

    Raises:
        OSError: the disk is full or not writable; the old file is as it was.
    """
    atomic.write(Path(path), to_bytes(tensors, settings))


def read(path: str | Path, *, plain: bool = False) -> tuple[Tensors, dict[str, Any]]:
    """Read what `write` wrote, after checking its digest.

    Args:
        path: the file.
        plain: also take a safetensors file that was written by somebody else and has no digest.

    Raises:
        CheckpointError: there is no such file, or it was changed or cut short.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise CheckpointError(
            f"expected a safetensors file at {path}, got: {error.strerror}. "
            "Check the path, or write one first with glassgrad.train.save_weights(path, model)."
        ) from error
    return from_bytes(data, str(path), plain=plain)


def to_bytes(tensors: Tensors, settings: dict[str, Any] | None = None) -> bytes:
    """The content of the file, digest included."""
    from safetensors.numpy import save

    about = {"sha256": _ZEROS.decode(), "settings": settings or {}}
    metadata = {"glassgrad": json.dumps(about, allow_nan=False, separators=(",", ":"))}
    whole = {name: np.asarray(array, order="C") for name, array in tensors.items()}
    data = save(whole, metadata)
    at = data.index(_MARK) + len(_MARK)
    return data[:at] + hashlib.sha256(data).hexdigest().encode() + data[at + 64 :]


def from_bytes(data: bytes, where: str, *, plain: bool = False) -> tuple[Tensors, dict[str, Any]]:
    """Check and take apart the content of a file; `where` is how errors call it."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    settings = _verified_settings(data, where, plain)
    try:
        return load(data), settings
    except SafetensorError as error:
        raise _damaged(where, str(error)) from error


def _verified_settings(data: bytes, where: str, plain: bool) -> dict[str, Any]:
    header = data[8 : 8 + int.from_bytes(data[:8], "little")]
    at = 8 + header.find(_MARK) + len(_MARK)
    if _MARK not in header:
        if plain and b'"glassgrad"' not in header:
            return {}
        raise _damaged(where, "its header has no SHA-256")
    digest = hashlib.sha256(data[:at] + _ZEROS + data[at + 64 :]).hexdigest().encode()
    if data[at : at + 64] != digest:
        raise _damaged(where, "its SHA-256 does not fit its content")
    return json.loads(json.loads(header)["__metadata__"]["glassgrad"])["settings"]


def _damaged(where: str, what: str) -> CheckpointError:
    return CheckpointError(
        f"expected an intact file, but {where} was altered or cut short: {what}. "
        "Use another copy, such as the previous checkpoint of the run, or train again."
    )
