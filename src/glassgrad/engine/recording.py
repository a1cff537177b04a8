"""What a recorded step must know beyond its graph: chance, side effects, and who looked at a value.

A step can be replayed if everything that happens in it is an op.  Three things are not: numbers that are
drawn (a dropout mask), state that a layer keeps (a running mean), and Python that looks at a value and
may decide by it.  The first two are said to the tape, so that a replay repeats them; the third is
noticed, and such a step is not replayed.  Without a tape nothing is remembered and nothing costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

if TYPE_CHECKING:
    from glassgrad.tensor import Tensor


@dataclass
class Tape:
    """What happened while it ran."""

    draws: list[tuple[Tensor, Callable[[], NDArray[Any]]]] = field(default_factory=list)
    effects: list[tuple[Callable[[NDArray[Any]], None], Tensor]] = field(default_factory=list)
    peeked: bool = False


_running: ContextVar[Tape | None] = ContextVar("tape", default=None)


@contextmanager
def running() -> Iterator[Tape]:
    """Within this block, draws, effects and peeks are remembered."""
    token = _running.set(tape := Tape())
    try:
        yield tape
    finally:
        _running.reset(token)


def drawn(draw: Callable[[], NDArray[Any]]) -> Tensor:
    """A constant made by chance; a replay draws again."""
    from glassgrad.tensor import Tensor

    x = Tensor._constant(draw())
    if (tape := _running.get()) is not None:
        tape.draws.append((x, draw))
    return x


def effect(action: Callable[[NDArray[Any]], None], x: Any) -> None:
    """Do `action(value of x)`, now and in every replay: a running mean moves."""
    array = getattr(x, "_array", x)
    action(array)
    if array is not x and (tape := _running.get()) is not None:
        tape.effects.append((action, x))


def peek() -> None:
    """Somebody looks at a value: what Python does with it cannot be replayed."""
    if (tape := _running.get()) is not None:
        tape.peeked = True
