"""A run's folder: whose it is, its settings, and its log of records.

Read next: `runs/results.py`.
"""

from __future__ import annotations

import json
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Any

from glassgrad.errors import Diverged, SettingError
from glassgrad.files import atomic
from glassgrad.runs.config import TrainConfig
from glassgrad.runs.environment import machine
from glassgrad.train.records import History, Record, json_line

LOCK = ".lock"
"""The file that says, while it is locked, that a process is training here."""


def claim(out: Path, config: TrainConfig, resume: bool) -> Path:
    """Make `out` the folder of a run with these settings; what is in it is never overwritten.

    Raises:
        SettingError: it holds a run and `resume` is not wanted, a run with other settings, or anything
            else.
    """
    path = out / "config.json"
    if path.is_file() and not resume:
        raise SettingError(
            f"expected a new or empty folder, but {out} holds a run: go on with it (resume=True, "
            f"--resume {out}), or choose another."
        )
    if path.is_file():
        _refuse_other(out, config)
    elif out.exists() and (not out.is_dir() or any(p.name != LOCK for p in out.iterdir())):
        raise SettingError(
            f"expected a new or empty folder, but {out} is there already and is not the folder of a "
            "run: choose another."
        )
    out.mkdir(parents=True, exist_ok=True)
    write_json(path, {"settings": asdict(config), "environment": machine()})
    return out


def read_config(out: str | Path) -> TrainConfig:
    """The settings of the run in `out`.

    Raises:
        SettingError: there is none.
    """
    path = Path(out) / "config.json"
    try:
        return TrainConfig.from_json(json.loads(path.read_text(encoding="utf-8"))["settings"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingError(
            f"expected the folder of a run, but the settings in {path} cannot be read ({error}): "
            "give the folder that train_run or `glassgrad train` wrote."
        ) from error


def read_history(out: Path) -> History:
    """The records of the run in `out`.

    Raises:
        SettingError: there are none.
    """
    try:
        return History.from_json_lines((out / "metrics.jsonl").read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingError(
            f"expected the records of a run in {out / 'metrics.jsonl'}, got: {error}."
        ) from error


def read_error(out: Path) -> Exception | None:
    """How the run in `out` ended, if it ended by a NaN or an infinity."""
    try:
        summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return Diverged(summary["error"]) if summary.get("status") == "Diverged" else None


def write_json(path: Path, value: Any) -> None:
    """Write a JSON document, at once or not at all."""
    atomic.write(path, (json.dumps(value, indent=2, allow_nan=False) + "\n").encode())


class Log:
    """A callback that appends each record to a file of JSON lines.

    Begins with the records of `history`: what a killed run wrote after its last checkpoint is happening
    again and would be there twice.  If the disk is full, it says so once, keeps the lines and tries again.
    """

    def __init__(self, path: Path, history: History) -> None:
        text = history.to_json_lines().encode()
        atomic.write(path, text)
        self.path, self._length, self._waiting, self._warned = path, len(text), b"", False

    def __call__(self, record: Record) -> None:
        self._waiting += json_line(record).encode()
        try:
            with self.path.open("r+b", buffering=0) as file:
                file.truncate(self._length)  # a line that was cut by a full disk
                file.seek(self._length)
                if (written := file.write(self._waiting)) != len(self._waiting):
                    raise OSError(28, f"only {written} bytes fitted")
            self._length, self._waiting = self._length + len(self._waiting), b""
        except OSError as error:
            if not self._warned:
                warnings.warn(
                    f"expected to write {self.path}, got: {error.strerror}. Training goes on and will "
                    "try again; free some space.",
                    stacklevel=2,
                )
            self._warned = True


def _refuse_other(out: Path, config: TrainConfig) -> None:
    if different := read_config(out).differences(config):
        raise SettingError(
            f"expected the settings of the run in {out}, got others: {'; '.join(different)}. "
            "Only epochs, steps, patience and checkpoint_every may differ; or choose another folder."
        )
