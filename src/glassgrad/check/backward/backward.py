"""A student's backward pass against ours; where they differ, the mistake by its name.

The reference is recorded and differentiated in float64; the student's code gets the same inputs and the
same random g.  What differs is searched for in the catalogue.  Read next: `search.py`, `mistakes/`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassgrad.check.backward.case import CLOSE, Case
from glassgrad.check.backward.layer_adapters import ask
from glassgrad.check.backward.search import Named, search
from glassgrad.check.shared.verdict import Verdict
from glassgrad.notation.lines import Line
from glassgrad.notation.numbers import number_text
from glassgrad.tensor import Tensor
from glassgrad.validate import validated

Array = NDArray[Any]


@dataclass(frozen=True)
class Argument:
    """One argument's gradient: whether it is right, and to how many digits."""

    name: str
    right: bool
    digits: float
    theirs: Array | None
    ours: Array


@dataclass(frozen=True, repr=False)
class BackwardVerdict(Verdict):
    """Whether a backward pass is right, argument by argument, and what is wrong with it."""

    arguments: tuple[Argument, ...] = ()
    mistakes: tuple[Named, ...] = ()
    """The mistakes found, each with the arguments it explains; empty if none was recognised."""
    forward_right: bool | None = None
    notes: tuple[str, ...] = ()


@validated(
    but=(
        "reference",
        "g",
    )
)
def backward(
    theirs: Any,
    reference: Tensor | Callable[..., Any],
    *inputs: ArrayLike | Tensor,
    g: ArrayLike | None = None,
    names: Sequence[str] | None = None,
    rng: np.random.Generator | int | None = 0,
    seconds: float = 20.0,
) -> BackwardVerdict:
    r"""Whether a student's backward pass gives the gradients of `reference`.

    Args:
        theirs: a class or object with forward and backward, a function `backward(g, *inputs)`, or the
            gradients themselves: an array, several, or a dict by argument.
        reference: an op, a function of tensors, a module, or a recorded tensor with named leaves.
        inputs: the reference's inputs; random numbers of the right shapes are best, zeros hide mistakes.
        g: the gradient of the output; random by default, and 1 where the output is a single number.
        names: of the inputs; by default those of the reference's arguments.
        rng: where g is drawn from.
        seconds: how long to look for the mistake; inputs of a few hundred numbers take less than one.

    Raises:
        ShapeError: gradients that are no arrays, or another number of them.
        SettingError: a signature that cannot be called, with the one that can.

    >>> import glassgrad as gg
    >>> rng = np.random.default_rng(0)
    >>> x, w = rng.normal(size=(5, 4)), rng.normal(size=(4, 3))
    >>> print(backward(lambda g, x, w: (g @ w.T, 2 * x.T @ g), gg.matmul, x, w, names=["x", "w"]))
    wrong: dw; dx is right.
      dw: factor: every entry is the reference × 2: a factor 2 left from (y − t)², where the ...
    """
    case = Case.of(reference, inputs, names, g, rng)
    answer = ask(theirs, case)
    grads, notes = _fitted(answer.grads, case)
    case = case.answered(grads)
    arguments = tuple(_argument(case, i) for i in range(len(case.names)))
    mistakes, complete = search(case, seconds) if case.wrong else ([], True)
    if not complete:
        notes = (
            *notes,
            f"the search was ended after {seconds:g} s: smaller inputs take less time.",
        )
    forward_right = None if answer.y is None else _same_output(answer.y, case.y._array)
    answered = [a for a in arguments if a.theirs is not None]
    ok = bool(answered) and not case.wrong and forward_right is not False
    notes = (*answer.notes, *notes)
    forward = None if forward_right is not False else answer.y
    lines = tuple(_lines(case, arguments, mistakes, forward, notes))
    return BackwardVerdict(ok, lines, arguments, tuple(mistakes), forward_right, notes)


def _fitted(grads: dict[str, Array], case: Case) -> tuple[dict[str, Array], tuple[str, ...]]:
    """Gradients whose shape differs only by axes of length 1 are taken, with a remark."""
    fitted, notes = dict(grads), []
    for name, right in zip(case.names, case.ours, strict=True):
        mine = grads.get(name)
        if mine is None or mine.shape == right.shape:
            continue
        if np.squeeze(mine).shape == np.squeeze(right).shape:
            fitted[name] = mine.reshape(right.shape)
            notes.append(f"d{name} has shape {mine.shape}, {name} has {right.shape}: reshape it.")
    return fitted, tuple(notes)


def _argument(case: Case, i: int) -> Argument:
    mine, ours = case.theirs[i], case.ours[i]
    digits = 0.0
    if mine is not None and mine.shape == ours.shape:
        apart, size = np.abs(mine - ours).max(initial=0.0), np.abs(ours).max(initial=0.0)
        digits = 16.0 if apart == 0 else float(-np.log10(apart / size)) if size else 0.0
    return Argument(case.names[i], mine is not None and i not in case.wrong, digits, mine, ours)


def _same_output(theirs: Array, ours: Array) -> bool:
    if np.squeeze(theirs).shape != np.squeeze(ours).shape:
        return False
    apart = np.abs(theirs.reshape(ours.shape) - ours).max(initial=0.0)
    return bool(apart <= CLOSE * np.abs(ours).max(initial=0.0))


def _lines(
    case: Case,
    arguments: Sequence[Argument],
    mistakes: Sequence[Named],
    forward: Array | None,
    notes: Sequence[str],
) -> Iterator[Line]:
    """What is said; `forward` is the output of the student's forward, if that differs."""
    right = [a for a in arguments if a.right]
    wrong = [a for a in arguments if a.theirs is not None and not a.right]
    yield _first_line(right, wrong)
    for named in mistakes:
        who = ", ".join("d" + n for n in named.arguments)
        yield Line(f"{named.mistake}: {named.sentence}", who, indent=2)
    explained = {n for named in mistakes for n in named.arguments}
    for a in wrong:
        if a.name not in explained:
            yield Line(_where(a), f"d{a.name}", indent=2)
    if forward is not None:
        yield Line(_forward(forward, case.y._array), "forward", indent=2)
    if missing := [f"d{a.name}" for a in arguments if a.theirs is None]:
        yield Line(f"{', '.join(missing)}.", "not given", indent=2)
    yield from (Line(note, "note", indent=2) for note in notes)


def _first_line(right: list[Argument], wrong: list[Argument]) -> Line:
    good = ", ".join("d" + a.name for a in right)
    if wrong:
        bad = ", ".join("d" + a.name for a in wrong)
        also = f"; {good} {'is' if len(right) == 1 else 'are'} right" if right else ""
        return Line(f"{bad}{also}.", "wrong")
    if not right:
        return Line("no gradient was given.", "nothing to compare")
    digits = min(a.digits for a in right)
    single = " (single precision)" if digits < 9 else ""
    return Line(f"{good}, to {digits:.0f} digits{single}.", "right")


def _forward(theirs: Array, ours: Array) -> str:
    if np.squeeze(theirs).shape != np.squeeze(ours).shape:
        return f"yours gives shape {theirs.shape}, the reference {ours.shape}."
    theirs = theirs.reshape(ours.shape)
    at = np.unravel_index(int(np.abs(theirs - ours).argmax()), ours.shape)
    place = f"at {tuple(int(k) for k in at)} " if at else ""
    return (
        f"yours differs from the reference, {place}{number_text(float(theirs[at]))} for "
        f"{number_text(float(ours[at]))}; its backward is compared with that of the reference."
    )


def _where(a: Argument) -> str:
    """Where a gradient is wrong, when nobody knows why."""
    assert a.theirs is not None
    if a.theirs.shape != a.ours.shape:
        return f"expected shape {a.ours.shape}, as {a.name} has, got {a.theirs.shape}."
    off = np.abs(a.theirs - a.ours) > CLOSE * np.abs(a.ours).max()
    at = np.unravel_index(int(np.abs(a.theirs - a.ours).argmax()), a.ours.shape)
    place = tuple(int(k) for k in at)
    said = (
        f"no known mistake. {off.sum()} of {off.size} entries differ, most at {place}: "
        f"{number_text(float(a.theirs[at]))} for {number_text(float(a.ours[at]))}"
    )
    for axis, n in enumerate(off.shape):
        rest = tuple(k for k in range(off.ndim) if k != axis)
        lines = np.flatnonzero(off.any(axis=rest)) if rest else np.flatnonzero(off)
        if len(lines) <= n // 2 and n > 1:
            said += f"; only at {', '.join(map(str, lines))} of axis {axis}"
    return said + "."
