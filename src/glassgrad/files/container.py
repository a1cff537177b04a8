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

from glassgrad.errors import CheckpointError, SettingError
from glassgrad.files import atomic

Tensors = dict[str, NDArray[Any]]
_MARK = b'{\\"sha256\\":\\"'
_ZEROS = b"0" * 64


def write(path: str | Path, tensors: Tensors, settings: dict[str, Any] | None = None) -> None:
    """Write arrays and JSON-able settings to one file, at once or not at all.

    Raises:
        SettingError: its folder is not there, or the path is one.
        OSError: the disk is full or not writable; the old file is as it was.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise SettingError(
            f"expected a folder to write {path.name} to, but {path.parent} is none: make it first, with "
            f"pathlib.Path({str(path.parent)!r}).mkdir(parents=True)."
        )
    if path.is_dir():
        raise SettingError(
            f"expected the path of a file, but {path} is a folder: write {str(path / 'weights')!r}."
        )
    atomic.write(path, to_bytes(tensors, settings))


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
    from safetensors import SafetensorError, deserialize

    _refuse_other_kinds(data, where)
    settings = _verified_settings(data, where, plain)
    try:
        parts = deserialize(data)  # type: ignore[no-untyped-call]
        return {name: _array(view, name, where) for name, view in parts}, settings
    except SafetensorError as error:
        raise _damaged(where, str(error)) from error


_DTYPES = {"F64": "f8", "F32": "f4", "F16": "f2", "BF16": "u2", "BOOL": "?"}
_DTYPES |= {f"{kind}{8 * n}": f"{kind.lower()}{n}" for kind in "IU" for n in (1, 2, 4, 8)}


def _array(view: Any, name: str, where: str) -> NDArray[Any]:
    """One array of a file; bfloat16, which NumPy does not have, becomes float32, bit for bit."""
    if view["dtype"] not in _DTYPES:
        raise CheckpointError(
            f"{where}: '{name}' is stored as {view['dtype']}, expected real or whole numbers: convert the "
            "file to float32 with the program that wrote it."
        )
    array = np.frombuffer(view["data"], f"<{_DTYPES[view['dtype']]}").reshape(view["shape"])
    if view["dtype"] == "BF16":
        return (array.astype("<u4") << 16).view("<f4")
    return array.astype(array.dtype.newbyteorder("="))


def _refuse_other_kinds(data: bytes, where: str) -> None:
    """Say what a file is that is no safetensors file at all."""
    load = "then model.load_state_dict(state)"
    kinds = {
        b"\x93NUMPY": "an .npy file with one array: read it with np.load",
        b"\x89HDF": "an HDF5 file: read it with h5py, " + load,
        b"\x80": "a pickle, as PyTorch wrote them once: read it with torch.load(path, weights_only=True), "
        + load,
    }
    if data[:2] == b"PK":
        is_torch = b"data.pkl" in data
        reader = "torch.load(path, weights_only=True)" if is_torch else "dict(np.load(path))"
        kind = "PyTorch's .pt" if is_torch else "NumPy's .npz"
        kinds[b"PK"] = f"a file of the kind {kind}: write state = {reader}, {load}"
    for begin, what in kinds.items():
        if data.startswith(begin):
            raise CheckpointError(f"expected a safetensors file, but {where} is {what}.")


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
