"""The checks for the command line: files and formulas in, a report out.

A student's code runs in a process of its own (`sandbox/process.py`); what is asked in a way that cannot be
answered is a report, too, never a traceback.  Read next: `sandbox/process.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from pathlib import Path
from typing import Any, Literal, ParamSpec

import numpy as np

from glassgrad import check
from glassgrad.check.sandbox.process import in_child, is_target
from glassgrad.check.shared.report import Report
from glassgrad.check.shared.verdict import Verdict
from glassgrad.check.table import cells
from glassgrad.derivation.from_text import Written, derived, recorded
from glassgrad.errors import DataError, GlassgradError, SettingError

SECONDS, MEGABYTES = 10.0, 2048
Form = Literal["text", "latex", "html"]
P = ParamSpec("P")


def _reported(answer: Callable[P, Report | Verdict | Written]) -> Callable[P, Report]:
    """A verdict as a report; an error of ours as one of a check that could not be run."""

    @wraps(answer)
    def report(*args: P.args, **kwargs: P.kwargs) -> Report:
        try:
            found = answer(*args, **kwargs)
        except (GlassgradError, OSError) as error:
            return Report.not_run(error)
        if isinstance(found, Verdict | Written):
            return Report("right" if found.ok else "wrong", found.lines)
        return found

    return report


@_reported
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
    return in_child("backward", target, job, seconds, megabytes)


@_reported
def gradient(
    target: str,
    *,
    shapes: str = "",
    seed: int = 0,
    seconds: float = SECONDS,
    megabytes: int = MEGABYTES,
) -> Report:
    """Check the gradient of `FILE.py:f`, a function of tensors or an op with a rule of its own."""
    return in_child("gradient", target, {"shapes": shapes, "seed": seed}, seconds, megabytes)


@_reported
def formula(
    text: str,
    of: str,
    *,
    wrt: str = "",
    at: str = "",
    define: tuple[str, ...] = (),
    seconds: float = SECONDS,
    megabytes: int = MEGABYTES,
) -> Report | Verdict:
    """Check that `text` is the gradient of `of`, a formula or `FILE.py:f`.

    Args:
        wrt: the name to differentiate by.
        at: values, as `w=0.3,x=0.2`; of a formula, those left out are drawn at random.
        define: names that the formula uses, as `u=w*x`.
    """
    values, extra = _values(at), _definitions(define)
    if is_target(of):
        job = {"text": text, "wrt": wrt, "at": values, "define": extra}
        return in_child("formula", of, job, seconds, megabytes)
    return check.formula(text, of, wrt or None, values, **extra)


@_reported
def derivation(
    of: str,
    *,
    wrt: str = "",
    at: str = "",
    shapes: str = "",
    seed: int = 0,
    form: Form = "text",
    seconds: float = SECONDS,
    megabytes: int = MEGABYTES,
) -> Report | Written:
    """Derive the gradient of `of`, a formula or `FILE.py:f`, step by step.

    Args:
        wrt: the names to differentiate by, as `w,b`; all of them by default.
        at: values of a formula's names, as `w=0.3,x=0.2`; those left out are drawn at random.
        shapes: of the inputs of a function.
        form: text, LaTeX, or HTML with MathML.
    """
    if is_target(of):
        job = {"wrt": wrt, "shapes": shapes, "seed": seed, "form": form}
        return in_child("derivation", of, job, seconds, megabytes)
    y = recorded(of, _values(at), rng=seed)
    return derived(y, wrt, form)


@_reported
def separable(path: str | Path, *, label: str = "", seconds: float = SECONDS) -> Verdict:
    """Check whether the points of a CSV file are linearly separable.

    Args:
        label: name or number of the column with the classes; the last one by default.
        seconds: how long to look for the fewest points to leave out.
    """
    x, y = _points(Path(path), label)
    return check.separable(x, y, seconds=seconds)


@_reported
def table(
    path: str | Path,
    *,
    counts: str = "",
    accuracy: float | None = None,
    channels: int | None = None,
) -> Verdict:
    """Check a printed table in a text file against itself.

    Args:
        counts: images per class, as `980,1135,…`, or the name of a test set, as `mnist`.
        accuracy: the accuracy claimed for the same predictions.
        channels: channels of the input, for a table of layers.
    """
    text = _text(Path(path))
    return check.table(text, counts=_counts(counts), accuracy=accuracy, channels=channels)


# ---- arguments


def _counts(text: str) -> list[int] | str | None:
    if not text or not text[0].isdigit():
        return text or None
    try:
        return [int(c) for c in text.split(",")]
    except ValueError as error:
        raise SettingError(
            f"counts must be whole numbers, as 980,1135, or the name of a test set; got {text!r}."
        ) from error


def _named(text: str, what: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip().isidentifier():
        raise SettingError(f"{what} must be name=value, got {text!r}.")
    return name.strip(), value.strip()


def _definitions(define: tuple[str, ...]) -> dict[str, Any]:
    """Names with their formulas; those of the check's own arguments stand for something else."""
    found = dict(_named(d, "define") for d in define)
    for name in sorted(set(found) & set(signature(check.formula).parameters)):
        raise SettingError(f"define cannot use the name {name!r} here: call it {name}1 instead.")
    return found


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
