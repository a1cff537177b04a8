r"""Is a rule right?  The full Jacobian by the rule against the full Jacobian by differences.

Every entry is compared by itself, relative to its own size and to what differences can see of it; there
is no fixed tolerance under which a small gradient could hide.  At a kink any slope between the left one
and the right one is accepted and the kink is reported.  Read next: `differences.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassgrad.arguments import function, input_arrays
from glassgrad.check.gradient.differences import Slopes, slopes
from glassgrad.check.shared.verdict import Verdict
from glassgrad.errors import DataError, GlassgradError, GraphError, SettingError
from glassgrad.graph import grad
from glassgrad.notation.lines import Line
from glassgrad.notation.numbers import number_text
from glassgrad.tensor import Tensor
from glassgrad.validate import validated

Array = NDArray[Any]
RTOL = 1e-7
"""Entries may differ by this much of their size: seven digits, ten times finer than what must be found."""
LARGEST = 4_000_000


@dataclass(frozen=True)
class Entry:
    r"""One entry of a Jacobian: $\partial y[\text{output}] / \partial x[\text{element}]$."""

    name: str
    element: tuple[int, ...]
    output: tuple[int, ...]
    rule: float
    differences: float
    error: float
    """How much the differences may be off."""
    left: float
    right: float

    def __str__(self) -> str:
        return f"∂y{_index(self.output)}/∂{self.name}{_index(self.element)}"


@dataclass(frozen=True, repr=False)
class GradientVerdict(Verdict):
    """Whether a rule is right, entry by entry."""

    worst: Entry | None = None
    entries: int = 0
    wrong: int = 0
    blunt: int = 0
    """Entries so small that a relative error of 1e-6 would not be seen beside the rounding of f."""
    unmeasured: int = 0
    """Entries that differences could not measure at all."""
    kinks: tuple[Entry, ...] = ()
    jumps: tuple[Entry, ...] = ()
    rule: tuple[Array, ...] = ()
    """Per input: (outputs, elements)."""
    differences: tuple[Array, ...] = ()


@validated(but=("f",))
def gradient(f: Callable[..., Any], *xs: ArrayLike | Tensor) -> GradientVerdict:
    """Whether the gradient of `f` at `xs` is right.

    Args:
        f: an op, or a function of tensors that gives a tensor.
        xs: its inputs; they are taken in float64.  Integers and booleans are passed on as they are.

    Raises:
        GraphError: `f` that gives no tensor, or one that depends on none of the inputs.
        SettingError: `f` that is no function or gives two values for one input; no real input; too
            large a Jacobian.
        DataError: a value that is not finite.
        DtypeError: inputs that are no numbers.

    >>> import glassgrad as gg
    >>> print(gradient(gg.tanh, [0.5, -1.0]))
    right: all 4 entries of the Jacobian agree to 7 digits.
    >>> print(gradient(gg.relu, [0.0, 1.0]))
    right: all 4 entries of the Jacobian agree to 7 digits.
      1 at a kink: ∂y[0]/∂x[0] is 0, between the slopes 0 to the left and 1 to the right.
    """
    problem = _Problem.of(f, xs)
    by_rule = problem.rule()
    measured = [problem.measure(i, rule) for i, rule in enumerate(by_rule)]
    entries = [
        _Entries(problem, i, rule.T, found)
        for i, (rule, found) in enumerate(zip(by_rule, measured, strict=True))
    ]
    wrong = [e for part in entries for e in part.listed(~part.right)]
    verdict = GradientVerdict(
        not wrong,
        (),
        max(wrong, key=lambda e: abs(e.rule - e.differences), default=None),
        sum(part.rule.size for part in entries),
        len(wrong),
        sum(int(part.blunt.sum()) for part in entries),
        sum(int(part.unmeasured.sum()) for part in entries),
        tuple(e for part in entries for e in part.listed(part.measured.kink)),
        tuple(e for part in entries for e in part.listed(part.measured.jump)),
        tuple(by_rule),
        tuple(found.value.T for found in measured),
    )
    return replace(verdict, lines=tuple(_lines(verdict, wrong)))


@dataclass(frozen=True)
class _Problem:
    """A function and a point; `places` are the inputs that can be differentiated by."""

    f: Callable[..., Any]
    inputs: tuple[Array, ...]
    places: tuple[int, ...]
    shape: tuple[int, ...]

    @classmethod
    def of(cls, f: Callable[..., Any], xs: tuple[Any, ...]) -> _Problem:
        function(f, "f")
        arrays = input_arrays(xs)
        real = [a.dtype.kind == "f" for a in arrays]
        inputs = tuple(a.astype(np.float64) if r else a for a, r in zip(arrays, real, strict=True))
        places = tuple(i for i, r in enumerate(real) if r)
        self = cls(f, inputs, places, ())
        first, again = self.record()[1], self.record()[1]
        if not isinstance(first, Tensor) or first.op is None or first.dtype.kind != "f":
            what = "a constant" if isinstance(first, Tensor) else type(first).__name__
            raise GraphError(f"f must give a Tensor computed from its inputs, got {what}.")
        if not np.array_equal(first._array, again._array, equal_nan=True):
            raise SettingError(
                "f gave two values for the same input: draw random numbers outside of f."
            )
        if not np.isfinite(first._array).all():
            raise DataError("f is not finite at this point: there is no gradient to compare with.")
        if first.size * sum(inputs[i].size for i in places) > LARGEST:
            raise SettingError(
                f"the Jacobian would have more than {LARGEST:,} entries: use smaller inputs, the rule "
                "is the same."
            )
        return replace(self, shape=first.shape)

    @property
    def names(self) -> list[str]:
        """x if there is one input, else x0, x1, …."""
        return ["x"] if len(self.inputs) == 1 else [f"x{i}" for i in self.places]

    def record(self) -> tuple[list[Tensor], Any]:
        args: list[Any] = list(self.inputs)
        leaves = [Tensor(args[i], f"x{i}") for i in self.places]
        for i, leaf in zip(self.places, leaves, strict=True):
            args[i] = leaf
        return leaves, self.f(*args)

    def rule(self) -> list[Array]:
        """Per input, (outputs, elements): one backward pass for each output."""
        leaves, y = self.record()
        jacobians = [np.zeros((y.size, x.size)) for x in leaves]
        for row in range(y.size):
            seed = np.zeros(y.size)
            seed[row] = 1.0
            grads = grad(y, leaves, seed.reshape(y.shape))
            for jacobian, g in zip(jacobians, grads, strict=True):
                jacobian[row] = g.ravel()
        return jacobians

    def measure(self, i: int, rule: Array) -> Slopes:
        """By differences; elements that disagree are measured once more with other steps."""
        place = self.places[i]
        x = self.inputs[place].ravel().copy()

        def flat(values: Array) -> Array:
            args: list[Any] = list(self.inputs)
            args[place] = values.reshape(self.inputs[place].shape)
            try:
                return self.f(
                    *(Tensor(a) if a.dtype.kind == "f" else a for a in args)
                )._array.ravel()
            except GlassgradError:  # outside of where f is defined, such as probabilities above 1
                return np.full(rule.shape[0], np.nan)

        first = slopes(flat, x, np.arange(x.size))
        doubtful = np.flatnonzero(~_Entries(self, i, rule.T, first).right.all(axis=1))
        if len(doubtful):
            again = slopes(flat, x, doubtful, start=0.7)
            apart = np.abs(again.value - first.value[doubtful])
            first.error[doubtful] = np.fmax(np.fmax(again.error, first.error[doubtful]), apart)
        return first


@dataclass(frozen=True)
class _Entries:
    """All entries of one input's Jacobian, (elements, outputs), by rule and by differences."""

    problem: _Problem
    input: int
    rule: Array
    measured: Slopes

    @property
    def room(self) -> Array:
        """How far the two may be apart: seven digits, and what the differences leave open."""
        size = np.fmax(abs(self.rule), abs(self.measured.value))
        return RTOL * size + 4 * self.measured.error

    @property
    def unmeasured(self) -> Array:
        return ~np.isfinite(self.measured.error) & ~self.measured.kink & ~self.measured.jump

    @property
    def right(self) -> Array:
        found = self.measured
        with np.errstate(all="ignore"):
            close = abs(self.rule - found.value) <= self.room
            low, high = np.minimum(found.left, found.right), np.maximum(found.left, found.right)
            blur = 1e-5 * np.maximum(abs(low), abs(high))
            between = (self.rule >= low - blur) & (self.rule <= high + blur)
        accepted = np.where(found.kink, between, close | found.jump | self.unmeasured)
        return accepted & (np.isfinite(self.rule) | (self.unmeasured & np.isinf(self.rule)))

    @property
    def blunt(self) -> Array:
        """Entries so small that an error of 1e-6 of their size would drown in the rounding of f."""
        with np.errstate(all="ignore"):
            size = np.fmax(abs(self.rule), abs(self.measured.value))
            hidden = (self.room > 1e-6 * size) & (size > 0)
        return hidden & ~self.measured.kink & ~self.measured.jump & ~self.unmeasured

    def listed(self, which: Array) -> list[Entry]:
        """The entries where `which` holds, each with its place and numbers."""
        place = self.problem.places[self.input]
        shape, found = self.problem.inputs[place].shape, self.measured
        return [
            Entry(
                self.problem.names[self.input],
                tuple(int(n) for n in np.unravel_index(j, shape)),
                tuple(int(n) for n in np.unravel_index(i, self.problem.shape)),
                *(float(a[j, i]) for a in (self.rule, found.value, found.error)),
                *(float(a[j, i]) for a in (found.left, found.right)),
            )
            for j, i in np.argwhere(which)
        ]


def _lines(verdict: GradientVerdict, wrong: list[Entry]) -> Iterator[Line]:
    total = f"{verdict.entries:,} entries of the Jacobian"
    if verdict.ok:
        yield Line(f"all {total} agree to 7 digits.", "right")
    else:
        yield Line(f"{len(wrong):,} of {total}.", "wrong")
    if (worst := verdict.worst) is not None:
        said = (
            f"{worst} is {worst.rule:.10g} by the rule and {worst.differences:.10g} by "
            f"differences (± {worst.error:.1g})."
        )
        yield Line(said, "worst", indent=2)
        yield from _pattern(wrong)
    if verdict.kinks:
        e = verdict.kinks[0]
        said = (
            f"{e} is {number_text(e.rule)}, between the slopes {number_text(e.left)} to the left and "
            f"{number_text(e.right)} to the right."
        )
        yield Line(said, f"{len(verdict.kinks)} at a kink", indent=2)
    if verdict.jumps:
        label = f"{len(verdict.jumps)} at a jump of f, where no derivative exists"
        yield Line(f"{verdict.jumps[0]}.", label, indent=2)
    if verdict.blunt:
        said = "are so small that the rounding of f hides errors of 1e-6 in them."
        yield Line(f"{verdict.blunt:,} {said}", indent=2)
    if verdict.unmeasured:
        said = "could not be measured: f is not smooth around them."
        yield Line(f"{verdict.unmeasured:,} {said}", indent=2)


def _pattern(wrong: list[Entry]) -> Iterator[Line]:
    """What all wrong entries have in common."""
    ratios = np.array([e.rule / e.differences if e.differences else np.nan for e in wrong])
    if len(wrong) > 1 and np.ptp(ratios) < 1e-6 * abs(ratios[0]):
        times = f"{number_text(ratios[0])} times the right value"
        yield Line(f"In every wrong entry the rule gives {times}.", indent=2)
    elif all(e.rule == 0 for e in wrong):
        yield Line("In every wrong entry the rule gives 0.", indent=2)


def _index(place: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, place))}]" if place else ""
