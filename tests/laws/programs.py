"""Random training programs, as Python source: each must train the same bits traced as written.

A program is the text of a function `program(jit)`, written from a seed by one of the families of habits
(`habits.py`, `more_habits.py`).  It returns everything a user could look at: losses, weights, buffers,
gradients, the optimizer's arrays.  `verdict` runs it both ways; `shrink` takes lines away while it still
differs, so that what is reported is a program of a few lines that a person reads.
"""

import importlib
import random
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassgrad import kernels

HEADER = """\
import math, random
from dataclasses import dataclass
import numpy as np
import glassgrad as gg
from glassgrad import nn, ops, optim, train
from glassgrad.train.step import TrainStep
"""
ESCAPED = "computed inside a jitted step"


class Writer:
    """Collects the lines of a program; what it chooses follows from its seed."""

    def __init__(self, seed: int) -> None:
        self.r = random.Random(seed)
        self.top: list[str] = []  # before the model
        self.init: list[str] = []  # in the model's __init__
        self.before: list[str] = []  # in the loop, before the step
        self.after: list[str] = []  # in the loop, after the step
        self.steps = self.r.choice((6, 8, 10, 13))
        self.count = 0
        self.shape: tuple[int, ...] = ()

    def pick(self, *choices: Any) -> Any:
        return self.r.choice(choices)

    def chance(self, p: float) -> bool:
        return self.r.random() < p

    def seed(self) -> int:
        return self.r.randrange(1000)

    def number(self) -> float:
        return self.r.choice((0.5, 0.9, 0.1, 1.5, 2.0, -1.0, 0.0, 0.25))

    def late(self) -> int:
        """A step after which something happens that was not seen before."""
        return self.r.randrange(2, self.steps)

    def name(self, stem: str) -> str:
        self.count += 1
        return f"{stem}{self.count}"

    def fresh(self, *block: str) -> None:
        """Add a block to the top once, however many habits ask for it."""
        if "\n".join(block) not in self.top:
            self.top.append("\n".join(block))


def indent(lines: list[str], by: int = 1) -> list[str]:
    return ["    " * by + line for text in lines for line in text.split("\n")]


@dataclass(frozen=True)
class Result:
    """What a program gave, or how it ended."""

    values: tuple[Any, ...] = ()
    raised: str = ""

    def same_as(self, other: "Result") -> bool:
        if self.raised or other.raised:
            return self.raised == other.raised
        return len(self.values) == len(other.values) and all(
            map(same_bits, self.values, other.values)
        )


def same_bits(a: Any, b: Any) -> bool:
    """Equal in shape, dtype and bits; any NaN equals any NaN, and 0 is not -0."""
    if isinstance(a, dict):
        return (
            isinstance(b, dict) and a.keys() == b.keys() and all(same_bits(a[k], b[k]) for k in a)
        )
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same_bits, a, b))
    a, b = np.asarray(a), np.asarray(b)
    if (
        a.shape != b.shape
        or a.dtype != b.dtype
        or not np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    ):
        return False
    return a.dtype.kind != "f" or bool((np.signbit(a) == np.signbit(b))[~np.isnan(a)].all())


def run(source: str, jit: bool) -> Result:
    """Execute a program; chance that is global begins anew."""
    space: dict[str, Any] = {}
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - programs of users do draw from it
    threads = kernels.threads()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(compile(source, "<program>", "exec"), space)
            return Result(tuple(space["program"](jit)))
        except Exception as error:
            return Result(raised=f"{type(error).__name__}: {error}")
        finally:
            kernels.threads(threads)


def verdict(source: str) -> str:
    """ "same", "raises" (both ways, the same), "escaped" (says so), or how they differ."""
    written, traced = run(source, False), run(source, True)
    if written.same_as(traced):
        return "raises" if written.raised else "same"
    if ESCAPED in traced.raised:
        return "escaped"
    if written.raised or traced.raised:
        return f"written: {written.raised or 'no error'} | traced: {traced.raised or 'no error'}"
    if len(written.values) != len(traced.values):
        return f"written gives {len(written.values)} values, traced {len(traced.values)}"
    places = [
        i
        for i, pair in enumerate(zip(written.values, traced.values, strict=True))
        if not same_bits(*pair)
    ]
    first = places[0]
    return f"value {first} of {len(written.values)}: {written.values[first]!r} | {traced.values[first]!r}"


def judged(family: str, seeds: Iterable[int]) -> tuple[Counter[str], list[str]]:
    """How the programs of a family end, and reports of the first three that differ."""
    ends: Counter[str] = Counter()
    reports: list[str] = []
    for seed in seeds:
        source = importlib.import_module(family).program(seed)
        end = verdict(source)
        known = end in ("same", "raises", "escaped")
        ends[end if known else "differs"] += 1
        if not known and len(reports) < 3:
            reports.append(report(source, f"{family}, seed {seed}"))
    return ends, reports


def is_different(source: str) -> bool:
    return verdict(source) not in ("same", "raises", "escaped")


def shrink(source: str, differs: Callable[[str], bool] = is_different) -> str:
    """Take blocks of lines away, and unwrap blocks, as long as the program still differs."""
    raised = run(source, False).raised.split(":")[0]

    def still(candidate: str) -> bool:
        written = run(candidate, False)
        honest = written.raised.split(":")[0] == raised and written.same_as(run(candidate, False))
        return honest and differs(candidate)

    lines, changed = source.splitlines(), True
    while changed:
        changed = False
        for i in reversed(range(len(lines))):
            if i >= len(lines):
                continue
            stop = _end(lines, i)
            shorter = lines[:i] + lines[stop:]
            body = [line.removeprefix("    ") for line in lines[i + 1 : stop]]
            options = [shorter] + ([lines[:i] + body + lines[stop:]] if body else [])
            for option in options:
                if still("\n".join(option)):
                    lines, changed = option, True
                    break
    return "\n".join(lines) + "\n"


def _end(lines: list[str], i: int) -> int:
    """Where the block that begins in line i ends."""
    depth = len(lines[i]) - len(lines[i].lstrip())
    stop = i + 1
    while stop < len(lines) and len(lines[stop]) - len(lines[stop].lstrip()) > depth:
        stop += 1
    return stop


def report(source: str, title: str) -> str:
    """A program that differs, in its shortest form, as a test that fails."""
    short = shrink(source)
    return f'"""{title}.\n\n{verdict(short)}\n"""\n{short}'
