"""Is this step right?  Each one is compared with differences, whatever rule it came from.

The check takes the printed formula, not the engine's number: what is verified is what the reader sees.
Small inputs are moved element by element, large ones along random directions, in which every element
takes part.  At a kink (ReLU at 0, a tie of a maximum) no derivative exists: there the value must lie
between the slopes on both sides, and the kink is counted and reported.  Read next: `kinks.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.derivation.kinks import Use, at_kink
from glassgrad.engine.traversal import interpret
from glassgrad.ops.base import Elementwise, Op
from glassgrad.read.backward import as_float64
from glassgrad.tensor import Tensor

Array = NDArray[np.float64]
Outputs = Callable[[Array], Array]
"""The parts, in any shape, whose sum is the number that is differentiated."""
TOLERANCE = 1e-6
ONE_BY_ONE = 64
"""Elements up to which each is moved by itself."""
DIRECTIONS = 8
SOME = 16
"""Elements at a tie that are moved by themselves, where there are more."""
_WIDTHS = (1e-3, 1e-4, 1e-5)
_AT = (-2, -1, 0, 1, 2)


@dataclass(frozen=True)
class Check:
    """The outcome: `error` is the largest deviation, relative to the size of the gradient."""

    error: float
    compared: int
    how: str
    kinks: int = 0
    ok: bool = True

    def __str__(self) -> str:
        how = self.how.replace("elements", "element") if self.compared == 1 else self.how
        verdict = "agrees to" if self.ok else "DIFFERS by"
        kinks = f"; {self.kinks} at a kink, between both slopes" if self.kinks else ""
        return (
            f"{self.compared} {how} by differences, {verdict} {max(self.error, 1e-16):.0e}{kinks}"
        )


@dataclass(frozen=True)
class _Slopes:
    """Slopes of every output part: of fourth order, the lower and the higher one, the rounding error."""

    central: Array
    low: Array
    high: Array
    noise: Array

    def summed(self, collapse: Callable[[Array], Array]) -> _Slopes:
        """The slopes of sums of parts; rounding errors are independent of each other."""
        central, low, high = (collapse(a) for a in (self.central, self.low, self.high))
        return _Slopes(central, low, high, 3 * np.sqrt(collapse(self.noise**2)))


def check_uses(uses: Sequence[Use], claimed: Array) -> Check:
    """Whether `claimed` is the gradient of Σ ⟨g, op(…)⟩ over all the uses of one input."""
    x = uses[0][1][uses[0][2][0]]
    outputs = [_moved(*use) for use in uses]
    if all(isinstance(use[0], Elementwise) for use in uses):
        shapes = [use[3].shape for use in uses]
        pairs = list(zip(outputs, shapes, strict=True))
        widths = (_total(_all_at_once(f, x, n, h) for f, n in pairs) for h in _WIDTHS)
        return _judge(widths, claimed, "elements")
    found = _by_steps(outputs, x, claimed)
    if not found.kinks or x.size <= ONE_BY_ONE:
        return found
    at_tie = at_kink(uses, x, _kinks)
    return found if at_tie.all() or not at_tie.any() else _apart(outputs, x, claimed, at_tie)


def check_function(f: Outputs, x: Array, claimed: Array) -> Check:
    """Whether `claimed` is the gradient of the sum of what a function returns."""
    return _by_steps([f], x, claimed)


def _by_steps(functions: Sequence[Outputs], x: Array, claimed: Array) -> Check:
    return _along_all(functions, x, claimed, *_steps(x))


def _along_all(
    functions: Sequence[Outputs], x: Array, claimed: Array, steps: Sequence[Array], how: str
) -> Check:
    known = [(f, f(x)) for f in functions]
    widths = (
        _stacked([_total(_along(f, x, s, h, here) for f, here in known) for s in steps])
        for h in _WIDTHS
    )
    return _judge(widths, np.array([np.vdot(claimed, s) for s in steps]), how)


def _apart(
    functions: Sequence[Outputs], x: Array, claimed: Array, at_tie: NDArray[np.bool_]
) -> Check:
    """Elements at a tie one by one, some of them; the others along directions without a kink."""
    places = np.flatnonzero(at_tie)
    some = np.random.default_rng(2).permutation(places)[:SOME]
    single = _along_all(functions, x, claimed, [_unit(x, k) for k in some], "")
    free = [np.where(at_tie, 0.0, s) for s in _steps(x)[0]]
    rest = _along_all(functions, x, claimed, free, "")
    how = (
        f"directions ({len(free)} through the {x.size - places.size} elements without a tie, "
        f"{some.size} of {places.size} elements at a tie one by one)"
    )
    worst, compared = max(single.error, rest.error), single.compared + rest.compared
    return Check(worst, compared, how, places.size + rest.kinks, single.ok and rest.ok)


def _kinks(use: Use, direction: Array) -> NDArray[np.bool_]:
    """The parts of a result that have a kink along a direction, however small they are."""
    h = _WIDTHS[-1]
    x, f = use[1][use[2][0]], _moved(*use)
    at = np.stack([f(x + k * h * direction) for k in _AT])
    with np.errstate(all="ignore"):
        pieces = np.diff(at, axis=0) / h
        noise = 8 * np.finfo(float).eps * np.abs(at[2]) / h
        apart = np.max(pieces, axis=0) - np.min(pieces, axis=0)
        return np.asarray(apart > 1e-3 * np.max(np.abs(pieces), axis=0) + 10 * noise)


def _moved(op: Op, inputs: Sequence[Array], places: Sequence[int], g: Array) -> Outputs:
    """g times the output of an op, as a function of the input at these places."""

    def outputs(x: Array) -> Array:
        changed = [x if k in places else a for k, a in enumerate(inputs)]
        with np.errstate(all="ignore"):
            return np.asarray(g * op.compute(*changed))

    return outputs


def _all_at_once(f: Outputs, x: Array, shape: tuple[int, ...], h: float) -> _Slopes:
    """Of an elementwise op: no part of the output depends on two elements, once they are broadcast."""
    full = np.broadcast_to(x, shape)
    step = h * np.maximum(1.0, np.abs(full))
    return _slopes({k: f(full + k * step) for k in _AT}, step).summed(lambda a: _sum_to(a, x.shape))


def _along(f: Outputs, x: Array, step: Array, h: float, here: Array) -> _Slopes:
    """Along a direction: the parts are added up, each with its own kink; `here` is f(x)."""
    found = _slopes({k: f(x + k * h * step) if k else here for k in _AT}, h)
    return found.summed(lambda a: np.asarray(np.sum(a)))


def _slopes(at: Mapping[int, Array], h: Any) -> _Slopes:
    with np.errstate(all="ignore"):
        central = (8 * (at[1] - at[-1]) - (at[2] - at[-2])) / (12 * h)
        left, right = (at[0] - at[-1]) / h, (at[1] - at[0]) / h
        noise = 8 * np.finfo(float).eps * np.abs(at[0]) / h
        scale = np.max(np.fmax(np.abs(left), np.abs(right)), initial=0)
        is_kink = np.abs(left - right) > 1e-2 * scale + 10 * noise
        low, high = (f(left, right) for f in (np.fmin, np.fmax))
    return _Slopes(
        central, np.where(is_kink, low, central), np.where(is_kink, high, central), noise
    )


def _total(slopes: Iterable[_Slopes]) -> _Slopes:
    """The slopes of a sum of functions."""
    parts = list(slopes)
    return _Slopes(
        *(
            np.sum([getattr(p, n) for p in parts], axis=0)
            for n in ("central", "low", "high", "noise")
        )
    )


def _stacked(slopes: Sequence[_Slopes]) -> _Slopes:
    names = ("central", "low", "high", "noise")
    return _Slopes(*(np.array([getattr(s, n) for s in slopes]) for n in names))


def _steps(x: Array) -> tuple[list[Array], str]:
    """The directions in which an input is moved, and what to call them."""
    if x.size <= ONE_BY_ONE:
        return [_unit(x, k) for k in range(x.size)], "elements"
    rng = np.random.default_rng(0)
    steps = [rng.choice([-1.0, 1.0], x.shape) for _ in range(DIRECTIONS)]
    return steps, f"directions through all {x.size} elements"


def _unit(x: Array, k: int) -> Array:
    return np.eye(1, x.size, k).reshape(x.shape)


def _judge(widths: Iterable[_Slopes], claimed: Array, how: str) -> Check:
    """Narrower differences are taken only where wider ones disagree; at the end a kink may embrace."""
    if claimed.size == 0:
        return Check(0.0, 0, how)
    error = np.full(claimed.shape, np.inf)
    for s in widths:
        scale = _scale(s.central, claimed)
        with np.errstate(all="ignore"):
            resolved = np.fmax(
                scale, s.noise / TOLERANCE
            )  # what cannot be resolved is no deviation
            error = np.fmin(error, np.abs(s.central - claimed) / resolved)
        if np.all(error <= TOLERANCE):
            return Check(float(np.max(error)), claimed.size, how)
    slack = 1e-3 * scale + s.noise
    kink = (error > TOLERANCE) & (s.high > s.low)
    kink &= (s.low - slack <= claimed) & (claimed <= s.high + slack)
    worst = float(np.max(np.where(kink, 0.0, error)))
    return Check(worst, claimed.size, how, int(np.sum(kink)), worst <= TOLERANCE)


def _scale(found: Array, claimed: Array) -> Array:
    """What an error is measured by: the element itself, but not less than a part of the largest."""
    own = np.fmax(np.abs(found), np.abs(claimed))
    finite = own[np.isfinite(own)]
    largest = float(np.max(finite, initial=0.0))
    return np.fmax(own, max(1e-3 * largest, 1e-12))


def _sum_to(x: Array, shape: tuple[int, ...]) -> Array:
    extra = x.ndim - len(shape)
    axes = (*range(extra), *(i for i, n in enumerate(shape, extra) if n == 1 and x.shape[i] != 1))
    return np.asarray(x.sum(axis=axes, keepdims=True)).reshape(shape)


def as_function(order: Sequence[Tensor], start: Tensor) -> Callable[[Array], Array]:
    """The result of a recorded graph as a function of one of its nodes, in float64."""
    below = {id(start)}
    later = [n for n in order if _is_below(n, below)]
    known = {id(n): as_float64(n._array) for n in order if id(n) not in below}

    def compute(node: Tensor, inputs: list[Array]) -> Array:
        assert node.op is not None
        return np.asarray(node.op.compute(*inputs))

    def result(x: Array) -> Array:
        with np.errstate(all="ignore"):
            return interpret(later, compute, {**known, id(start): x})[id(order[-1])]

    return result


def _is_below(node: Tensor, below: set[int]) -> bool:
    """Whether a node depends on one of `below`; if so it joins them."""
    if id(node) in below or not any(id(x) in below for x in node.inputs):
        return False
    below.add(id(node))
    return True
