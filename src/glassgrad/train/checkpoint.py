"""Checkpoints: everything that changes during training, so that it can go on as if never interrupted.

Weights, running means, the optimizer's arrays, every generator, the place within the epoch, the records
so far and what callbacks remember go into one safetensors file with a digest (`files/container.py`).  Saved
anew, the file before it is kept as `checkpoint-previous.safetensors`: at any instant one of both is whole.
A full disk does not stop the training: it goes on in memory, warns once, and tries again.
Read next: `files/container.py`.
"""

from __future__ import annotations

import contextlib
import warnings
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from glassgrad.engine.mutation import fingerprint
from glassgrad.errors import CheckpointError, SettingError
from glassgrad.files import atomic, container
from glassgrad.files.container import Tensors
from glassgrad.train.diverged import refuse_bad_weights
from glassgrad.train.records import (
    Callback,
    Epoch,
    History,
    Stop,
    steps_from_arrays,
    steps_to_arrays,
)
from glassgrad.validate import validated

if TYPE_CHECKING:
    from glassgrad.data import Loader
    from glassgrad.nn import Module
    from glassgrad.optim import Optimizer


@runtime_checkable
class Remembers(Protocol):
    """A callback with a memory."""

    def state_dict(self) -> tuple[Tensors, dict[str, Any]]: ...
    def load_state_dict(self, arrays: Tensors, settings: dict[str, Any]) -> None: ...


@dataclass(frozen=True)
class State:
    """The parts of a training run that change: what a checkpoint holds."""

    model: Module
    optimizer: Optimizer
    loader: Loader
    history: History
    callbacks: tuple[Callback, ...] = ()

    @property
    def memories(self) -> list[Remembers]:
        """The callbacks with a memory, in order."""
        found: list[Any] = [c for c in self.callbacks if isinstance(c, Remembers)]
        return found


def save(path: str | Path, state: State) -> None:
    """Write everything to one file, at once or not at all.

    Raises:
        OSError: the disk is full or not writable; the old file is as it was.
    """
    container.write(path, *_capture(state))


def load(path: str | Path, state: State) -> None:
    """Take everything over from a file; the parts must be made with the settings of the saved run.

    Raises:
        CheckpointError: no such file, altered, or of another model, optimizer or set of callbacks; then
            nothing was changed.
    """
    tensors, settings = container.read(path)
    _restore(state, tensors, settings, str(path))


@validated
@dataclass
class Checkpoints:
    """Where and how often `fit` saves: after each epoch, and every `every` steps.

    Args:
        folder: gets `checkpoint.safetensors` and the one before it.
        every: steps between two checkpoints within an epoch.
    """

    folder: str | Path
    every: int = 500
    unsaved: OSError | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.folder = Path(self.folder)
        if self.every < 1:
            raise SettingError(f"expected every >= 1 step, got {self.every}: write every=500.")

    @property
    def path(self) -> Path:
        """The latest checkpoint."""
        return Path(self.folder, "checkpoint.safetensors")

    @property
    def previous(self) -> Path:
        """The one before."""
        return Path(self.folder, "checkpoint-previous.safetensors")

    def resume(self, state: State) -> bool:
        """Go on from the latest checkpoint that is whole; False if there is none at all.

        Raises:
            CheckpointError: there are some, but none is whole, or they are of another model.
        """
        Path(self.folder).mkdir(parents=True, exist_ok=True)
        atomic.remove_leftovers(Path(self.folder))
        paths = [path for path in (self.path, self.previous) if path.exists()]
        for path in paths:
            try:
                tensors, settings = container.read(path)
            except CheckpointError as error:
                if path == paths[-1]:
                    raise
                warnings.warn(f"{error} Going on from {self.previous}.", stacklevel=2)
                path.replace(path.with_name("checkpoint-damaged.safetensors"))
                continue
            _restore(state, tensors, settings, str(path))
            return True
        return False

    def history(self) -> History:
        """The records in the latest checkpoint that is whole; none if there is no checkpoint."""
        for path in (self.path, self.previous):
            with contextlib.suppress(CheckpointError):
                return _history(*container.read(path))
        return History()

    def step(self, state: State) -> None:
        """Save if this step is one of every `every`."""
        if len(state.history.steps) % self.every == 0:
            self.save(state)

    def save(self, state: State) -> None:
        """Save; if the disk refuses, say so once and go on: the next call tries again."""
        refuse_bad_weights(state.model, len(state.history.steps))
        try:
            data = container.to_bytes(*_capture(state))
            atomic.write(self.path, data, keep=self.previous)
            self.unsaved = None
        except OSError as error:
            if self.unsaved is None:
                warnings.warn(
                    f"expected to write {self.path}, got: {error.strerror}. Training goes on in "
                    "memory and will try again; free some space.",
                    stacklevel=2,
                )
            self.unsaved = error

    def finish(self) -> None:
        """Raise if the end of the run is not on disk."""
        if self.unsaved is not None:
            raise CheckpointError(
                f"the end of the run could not be written to {self.path}: {self.unsaved.strerror}. "
                "The checkpoint before it is intact: free some space and resume."
            ) from self.unsaved


@validated
def save_weights(path: str | Path, model: Module) -> None:
    """Write parameters and buffers of `model` to `path` under PyTorch's names, as safetensors.

    Raises:
        OSError: the disk is full or not writable; the old file is as it was.
    """
    container.write(path, model.state_dict())


@validated
def load_weights(path: str | Path, model: Module, *, strict: bool = True) -> None:
    """Read weights from a safetensors file, ours or one that PyTorch wrote; half precision is converted.

    Args:
        path, model: the file, and what takes the weights over.
        strict: with False, only the names that both have are taken over.

    Raises:
        CheckpointError: no such file, altered, or of another model; then nothing was loaded.
    """
    model.load_state_dict(container.read(path, plain=True)[0], strict=strict)


def _capture(state: State) -> tuple[Tensors, dict[str, Any]]:
    """Everything, as named arrays and a JSON document."""
    arrays, settings = state.optimizer.state_dict()
    memories = [callback.state_dict() for callback in state.memories]
    groups = {"model": state.model.state_dict(), "optimizer": arrays}
    groups["steps"] = steps_to_arrays(state.history.steps)
    groups |= {f"callback{i}": arrays for i, (arrays, _) in enumerate(memories)}
    tensors = {f"{group}/{k}": v for group, part in groups.items() for k, v in part.items()}
    stopped = state.history.stopped
    return tensors, {
        "parts": _parts(state),
        "optimizer": settings,
        "loader": state.loader.state_dict(),
        "generators": {
            path: _to_json(g.bit_generator.state) for path, g in state.model.generators().items()
        },
        "callbacks": [settings for _, settings in memories],
        "epochs": [asdict(epoch) for epoch in state.history.epochs],
        "stopped": None if stopped is None else stopped.reason,
    }


def _restore(state: State, tensors: Tensors, settings: dict[str, Any], where: str) -> None:
    """The inverse of `_capture`; if a part does not fit, all are as they were."""
    if "parts" not in settings:
        raise CheckpointError(
            f"expected a checkpoint of a training run, but {where} holds weights only: "
            "use glassgrad.train.load_weights(path, model)."
        )
    for part, ours in _parts(state).items():
        if (theirs := settings["parts"].get(part)) != ours:
            raise CheckpointError(
                f"{where} is of another run: its {part} is {theirs}, expected {ours}. "
                "Resume with the settings that the run was started with."
            )
    before = _capture(state)
    try:
        _take_over(state, tensors, settings)
    except CheckpointError:
        _take_over(state, *before)
        raise


def _take_over(state: State, tensors: Tensors, settings: dict[str, Any]) -> None:
    state.model.load_state_dict(_group(tensors, "model"))
    state.optimizer.load_state_dict(_group(tensors, "optimizer"), settings["optimizer"])
    state.loader.load_state_dict(settings["loader"])
    for path, generator in state.model.generators().items():
        generator.bit_generator.state = _from_json(settings["generators"][path])
    for i, (callback, memory) in enumerate(zip(state.memories, settings["callbacks"], strict=True)):
        callback.load_state_dict(_group(tensors, f"callback{i}"), memory)
    saved = _history(tensors, settings)
    state.history.steps, state.history.epochs = saved.steps, saved.epochs
    state.history.stopped = saved.stopped


def _history(tensors: Tensors, settings: dict[str, Any]) -> History:
    reason = settings["stopped"]
    return History(
        steps_from_arrays(_group(tensors, "steps")),
        [Epoch(**fields) for fields in settings["epochs"]],
        None if reason is None else Stop(reason),
    )


def _parts(state: State) -> dict[str, Any]:
    """What must be the same in the saved run and in the one that resumes it."""
    generators = state.model.generators().items()
    ds = state.loader.ds
    some = np.ascontiguousarray(ds.x[:: len(ds) // 64 + 1])
    return {
        "data": {
            "name": ds.name,
            "examples": len(ds),
            "crc32": fingerprint(some) ^ fingerprint(ds.y),
        },
        "model": {path: list(p.shape) for path, p in state.model.state_dict().items()},
        "generators": {path: type(g.bit_generator).__name__ for path, g in generators},
        "optimizer": type(state.optimizer).__name__,
        "callbacks": [type(callback).__name__ for callback in state.memories],
    }


def _group(tensors: Tensors, name: str) -> Tensors:
    prefix = f"{name}/"
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def _to_json(state: Any) -> Any:
    """A generator's state with its arrays as lists; Python's integers have any length in JSON."""
    if isinstance(state, dict):
        return {key: _to_json(value) for key, value in state.items()}
    return {"uint": state.dtype.str, "list": state.tolist()} if hasattr(state, "dtype") else state


def _from_json(state: Any) -> Any:
    if isinstance(state, dict) and state.keys() == {"uint", "list"}:
        return np.array(state["list"], state["uint"])
    if isinstance(state, dict):
        return {key: _from_json(value) for key, value in state.items()}
    return state
