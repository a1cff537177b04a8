"""`gg.jit`: any function of a training loop, the same results, with the arithmetic replayed.

Python runs every time; only the arithmetic is replayed.  So conditions, counters, chance, printing and
closures are right because they run, and nothing has to be declared.  Read next: `plan.py`.
"""

from __future__ import annotations

import copy
import functools
import inspect
import itertools
import threading
import warnings
from collections.abc import Callable
from typing import Any, Generic, ParamSpec, TypeVar

from glassgrad import kernels
from glassgrad.engine.recording import tracing
from glassgrad.errors import SettingError
from glassgrad.plan.trace import State, Trace

P = ParamSpec("P")
R = TypeVar("R")
MOST_PLANS = 16
"""Plans kept for a function; the one that was not used for longest goes."""
MOST_STATES = 20_000
"""Places in a function's tree; a tree that is full is begun anew."""
MOST_MISSES = 40
"""Calls without a plan, more than calls with one, until a function is left alone."""

_serials = itertools.count(1)


class Past:
    """What a function has done before: its tree, its plans, and how often that helped."""

    def __init__(self) -> None:
        self._roots: dict[int, State] = {}
        self._states = 0
        self._planned: list[State] = []
        self.last: Any = None
        self.misses, self.grew = 0, False

    def root(self, threads: int) -> State:
        """Where a call begins."""
        return self._roots.get(threads) or self._roots.setdefault(threads, State())

    def guess(self) -> Any:
        """The plan that ran last time after the one that ran last."""
        return None if self.last is None else self.last.successor

    def ran(self, plan: Any) -> None:
        """Remember which plan followed which."""
        if self.last is not None:
            self.last.successor = plan
        self.last = plan

    def grow(self, state: State, key: Any, new: State) -> State:
        """A new branch."""
        self.grew = True
        self._states += 1
        if self._states > MOST_STATES:
            self._roots.clear()
            self._planned.clear()
            self._states, self.last = 0, None
        return state.next.setdefault(key, new)

    def planned(self, state: State) -> None:
        """A plan was made; the oldest one goes if there are too many."""
        self._planned = [s for s in self._planned if s is not state] + [state]
        if len(self._planned) > MOST_PLANS:
            self._planned.pop(0).plan = None

    @property
    def plans(self) -> list[Any]:
        """The plans that there are."""
        return [s.plan for s in self._planned if s.plan is not None]


class Jitted(Generic[P, R]):
    """A function whose calls are traced; see `jit`."""

    def __init__(self, step: Callable[P, R]) -> None:
        self.step, self.past, self.lock = step, Past(), threading.RLock()
        self.is_given_up = False
        functools.update_wrapper(self, step, updated=())

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        if tracing.get() is not None or self.is_given_up or not kernels.on():
            return self.step(*args, **kwargs)
        with self.lock:
            trace = Trace(self.past, next(_serials))
            token = tracing.set(trace)
            try:
                result = self.step(*args, **kwargs)
                trace.flush()
            except BaseException:
                trace.settle()
                raise
            finally:
                tracing.reset(token)
                self._count()
            return result

    def __deepcopy__(self, memo: dict[int, Any]) -> Jitted[P, R]:
        """A copy of a model that has jitted methods jits its own; it begins without a past."""
        memo[id(self)] = new = Jitted(copy.deepcopy(self.step, memo))
        return new

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    @property
    def plans(self) -> list[Any]:
        """The plans made so far: `plans[0].source()` prints one."""
        return self.past.plans

    def _count(self) -> None:
        """Leave a function alone that never does twice the same."""
        past = self.past
        past.misses = past.misses + 1 if past.grew else max(0, past.misses - 1)
        past.grew = False
        if past.misses > MOST_MISSES:
            self.is_given_up = True
            self.past = Past()
            warnings.warn(
                f"{getattr(self.step, '__qualname__', self.step)} did something new in almost every "
                "call, so it runs as written from now on: the results are the same, jit saves nothing.",
                stacklevel=3,
            )


def jit(step: Callable[P, R]) -> Jitted[P, R]:
    """The same function, faster from its third call on.

    Args:
        step: any function of a training loop: `zero_grad`, a forward pass, `backward()`, an optimizer's
            `step()` may be in it, and any Python in between.  It runs every time.

    Raises:
        SettingError: something else than a function, or a generator.

    >>> import glassgrad as gg
    >>> w = gg.tensor([1.0, 2.0], name="w")
    >>> @jit
    ... def step(x):
    ...     w.zero_grad()
    ...     loss = ((w - x) * (w - x)).sum()
    ...     loss.backward()
    ...     return loss
    >>> [step(float(i)).item() for i in range(4)]
    [5.0, 1.0, 1.0, 5.0]
    """
    if not callable(step):
        raise SettingError(f"jit expects a function, got {type(step).__name__}: write jit(step).")
    for is_odd in (
        inspect.isgeneratorfunction,
        inspect.iscoroutinefunction,
        inspect.isasyncgenfunction,
    ):
        if is_odd(step):
            raise SettingError(
                f"{step.__qualname__} is a generator or a coroutine, which stops in the middle: jit the "
                "function of one step, and call it there."
            )
    return step if isinstance(step, Jitted) else Jitted(step)
