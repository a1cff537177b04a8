"""Where the runs of a sweep are computed: in processes of this machine, or by joblib on a cluster.

On this machine each process is alone in a pool of loky, joblib's own kind: when one is killed, the runs in
the others go on.  Threads within a process are limited, so that together they have as many as there are
cores.  Read next: `job.py`.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor, as_completed
from functools import partial
from typing import Any

from glassgrad.arguments import package
from glassgrad.errors import SettingError
from glassgrad.sweep.job import Job, Report, unpack_and_work, work

Engine = Callable[[Sequence[Job]], Iterator[Report]]
"""Gives one report per job, in the order in which they are done."""

THREADS = (
    "GLASSGRAD_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
"""The environment variables that libraries read when they start."""
PATIENCE = 10.0
"""Seconds to wait for the scheduler of a cluster."""
KINDS = ("local", "dask://HOST:PORT", "ray", "ray://HOST:PORT")


def engine_for(kind: str, jobs: int) -> tuple[Engine, bool]:
    """The engine, and whether its runs can write to a store on this machine.

    Raises:
        SettingError: an unknown engine, or one that is not installed; the message says what to install.
    """
    scheme, _, address = kind.partition("://")
    if kind == "local" and jobs == 1:
        return _here, True
    if kind == "local":
        return partial(_local, jobs=jobs), True
    if scheme == "dask" and address:
        package("distributed", "joblib"), package("joblib")
        return partial(_dask, address=address), False
    if kind == "ray" or (scheme == "ray" and address):
        package("ray", "joblib"), package("joblib")
        return partial(_ray, address=address and kind), False
    raise SettingError(f"expected engine {', '.join(KINDS)}, got {kind!r}.")


def pack(job: Job) -> bytes:
    """The job as bytes: so whatever is wrong with it comes up here, or in the run, not in between.

    Raises:
        SettingError: the function, or something it uses, cannot be sent to another process.
    """
    import cloudpickle

    try:
        return bytes(cloudpickle.dumps(job))
    except Exception as error:  # whatever an object says that does not want to travel
        raise SettingError(
            f"expected a function that can be sent to another process, got {type(error).__name__}: "
            f"{error}. Open files, locks and generators inside of it, or write jobs=1."
        ) from error


def _here(todo: Sequence[Job]) -> Iterator[Report]:
    """One after the other in this process: a debugger sees them."""
    return map(work, todo)


class _Place:
    """One process, made when it is needed, and made again when it was killed."""

    def __init__(self, threads: int) -> None:
        self._environment = limits(threads)
        self._pool: Any = None
        self._closed, self._lock = False, threading.Lock()

    def run(self, number: int, parcel: bytes) -> Report:
        from loky import ProcessPoolExecutor

        with self._lock:
            if self._closed:
                return Report(number, lost="the sweep was interrupted")
            if self._pool is None:
                self._pool = ProcessPoolExecutor(
                    1, env=self._environment, initializer=_go_with, initargs=(os.getpid(),)
                )
            pool = self._pool
        try:
            return pool.submit(unpack_and_work, number, parcel).result()
        except BrokenExecutor as error:
            self._pool = None
            return Report(number, lost=str(error).partition("\n")[0])

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._pool is not None:
                self._pool.shutdown(wait=True, kill_workers=True)


def _local(todo: Sequence[Job], jobs: int) -> Iterator[Report]:
    """Each thread of this process looks after one place; a job takes the next that is free."""
    places: queue.SimpleQueue[_Place] = queue.SimpleQueue()
    count = min(jobs, len(todo))
    every = [_Place(max(1, cores() // jobs)) for _ in range(count)]
    for place in every:
        places.put(place)

    def at_a_free_place(number: int, parcel: bytes) -> Report:
        place = places.get()
        try:
            return place.run(number, parcel)
        finally:
            places.put(place)

    minders = ThreadPoolExecutor(count)
    try:
        futures = [minders.submit(at_a_free_place, job.number, pack(job)) for job in todo]
        for done in as_completed(futures):
            yield done.result()
    finally:  # interrupted too: no process is left behind
        minders.shutdown(wait=False, cancel_futures=True)
        for place in every:
            place.close()


def _go_with(parent: int) -> None:
    """In a new process: end it when the sweep's process ends, even by `kill -9`, whatever it is doing."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.2)
        os._exit(1)  # the run is repeated by whoever resumes the sweep

    if os.name == "posix":
        threading.Thread(target=watch, daemon=True).start()


def limits(threads: int) -> dict[str, str]:
    """The environment of a process that may use so many threads; whoever asked for fewer keeps that.

    >>> limits(1)["GLASSGRAD_THREADS"]
    '1'
    """
    asked = {name: os.environ.get(name, "") for name in THREADS}
    return {
        name: str(min(threads, int(text)) if text.isdecimal() and int(text) else threads)
        for name, text in asked.items()
    }


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _dask(todo: Sequence[Job], address: str) -> Iterator[Report]:
    """On a Dask cluster, whose scheduler itself repeats the tasks of a worker that went away."""
    distributed = package("distributed")
    try:
        client = distributed.Client(f"tcp://{address}", timeout=PATIENCE)
    except (OSError, TimeoutError) as error:
        raise SettingError(
            f"expected a Dask scheduler at {address}, got: {error}. Start one: dask scheduler."
        ) from error
    with client:
        yield from _by_joblib(todo, "dask", client=client)


def _ray(todo: Sequence[Job], address: str) -> Iterator[Report]:
    """On a Ray cluster, or on a Ray of this machine; its backend answers only when all are done."""
    ray, backend = package("ray"), package("ray.util.joblib")
    started = not ray.is_initialized()
    if started:
        ray.init(address=address or None, log_to_driver=False)
    try:
        backend.register_ray()
        size = int(ray.cluster_resources()["CPU"])
        for i in range(0, len(todo), size):  # so that what is done is stored now and then
            yield from _by_joblib(todo[i : i + size], "ray", return_as="list")
    finally:
        if started:
            ray.shutdown()


def _by_joblib(
    todo: Sequence[Job], backend: str, return_as: str = "generator_unordered", **settings: Any
) -> Iterator[Report]:
    """By a backend of joblib; if it breaks down, the jobs that have not answered have died."""
    joblib = package("joblib")
    parcels = [pack(job) for job in todo]
    numbers = [job.number for job in todo]
    waiting = set(numbers)
    with joblib.parallel_config(backend=backend, **settings):
        parallel = joblib.Parallel(n_jobs=-1, batch_size=1, return_as=return_as)
        try:
            for report in parallel(map(joblib.delayed(unpack_and_work), numbers, parcels)):
                waiting.discard(report.number)
                yield report
        except Exception as error:  # each cluster has errors of its own for a lost worker
            lost = f"{type(error).__name__}: {error}"
            yield from (Report(number, lost=lost) for number in sorted(waiting))
