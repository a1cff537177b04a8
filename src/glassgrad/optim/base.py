"""What an optimizer is: a rule for one parameter, and the loop over all of them, which exists once.

A method is a class with its settings as fields, `init` (the arrays it remembers about a parameter) and
`update` (from parameter, gradient and memory to the next parameter and memory).  Update rules are
written in arithmetic only.  Read next: `optim/adam.py`, `optim/schedules.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from operator import is_
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from glassgrad.engine.recording import tracing
from glassgrad.errors import CheckpointError, SettingError, ShapeError
from glassgrad.tensor import Tensor

Array = NDArray[Any]
State = tuple[Array, ...]
"""What a method remembers about one parameter: arrays of its shape."""


def setting(default: Any, below: float = math.inf) -> Any:
    """A setting of a method: a number, or a pair of numbers, in [0, below)."""
    return field(default=default, metadata={"below": below})


@dataclass(eq=False)
class Optimizer:
    """The loop: give each parameter that has a gradient its next value.

    `update` writes into none of the arrays and returns new ones.  Its `t` counts the updates of this
    parameter from 1.

    Args:
        params: the tensors to train, `model.parameters()`.
        lr: learning rate; a plain attribute, schedules set it.

    Raises:
        SettingError: no parameters, one twice, or a setting out of its range.
    """

    params: Sequence[Tensor] = field(repr=False)
    lr: float = setting(1e-3)

    init: ClassVar[Callable[..., State]]
    update: ClassVar[Callable[..., tuple[Array, State]]]
    state_names: ClassVar[tuple[str, ...]] = ()
    """Names of the arrays of the state, PyTorch's; a method may use only the first few of them."""

    def __post_init__(self) -> None:
        if not hasattr(type(self), "update"):
            raise SettingError(
                "Optimizer is what all methods share, none itself: write optim.SGD(params, lr=0.1)."
            )
        self.params = _tensors(self.params)
        for f in _settings(self):
            setattr(self, f.name, _in_range(self, f.name, f.metadata["below"]))
        self.steps = [0] * len(self.params)
        self.state: list[State] = [self.init(p._array) for p in self.params]
        self._known = list(self.params)

    def __setattr__(self, name: str, value: Any) -> None:
        """A setting may be changed on the way: it is checked, and what it needs to remember begins now."""
        before = vars(self).get(name)
        super().__setattr__(name, value)
        if name == "lr" or "state" not in vars(self):
            return
        for f in _settings(self):
            if f.name == name:
                try:
                    super().__setattr__(name, _in_range(self, name, f.metadata["below"]))
                    self.state = [self._continued(i, p._array) for i, p in enumerate(self.params)]
                except SettingError:
                    super().__setattr__(name, before)
                    raise

    def _continued(self, i: int, p: Array) -> State:
        """The memory that the settings ask for, as far as it is there already; the rest is new."""
        new, old = self.init(p), self.state[i]
        same = [o.shape == n.shape for n, o in zip(new, old, strict=False)]
        return tuple(old[k] if k < len(same) and same[k] else a for k, a in enumerate(new))

    def step(self) -> None:
        """Update every parameter whose `.grad` is not None."""
        if (tracer := tracing.get()) is not None and tracer.update(self):
            return
        self.follow()
        lr = checked_rate(self)
        with np.errstate(all="ignore"):  # infinities are found where training watches for them
            for i, p in enumerate(self.params):
                if p.grad is not None:
                    self.steps[i] += 1
                    g = gradient_of(p, p.grad)
                    new, self.state[i] = self.update(p._array, g, self.state[i], self.steps[i], lr)
                    p._assign(new)

    def settings(self) -> tuple[Any, ...]:
        """The settings as they are now, but for the learning rate, which changes all the time."""
        return tuple([getattr(self, name) for name in _setting_names(type(self))])

    def follow(self) -> None:
        """Let memory and counts go with their parameters, if the list of them was changed."""
        known = self._known
        if len(known) == len(self.params) and all(map(is_, known, self.params)):
            return
        self.params = _tensors(self.params)
        old = {id(p): (s, t) for p, s, t in zip(known, self.state, self.steps, strict=True)}
        both = [old.get(id(p), (self.init(p._array), 0)) for p in self.params]
        self.state, self.steps = [state for state, _ in both], [t for _, t in both]
        self._known = list(self.params)

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters: `backward()` adds to them otherwise."""
        for p in self.params:
            p.zero_grad()

    def state_dict(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """Everything for an exact resume: copies of the arrays, and the settings as JSON can hold them."""
        settings: dict[str, Any] = {"method": type(self).__name__, "steps": list(self.steps)}
        for f in _settings(self):
            value = getattr(self, f.name)
            settings[f.name] = list(value) if isinstance(value, tuple) else value
        return {name: array.copy() for name, array in self._named_state()}, settings

    def load_state_dict(self, arrays: Mapping[str, Array], settings: Mapping[str, Any]) -> None:
        """Continue exactly where `state_dict()` was taken, settings and learning rate included.

        Raises:
            CheckpointError: another method, or other parameters.  Then nothing has been loaded.
        """
        names = {"method", "steps", *(f.name for f in _settings(self))}
        if settings.get("method") != type(self).__name__ or names != settings.keys():
            raise CheckpointError(
                f"expected the settings of {type(self).__name__} ({', '.join(sorted(names))}), got "
                f"{dict(settings)!r}: build the optimizer that the checkpoint was written with."
            )
        present = {
            name: value for name, value in settings.items() if name not in ("method", "steps")
        }
        new = type(self)(self.params, **{n: _tuple(value) for n, value in present.items()})
        wanted = {name: (array.shape, array.dtype) for name, array in new._named_state()}
        got = {name: (array.shape, array.dtype) for name, array in arrays.items()}
        if wanted != got or len(settings["steps"]) != len(self.params):
            odd = sorted(n for n in wanted.keys() | got.keys() if wanted.get(n) != got.get(n))
            raise CheckpointError(
                f"the state of this {type(self).__name__} is of other parameters; it differs in "
                f"{', '.join(odd) or 'their number'}: build the model it was written with."
            )
        for i, state in enumerate(new.state):
            keys = self.state_names[: len(state)]
            new.state[i] = tuple(arrays[f"{i}.{key}"].copy() for key in keys)
        new.steps = [int(t) for t in settings["steps"]]
        vars(self).update(vars(new))

    def _named_state(self) -> Iterator[tuple[str, Array]]:
        for i, state in enumerate(self.state):
            for name, array in zip(self.state_names, state, strict=False):
                yield f"{i}.{name}", array


def gradient_of(p: Tensor, g: Array) -> Array:
    """The gradient in the dtype of its parameter; another shape is refused."""
    if g.shape != p.shape:
        raise ShapeError(
            f"the gradient of {p.label} has shape {g.shape}, expected {p.shape}: "
            "call zero_grad() after changing a parameter's shape."
        )
    return g.astype(p.dtype, copy=False)


def checked_rate(optimizer: Optimizer) -> float:
    """The learning rate, a number of at least 0."""
    rate: float = optimizer.lr
    return (
        rate
        if type(rate) is float and 0 <= rate < math.inf
        else _in_range(optimizer, "lr", math.inf)
    )


_SETTINGS: dict[type[Any], tuple[str, ...]] = {}


def _setting_names(kind: type[Optimizer]) -> tuple[str, ...]:
    """The names of a method's settings, but for the learning rate."""
    if kind not in _SETTINGS:
        _SETTINGS[kind] = tuple(f.name for f in fields(kind) if f.name not in ("params", "lr"))
    return _SETTINGS[kind]


def _settings(optimizer: Optimizer) -> list[Any]:
    return [f for f in fields(optimizer) if f.name != "params"]


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _in_range(optimizer: Optimizer, name: str, below: float) -> Any:
    """The setting as Python numbers: a NumPy float64 would widen float32 parameters."""
    value = getattr(optimizer, name)
    if isinstance(value, bool | np.bool_):
        return bool(value)
    numbers = value if isinstance(value, tuple | list) else (value,)
    wanted = getattr(type(optimizer), name, None)
    count = len(wanted) if isinstance(wanted, tuple) else 1
    real = all(isinstance(n, int | float | np.number) and 0 <= n < below for n in numbers)
    if not real or len(numbers) != count or isinstance(value, tuple | list) != (count > 1):
        upper = f" and less than {below:g}" if below < math.inf else " and finite"
        raise SettingError(
            f"{type(optimizer).__name__} expects {name} of at least 0{upper}, got {value!r}."
        )
    return tuple(map(float, value)) if isinstance(value, tuple | list) else float(value)


def _tensors(params: Any) -> list[Tensor]:
    """The parameters as a list; everything that is not a list of different tensors is refused."""
    found = [] if isinstance(params, Tensor) or not hasattr(params, "__iter__") else list(params)
    if not found or not all(isinstance(p, Tensor) and p.dtype.kind == "f" for p in found):
        raise SettingError(
            f"an optimizer expects a list of one or more real-valued tensors, got {type(params).__name__}"
            f"{'' if found else ' without any'}: write optim.SGD(model.parameters(), lr=0.1)."
        )
    if len({id(p) for p in found}) < len(found):
        raise SettingError("a parameter was given twice: it would be updated twice in each step.")
    return found
