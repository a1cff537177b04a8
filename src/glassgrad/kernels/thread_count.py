"""How many threads kernels may use, and how many cores there are to run them on.

Needs neither Numba nor LLVM, so it can be asked where there are none.  Read next: `thread_pool.py`.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from glassgrad.errors import SettingError
from glassgrad.kernels import job_layout

_size: list[int] = []
_when_changed: list[Callable[[int], None]] = []


def threads(n: int | None = None) -> int:
    """How many threads kernels may use; with `n`, change it for the whole process.

    It begins as `GLASSGRAD_THREADS`, or the number of cores that this process may use, 16 at most.  The
    number of threads never changes a result.

    >>> import glassgrad as gg
    >>> n = gg.threads()
    >>> gg.threads(1)
    1
    >>> gg.threads(n) == n
    True

    Raises:
        SettingError: `n`, or the variable, is not a whole number from 1 to 64.
    """
    if n is None:
        if not _size:
            _size.append(_at_first())
        return _size[0]
    if not isinstance(n, int) or isinstance(n, bool) or not 1 <= n <= job_layout.MOST_THREADS:
        raise SettingError(
            f"threads expects a whole number from 1 to {job_layout.MOST_THREADS}, got {n!r}: write "
            "glassgrad.threads(2)."
        )
    _size[:] = [n]
    for tell in _when_changed:
        tell(n)
    return n


def when_changed(tell: Callable[[int], None]) -> None:
    """Call `tell(n)` whenever the number of threads is set."""
    _when_changed.append(tell)


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _at_first() -> int:
    named = os.environ.get("GLASSGRAD_THREADS", "")
    if not named:
        return min(cores(), 16)
    if not named.isdecimal() or not 1 <= int(named) <= job_layout.MOST_THREADS:
        raise SettingError(
            f"GLASSGRAD_THREADS expects a whole number from 1 to {job_layout.MOST_THREADS}, got {named!r}: "
            "write GLASSGRAD_THREADS=2, or leave it out."
        )
    return int(named)
