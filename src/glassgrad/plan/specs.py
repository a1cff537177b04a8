"""All of a value but its numbers, and all of an op but its inputs, as things compared by identity.

A trace asks thousands of times a second "is this what came here before?".  So each shape, dtype and
layout exists once, as a `Spec`, and each op with its settings once, as a `Token`; by type and by bits,
since 1, 1.0 and True are equal to Python and not to an op.  Read next: `segment.py`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.arguments import as_array
from glassgrad.engine.recording import Spec
from glassgrad.kernels.arrays import aligned
from glassgrad.ops.base import Op

Array = NDArray[Any]
MOST = 10_000
"""Entries of a table; a table that is full is begun anew, and plans that were made are made again."""

_specs: dict[Any, Spec] = {}
_numbers: dict[np.dtype[Any], Spec] = {}
PLAIN: dict[type, Token] = {}
_equal: dict[Any, Token] = {}
_exact: dict[Any, Token] = {}
_by_identity: dict[int, Token] = {}


def spec_of(array: Array) -> Spec:
    """The spec of an array: one object for all arrays that lie alike."""
    key = (array.shape, array.dtype, array.strides)
    found = _specs.get(key)
    if found is None:
        if len(_specs) >= MOST:
            _specs.clear()
        as_array(array[:0] if array.ndim else array)  # refuses what no tensor holds
        found = _specs.setdefault(key, Spec(*key))
        found.number = number_spec(array.dtype) if array.dtype.kind == "f" else None
    return found


def number_spec(dtype: np.dtype[Any]) -> Spec:
    """The spec of a Python number that takes this dtype; another one than that of an array of no axes."""
    found = _numbers.setdefault(dtype, Spec((), dtype, ()))
    found.number = found if dtype.kind == "f" else None
    return found


def blank(spec: Spec) -> Array:
    """An uninitialised array that lies like that, gaps and backward steps included."""
    ends = [(n - 1) * s for n, s in zip(spec.shape, spec.strides, strict=True)] if spec.size else []
    before = sum(e for e in ends if e < 0)
    room = aligned(sum(e for e in ends if e > 0) - before + spec.dtype.itemsize, np.uint8)
    return np.ndarray(spec.shape, spec.dtype, room.data, -before, spec.strides)


def clone(array: Array, spec: Spec | None = None) -> Array:
    """The same numbers in memory of their own, lying as they do or as `spec` says."""
    if array.flags.c_contiguous and (spec is None or spec.strides == array.strides):
        return array.copy()
    new = blank(spec or spec_of(array))
    np.copyto(new, array)
    return new


class Unusual(Exception):
    """An input with which an op is better computed at once."""


@dataclass(frozen=True)
class Detach(Op):
    """The same numbers in an array of their own; its history is not noted, so no rule is needed."""

    def forward(self, x: Array) -> Array:
        return x.copy()


class Token:
    """An op with its settings: equal ops have the same token."""

    __slots__ = ("op", "settings")

    def __init__(self, op: Op, settings: tuple[Any, ...]) -> None:
        self.op, self.settings = op, settings


def token_of(op: Op) -> Token | None:
    """The token of one of the library's ops; None for an op that somebody else wrote."""
    token = _by_identity.get(id(op))
    if token is not None and token.op is op:
        return token
    kind, token = type(op), PLAIN.get(type(op))
    if token is not None:
        return token
    settings = tuple(vars(op).values())
    try:
        token = _equal.get((kind, settings))
    except TypeError:  # a setting that cannot be looked up
        return None
    if token is not None and _identical(token.settings, settings):
        return token
    return _new_token(op, settings) if is_ours(kind) else None


def is_ours(kind: type) -> bool:
    """Whether a class is the library's own, so that its rules are known to be functions of their inputs."""
    return kind.__module__.startswith("glassgrad.")


def _new_token(op: Op, settings: tuple[Any, ...]) -> Token:
    kind = type(op)
    if not settings:
        return PLAIN.setdefault(kind, Token(op, settings))
    if len(_exact) >= MOST:
        _exact.clear()
        _equal.clear()
        _by_identity.clear()
    token = _exact.setdefault((kind, _bits(settings)), Token(op, settings))
    _by_identity[id(token.op)] = token
    _equal.setdefault((kind, settings), token)
    return token


def _identical(a: tuple[Any, ...], b: tuple[Any, ...]) -> bool:
    """Whether equal settings are the same, too."""
    for x, y in zip(a, b, strict=True):
        if x is not y and (type(x) is not type(y) or (type(x) is not str and _bits(x) != _bits(y))):
            return False
    return True


def _bits(x: Any) -> Any:
    """A setting with the types and the bits of its numbers."""
    if type(x) is tuple:
        return tuple(map(_bits, x))
    if isinstance(x, float):
        return type(x), struct.pack("d", x)
    return type(x), x
