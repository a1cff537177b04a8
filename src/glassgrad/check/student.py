"""The checks for the command line: files in, a text and yes or no out.

A student's code runs in a process of its own, with a limit on time and memory, and what goes wrong in it
is told with its own line.  It is never run inside a server.  Read next: `child.py`.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from glassgrad.check import cells
from glassgrad.errors import DataError, GlassgradError, SettingError

SECONDS, MEGABYTES = 10.0, 2048
_GRACE = 20.0
"""Seconds that starting Python and loading NumPy may take on top."""


@dataclass(frozen=True)
class Report:
    """The answer to a command: whether it is right, the text, and what the student's code printed."""

    ok: bool
    text: str
    printed: str = ""

    @property
    def exit_code(self) -> int:
        """0 if all is right, 1 if not."""
        return 0 if self.ok else 1

    def __str__(self) -> str:
        if not self.printed:
            return self.text
        lines = "\n".join(f"  | {line}" for line in self.printed.rstrip().splitlines())
        return f"{self.text}\nprinted by the code:\n{lines}"


def backward(
    target: str,
    *,
    reference: str = "",
    shapes: str = "",
    seed: int = 0,
    seconds: float = SECONDS,
    megabytes: int = MEGABYTES,
) -> Report:
    """Check the backward pass `FILE.py:Name`, a class or a function.

    Args:
        reference: what it should be: a function of glassgrad such as `tanh`, or `FILE.py:f`, a function
            of tensors; by default the function of the same name.
        shapes: of the inputs, as `x=5x4,w=3x4,labels=5:3` (5 whole numbers below 3).
        seed: of the random inputs.
        seconds: the student's code may take so long.
        megabytes: the process may use so much memory.
    """
    job = {"reference": reference, "shapes": shapes, "seed": seed}
    return _in_child("backward", target, job, seconds, megabytes)


def gradient(
    target: str,
    *,
    shapes: str = "",
    seed: int = 0,
    seconds: float = SECONDS,
    megabytes: int = MEGABYTES,
) -> Report:
    """Check the gradient of `FILE.py:f`, a function of tensors or an op with a rule of its own."""
    return _in_child("gradient", target, {"shapes": shapes, "seed": seed}, seconds, megabytes)


def formula(
    text: str,
    of: str,
    *,
    wrt: str = "",
    at: str = "",
    define: tuple[str, ...] = (),
    seconds: float = SECONDS,
    megabytes: int = MEGABYTES,
) -> Report:
    """Check that `text` is the gradient of `of`, a formula or `FILE.py:f`.

    Args:
        wrt: the name to differentiate by.
        at: values, as `w=0.3,x=0.2`.
        define: names that the formula uses, as `u=w*x`.
    """
    try:
        values = _values(at)
        extra: dict[str, Any] = dict(_named(d, "define") for d in define)
    except SettingError as error:
        return Report(False, str(error))
    if _is_target(of):
        job = {"text": text, "wrt": wrt, "at": values, "define": extra}
        return _in_child("formula", of, job, seconds, megabytes)
    from glassgrad.check.formula import formula as check

    return _said(lambda: check(text, of, wrt or None, values, **extra))


def separable(path: str | Path, *, label: str = "", seconds: float = SECONDS) -> Report:
    """Check whether the points of a CSV file are linearly separable.

    Args:
        label: name or number of the column with the classes; the last one by default.
        seconds: how long to look for the fewest points to leave out.
    """
    from glassgrad.check.separable import separable as check

    def run() -> Any:
        x, y = _points(Path(path), label)
        return check(x, y, seconds=seconds)

    return _said(run)


def table(
    path: str | Path,
    *,
    counts: str = "",
    accuracy: float | None = None,
    channels: int | None = None,
) -> Report:
    """Check a printed table in a text file against itself.

    Args:
        counts: images per class, as `980,1135,…`, or the name of a test set, as `mnist`.
        accuracy: the accuracy claimed for the same predictions.
        channels: channels of the input, for a table of layers.
    """
    from glassgrad.check.table import table as check

    known: Any = None
    if counts:
        known = [int(c) for c in counts.split(",")] if counts[0].isdigit() else counts
    return _said(
        lambda: check(_text(Path(path)), counts=known, accuracy=accuracy, channels=channels)
    )


def _said(check: Any) -> Report:
    """A verdict or an error of ours as a report."""
    try:
        verdict = check()
    except GlassgradError as error:
        return Report(False, str(error))
    return Report(verdict.ok, verdict.text)


# ---- arguments


def _is_target(text: str) -> bool:
    return bool(re.search(r"\.py:\w+$", text))


def _named(text: str, what: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip().isidentifier():
        raise SettingError(f"{what} must be name=value, got {text!r}.")
    return name.strip(), value.strip()


def _values(at: str) -> dict[str, float]:
    found = {}
    for part in at.split(",") if at else []:
        name, value = _named(part, "at")
        try:
            found[name] = float(value)
        except ValueError as error:
            raise SettingError(f"at must give numbers, as w=0.3,x=0.2; got {part!r}.") from error
    return found


def _text(path: Path) -> str:
    if not path.is_file():
        raise DataError(f"there is no file {path}.")
    if path.stat().st_size > 50_000_000:
        raise DataError(f"{path} is larger than 50 MB.")
    return path.read_text(encoding="utf-8", errors="replace")


def _points(path: Path, label: str) -> tuple[Any, Any]:
    """Coordinates and classes of a CSV file, with or without a line of names."""
    rows = cells.rows(_text(path))
    if not rows:
        raise DataError(f"{path} has no rows.")
    head = rows[0] if all(cells.printed(c) is None for c in rows[0]) else None
    body = rows[1:] if head else rows
    names = head or [str(i) for i in range(len(rows[0]))]
    if label and label not in names:
        raise SettingError(f"label must be one of {', '.join(names)}; got {label!r}.")
    k = names.index(label) if label else len(names) - 1
    for i, row in enumerate(body):
        if len(row) != len(names):
            raise DataError(f"row {i + 1} of {path} has {len(row)} columns, expected {len(names)}.")
    try:
        x = np.array([[float(c) for j, c in enumerate(row) if j != k] for row in body])
    except ValueError as error:
        raise DataError(f"{path}: a coordinate is not a number: {error}.") from error
    return x, np.array([row[k] for row in body])


# ---- the process


def _in_child(
    kind: str, target: str, job: dict[str, Any], seconds: float, megabytes: int
) -> Report:
    file, _, name = target.rpartition(":")
    if not _is_target(target):
        return Report(False, f"expected FILE.py:Name, got {target!r}.")
    if not Path(file).is_file():
        return Report(False, f"there is no file {file}.")
    job |= {"kind": kind, "file": str(Path(file).resolve()), "name": name}
    job |= {"seconds": seconds, "megabytes": megabytes}
    with tempfile.TemporaryDirectory(prefix="glassgrad-") as folder:
        place = Path(folder)
        (place / "job.json").write_text(json.dumps(job))
        code = _run(place, seconds)
        return _collect(place, code, job)


def _run(place: Path, seconds: float) -> int | None:
    """The exit status of the child; None if it had to be ended."""
    one_thread = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "glassgrad.check.child", str(place)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **one_thread, "PYTHONDONTWRITEBYTECODE": "1"},
        start_new_session=True,
    )
    try:
        return process.wait(seconds + _GRACE)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if os.name == "posix":  # its own children too; the group is its own, see start_new_session
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()


def _collect(place: Path, code: int | None, job: dict[str, Any]) -> Report:
    printed = _read(place / "printed")
    if answer := _read(place / "answer.json"):
        found = json.loads(answer)
        return Report(bool(found["ok"]), str(found["text"]), printed)
    name = Path(job["file"]).name
    stack = _read(place / "stack")
    if stack or code is None:
        return Report(False, _too_long(stack, job, name), printed)
    if code is not None and code < 0:
        how = signal.Signals(-code).name
        hint = " (out of memory?)" if how in ("SIGKILL", "SIGABRT", "SIGSEGV") else ""
        return Report(False, f"{name} ended the process by {how}{hint}.", printed)
    return Report(False, f"{name} ended the process itself, with status {code}.", printed)


def _too_long(stack: str, job: dict[str, Any], name: str) -> str:
    """Where the code was when its time was up: the innermost line of its own file."""
    text = f"{name} was still running after {job['seconds']:g} s"
    found = re.search(rf'File "{re.escape(job["file"])}", line (\d+) in (\S+)', stack)
    if not found:
        return f"{text}."
    lines = Path(job["file"]).read_text(errors="replace").splitlines()
    line = lines[int(found[1]) - 1].strip() if int(found[1]) <= len(lines) else ""
    return f"{text}, in line {found[1]}, {found[2]}:\n  {line}"


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
