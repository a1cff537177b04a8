"""What is recorded: by default what needs a gradient; with `no_grad()` nothing, with `recording()` all.

A value that needs no gradient would only hold on to memory: a running total of detached losses must not
keep every one of them.  Only a constant that was given a name is to be seen where it is used.  A reader
that draws, exports or explains a computation wants all constants, so it computes within `recording()`.
Read next: `graph.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar
from typing import Any

_recorded: ContextVar[bool | None] = ContextVar("recorded", default=None)
"""True: every op; False: none; None: those on a tensor that needs a gradient, or has a name."""


def is_recording() -> bool:
    """Whether what is computed from a variable is recorded; `no_grad()` switches that off."""
    return _recorded.get() is not False


def is_default() -> bool:
    """Whether neither `no_grad()` nor `recording()` is on."""
    return _recorded.get() is None


def records(wanted: bool) -> bool:
    """Whether an op is recorded: one of whose inputs needs a gradient or has a name, or not."""
    mode = _recorded.get()
    return wanted if mode is None else mode


@contextmanager
def no_grad() -> Iterator[None]:
    """Within this block nothing is recorded: for prediction and for updates.

    >>> import glassgrad as gg
    >>> x = gg.tensor(2.0)
    >>> with gg.no_grad():
    ...     x -= 0.5                    # a step: the same tensor, with another value
    >>> x
    tensor(1.5)
    """
    token = _recorded.set(False)
    try:
        yield
    finally:
        _recorded.reset(token)


@contextmanager
def recording() -> Iterator[None]:
    """Within this block every op is recorded, those on constants too: for readers of the graph.

    >>> import glassgrad as gg
    >>> c = gg.tensor(2.0, requires_grad=False)
    >>> with gg.recording():
    ...     print(gg.exp(c).op)
    Exp()
    >>> print(gg.exp(c).op)
    None
    """
    token = _recorded.set(True)
    try:
        yield
    finally:
        _recorded.reset(token)


def recorded(function: Callable[..., Any], *args: Any) -> Any:
    """What a function gives with all of it recorded, whatever the caller has switched off."""

    def run() -> Any:
        with recording():
            return function(*args)

    return Context().run(run)
