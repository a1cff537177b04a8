"""The front desk of the checks: files and formulas in, a report out; the command line shows it as it is.

A student's code runs in a process of its own (`sandbox/process.py`); what is asked in a way that cannot be
answered is a report, too, never a traceback.  Read next: `sandbox/process.py`.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import wraps
from inspect import signature
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, Literal, ParamSpec

from glassgrad import check
from glassgrad.check.sandbox.process import in_child, is_target
from glassgrad.check.shared.report import Report
from glassgrad.check.shared.verdict import Verdict
from glassgrad.check.table import cells
from glassgrad.data.csv import Examples, examples, read_examples
from glassgrad.derivation.from_text import Written, derived, recorded
from glassgrad.errors import DataError, GlassgradError, SettingError

SECONDS, MEGABYTES = 10.0, 2048
Form = Literal["text", "latex", "html"]
Typed = Annotated[str, "typed"]
"""A formula as somebody types it: it may begin with a minus."""
Several = str | tuple[str, ...]
"""Things with commas between them, or some of them at a time."""
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
    /,
    *,
    reference: str = "",
    shapes: Several = (),
    seed: int = 0,
    seconds: float = SECONDS,
    megabytes: int = MEGABYTES,
) -> Report:
    """Is this backward pass right?  If not, which mistake is it?

    glassgrad check backward my_layer.py:Tanh

    glassgrad check backward mine.py:backward --reference mine.py:loss --shapes x=5x4,t=5:3

    Args:
        target: FILE.py:Name, a class with forward and backward, or a function backward(g, x, …).
        reference: what it should be: a function of glassgrad, such as tanh, or FILE.py:f, a function
            of tensors; by default the function of the same name.
        shapes: of the inputs, as x=5x4,w=3x4; labels=5:3 for 5 whole numbers below 3, p=5x4:0..1
            for numbers between 0 and 1, c=0.5 for a number.
        seed: of the random inputs.
        seconds: your code may take so long.
        megabytes: it may use so much memory.
    """
    job = {"reference": reference, "shapes": _together(shapes), "seed": seed}
    return in_child("backward", target, job, seconds, megabytes)


@_reported
def gradient(
    target: str,
    /,
    *,
    shapes: Several = (),
    seed: int = 0,
    seconds: float = SECONDS,
    megabytes: int = MEGABYTES,
) -> Report:
    """Is the gradient of a function or of an op of your own right, entry by entry?

    glassgrad check gradient my_ops.py:swish --shapes x=3x4

    Args:
        target: FILE.py:f, a function of tensors, or an op with a rule of its own.
        shapes: of the inputs, as x=5x4,w=3x4; 4x4 each by default.
        seed: of the random inputs.
        seconds: your code may take so long.
        megabytes: it may use so much memory.
    """
    job = {"shapes": _together(shapes), "seed": seed}
    return in_child("gradient", target, job, seconds, megabytes)


@_reported
def formula(
    formula: Typed,
    /,
    *,
    of: Typed,
    wrt: str = "",
    at: Several = (),
    define: tuple[str, ...] = (),
    seconds: float = SECONDS,
    megabytes: int = MEGABYTES,
) -> Report | Verdict:
    r"""Is a gradient that was worked out on paper right?

    glassgrad check formula "2x(1 - y)" --of "x^2 - x^2 y" --wrt x

    Args:
        formula: the gradient, as 2x(1 - y) or in LaTeX.
        of: what was differentiated: a formula, or FILE.py:f, a function of tensors.
        wrt: the name to differentiate by; may be left out if there is one.
        at: values, as w=0.3,x=0.2; those of a formula may be left out.
        define: a name that the formula uses, as u=w*x; several times for several.
        seconds: your code may take so long.
        megabytes: it may use so much memory.
    """
    values, extra = _values(_together(at)), _definitions(define)
    if is_target(of):
        job = {"text": formula, "wrt": wrt, "at": values, "define": extra}
        return in_child("formula", of, job, seconds, megabytes)
    return check.formula(formula, of, wrt or None, values, **extra)


@_reported
def table(
    file: Path,
    /,
    *,
    counts: str = "",
    accuracy: float | None = None,
    channels: int | None = None,
) -> Verdict:
    """Can a printed table of scores or of parameters be true?

    glassgrad check table table2.md --counts mnist --accuracy 0.971

    Args:
        file: the table as Markdown, LaTeX, CSV, or columns of text.
        counts: images per class, as 980,1135,1032, or the name of a test set, as mnist.
        accuracy: the accuracy claimed for the same predictions.
        channels: channels of the input, for a table of layers.
    """
    return check.table(_text(file), counts=_counts(counts), accuracy=accuracy, channels=channels)


@_reported
def separable(file: Path, /, *, label: str = "", seconds: float = SECONDS) -> Verdict:
    """Can a linear classifier be right on every point?  With a proof, either way.

    glassgrad check separable points.csv

    Args:
        file: one point per line, its class in the last column; a line of names may come first.
            A CSV file, or a table as Markdown or LaTeX.
        label: name or number of the column with the classes.
        seconds: how long to look for the fewest points to leave out.
    """
    found = _points(Path(file), label or None)
    return check.separable(found.x, found.labels, seconds=seconds)


@_reported
def derive(
    of: Typed,
    /,
    *,
    wrt: Several = (),
    at: Several = (),
    shapes: Several = (),
    seed: int = 0,
    format: Form = "text",
    seconds: float = SECONDS,
    megabytes: int = MEGABYTES,
) -> Report | Written:
    """Why is the gradient what it is?  Every step, with its rule, its numbers and a check.

    glassgrad derive "tanh(w x + b)" --wrt w

    glassgrad derive my_net.py:loss --shapes x=2x3,w=3x2 --format html > why.html

    Args:
        of: a formula, or FILE.py:f, a function of tensors.
        wrt: the names to differentiate by, as w,b; all of them by default.
        at: values of a formula's names, as w=0.3,x=0.2; those left out are drawn at random.
        shapes: of a function's inputs, as x=5x4,w=3x4,labels=5:3.
        seed: of what is random.
        format: text, latex (for a document with amsmath), or html (with MathML).
        seconds: your code may take so long.
        megabytes: it may use so much memory.
    """
    names = _together(wrt)
    if is_target(of):
        job = {"wrt": names, "shapes": _together(shapes), "seed": seed, "form": format}
        return in_child("derivation", of, job, seconds, megabytes)
    return derived(recorded(of, _values(_together(at)), rng=seed), names, format)


# ---- arguments


def _together(several: Several) -> str:
    return several if isinstance(several, str) else ",".join(several)


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


def _points(path: Path, label: str | None) -> Examples:
    """The points of a CSV file, or of a table as it stands in a report."""
    lines = _text(path).splitlines() if path.is_file() else []
    first = next((line.strip() for line in lines if line.strip()), "")
    if "|" not in first and "&" not in first and not first.startswith("\\"):
        return read_examples(path, label, option="--label ")
    table = StringIO()
    for line in lines:  # one line for each, so that a message can name it
        csv.writer(table).writerows(cells.rows(line) or [[]])
    table.seek(0)
    return examples(table, path, label, ",", option="--label ")
