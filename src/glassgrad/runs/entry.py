"""What the store keeps of a run, and how settings become JSON and a digest.

Two runs are the same if their experiment has the same name and their settings are equal; the digest of
both is the run's identity.  Read next: `environment.py`.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Self

import numpy as np

from glassgrad.errors import SettingError
from glassgrad.notation.numbers import number_text
from glassgrad.text_table import in_columns
from glassgrad.validate import validated

STATUSES = ("running", "done", "failed")
"""What a run can be; one whose process was killed says "running" until somebody begins it anew."""


@validated
@dataclass(frozen=True)
class Entry:
    """A run as it stands in the store.

    Args:
        id: twelve digits of the digest of name and settings.
        name: of the experiment: what was done with the settings.
        status: "running", "done" or "failed".
        config: the settings, as JSON knows them.
        seed: their field `seed`, if there is one.
        commit: of the program that began it, with a "+" if files were changed; None outside of git.
        machine: where it ran.
        attempt: how often it was begun.
        begun: seconds since 1970, of the latest attempt.
        ended: likewise; None while it runs.
        result: what the run came to; None unless it is done.
        error: why it failed; None unless it did.
    """

    id: str
    name: str
    status: str
    config: dict[str, Any]
    seed: int | None
    commit: str | None
    machine: dict[str, Any]
    attempt: int
    begun: float
    ended: float | None
    result: dict[str, Any] | None
    error: str | None

    @classmethod
    def from_row(cls, row: tuple[Any, ...]) -> Self:
        """The entry of a row of the table `runs`."""
        fields = dict(zip((f.name for f in dataclasses.fields(cls)), row, strict=True))
        for name in ("config", "machine", "result"):
            fields[name] = None if fields[name] is None else json.loads(fields[name])
        return cls(**fields)

    @property
    def seconds(self) -> float | None:
        """How long the latest attempt took; None while it runs."""
        return None if self.ended is None else self.ended - self.begun

    def line(self) -> str:
        """Id, when, status, how long, name, what it came to or why it failed: one line for a list."""
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(self.begun))
        took = "" if self.seconds is None else f"{self.seconds:.1f} s"
        came = self.error or ", ".join(f"{k} {short(v)}" for k, v in (self.result or {}).items())
        return f"{self.id}  {when}  {self.status:7} {took:>9}  {self.name}  {came}".rstrip()


def short(value: Any) -> str:
    """A value for a reader: numbers with five digits, "-" for nothing.

    >>> short(0.123456789), short(None), short("adam")
    ('0.12346', '-', 'adam')
    """
    if value is None:
        return "-"
    return number_text(value, 5, padded=True) if isinstance(value, float) else str(value)


def table(rows: Sequence[Sequence[Any]]) -> str:
    """Rows of values in columns, as `short` writes them."""
    return in_columns([[short(v) for v in row] for row in rows])


@validated
@dataclass(frozen=True)
class Artefact:
    """A file or some bytes that belong to a run; `id` is what one asks the store for.

    Args:
        path: where the file lies; None if the bytes are in the store itself.
        run: number of the run.
        name: of the file.
        size: in bytes.
        sha256: digest of its content.
    """

    id: str
    run: str
    name: str
    size: int
    sha256: str
    path: str | None


def settings_of(config: Any) -> dict[str, Any]:
    """A dataclass or a mapping as JSON knows it: tuples become lists, paths become text.

    Raises:
        SettingError: neither of both, or a value that has no JSON.

    >>> settings_of({"lr": np.float32(0.5), "shape": (8, 8)})
    {'lr': 0.5, 'shape': [8, 8]}
    """
    fields: Any = config
    if dataclasses.is_dataclass(config) and not isinstance(config, type):
        fields = dataclasses.asdict(config)
    if not isinstance(fields, Mapping):
        raise SettingError(
            f"expected settings as a dataclass or a dict, got {type(config).__name__}: "
            "write {'lr': 0.1}, for instance."
        )
    return json.loads(to_json(dict(fields), "settings"))


def to_json(value: Any, what: str) -> str:
    """JSON of settings or of a result.

    Raises:
        SettingError: arrays and objects; the message names the first.
    """
    try:
        return json.dumps(value, default=_plain)
    except TypeError as error:
        raise SettingError(
            f"expected {what} of numbers, texts and lists, got {error}: give those, and keep arrays "
            "as artefacts."
        ) from error


def metric(name: str, value: Any) -> float:
    """The value of a metric.

    Raises:
        SettingError: it is no number.
    """
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise SettingError(f"expected a number as metric {name!r}, got {value!r}.") from error


def key_of(name: str, settings: Mapping[str, Any]) -> str:
    """The identity of a run: SHA-256 of its experiment's name and its settings, in any order.

    >>> key_of("", {"a": 1, "b": 2.0}) == key_of("", {"b": 2, "a": 1})
    True
    """
    canonical = json.dumps([name, _canonical(settings)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _canonical(value: Any) -> Any:
    """1.0 and 1 are equal settings, so they must have one spelling."""
    if isinstance(value, Mapping):
        return {str(k): _canonical(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_canonical(v) for v in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, PurePath):
        return str(value)
    raise TypeError(type(value).__name__)
