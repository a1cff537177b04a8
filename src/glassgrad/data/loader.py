"""Batches: a data set in random order, cut into pieces, for ever resumable.

Chance is counted, not consumed: the order of epoch 3 and the augmentation of its batch 17 each follow
from (seed, 3) and (seed, 3, 17).  So it makes no difference whether batches are made ahead in a thread,
and to resume, three numbers are enough: seed, epoch, position.  Read next: `train/fit.py`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.data.base import Dataset, Floats, Rng, Transform
from glassgrad.errors import CheckpointError, SettingError
from glassgrad.validate import said_of, validated

Batch = tuple[Floats, NDArray[np.int64]]


@validated(but=("ds",))
class Loader:
    """Iterate over batches `(x, y)`, once per epoch.        x : (B, …)        y : (B,)

    Each `for` loop is an epoch, in a new order.  A loop that was left early does not go on: the next one
    is the next epoch.  Only after `load_state_dict` does the next loop go on in the middle.

    Args:
        batch_size: examples per batch; the last one may be smaller.
        shuffle: a new order each epoch; else the order of the data set.
        rng: the same seed gives the same batches, with or without prefetch.
        drop_last: leave out a last batch that is smaller.
        transform: what is done to x, as in `transforms.py`.
        prefetch: how many batches are made ahead, in a thread; 0 makes each when it is asked for.
        ds: the examples.

    Raises:
        SettingError: batch_size < 1, prefetch < 0, or drop_last leaves no batch.

    >>> from glassgrad.data.points import circle
    >>> loader = Loader(circle(10, rng=0), batch_size=4, rng=0)
    >>> [x.shape for x, y in loader]
    [(4, 2), (4, 2), (2, 2)]
    """

    def __init__(
        self,
        ds: Dataset,
        batch_size: int,
        shuffle: bool = True,
        rng: Rng = None,
        drop_last: bool = False,
        transform: Transform | None = None,
        prefetch: int = 0,
    ) -> None:
        if not (hasattr(ds, "x") and hasattr(ds, "y")):
            raise SettingError(
                f"Loader expects ds as a Dataset, got {said_of(ds)}: write data.load('digits').train, or "
                "data.Dataset(x, y, classes, name)."
            )
        self.ds, self.batch_size, self.shuffle = ds, batch_size, shuffle
        self.drop_last, self.transform, self.prefetch = drop_last, transform, prefetch
        if batch_size < 1 or prefetch < 0:
            raise SettingError(
                f"Loader expects batch_size ≥ 1 and prefetch ≥ 0, got batch_size={batch_size}, "
                f"prefetch={prefetch}: write e.g. Loader(ds, batch_size=32)."
            )
        if not len(self):
            raise SettingError(
                f"Loader expects at least one batch, but drop_last=True leaves none of {len(ds)} "
                f"examples with batch_size={batch_size}: make the batch smaller."
            )
        self._seed = int.from_bytes(np.random.default_rng(rng).bytes(16))
        self._epoch, self._position, self._goes_on = 0, 0, False

    def __len__(self) -> int:
        """Batches per epoch."""
        whole, rest = divmod(len(self.ds), self.batch_size)
        return whole + (rest > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[Batch]:
        """The batches of one epoch, or of what is left of it after `load_state_dict`."""
        if self._position and not self._goes_on:
            self._epoch, self._position = self._epoch + 1, 0
        self._goes_on = False
        epoch, start = self._epoch, self._position
        with closing(self._batches(epoch, start)) as batches:
            for position, batch in enumerate(batches, start + 1):
                self._epoch, self._position = epoch, position
                yield batch
        self._epoch, self._position = epoch + 1, 0

    def state_dict(self) -> dict[str, Any]:
        """Seed, epoch and position (the number of batches handed out), fit for JSON."""
        return {
            "seed": self._seed,
            "epoch": self._epoch,
            "position": self._position,
            **self._form(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where `state_dict` was called: the next loop begins with the batch that came next there.

        Raises CheckpointError if the state is of another data set size, batch size or order.
        """
        expected, form = self._form(), {key: state.get(key) for key in self._form()}
        if form != expected:
            raise CheckpointError(
                f"this state is of a loader with {form}, expected {expected}: "
                "make the loader as it was when the state was saved."
            )
        numbers = [state.get(key) for key in ("seed", "epoch", "position")]
        seed, epoch, position = (n if isinstance(n, int) and n >= 0 else -1 for n in numbers)
        if min(seed, epoch) < 0 or not 0 <= position <= len(self):
            raise CheckpointError(
                f"a loader's state expects a seed and an epoch ≥ 0 and a position 0 … {len(self)}, "
                f"got {dict(zip(('seed', 'epoch', 'position'), numbers, strict=True))}: it is altered."
            )
        self._seed, self._epoch, self._position, self._goes_on = seed, epoch, position, True

    def _form(self) -> dict[str, Any]:
        """What must be the same for a state to fit."""
        return {
            "examples": len(self.ds),
            "batch_size": self.batch_size,
            "shuffle": self.shuffle,
            "drop_last": self.drop_last,
        }

    def _batches(self, epoch: int, start: int) -> Generator[Batch]:
        order = np.arange(len(self.ds))
        if self.shuffle:
            order = self._chance(epoch, 0).permutation(len(self.ds))

        def make(i: int) -> Batch:
            rows = order[i * self.batch_size : (i + 1) * self.batch_size]
            x = np.take(self.ds.x, rows, axis=0)
            if self.transform:
                x = np.ascontiguousarray(self.transform(x, self._chance(epoch, i + 1)))
            return x, np.take(self.ds.y, rows, axis=0)

        if self.prefetch:
            yield from _ahead(make, range(start, len(self)), self.prefetch)
        else:
            yield from map(make, range(start, len(self)))

    def _chance(self, *key: int) -> np.random.Generator:
        """A generator of its own for everything that is drawn."""
        return np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=key))


def _ahead(make: Callable[[int], Batch], numbers: range, depth: int) -> Iterator[Batch]:
    """Make up to `depth` batches ahead in a thread, which ends when nobody asks any more."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="glassgrad-loader")
    waiting: deque[Future[Batch]] = deque()
    try:
        for i in numbers:
            waiting.append(pool.submit(make, i))
            if len(waiting) > depth:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
