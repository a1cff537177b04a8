"""A module: fields and one expression.

A layer, or a whole network, is an object whose fields hold parameters, other modules, or arrays (its
state), and whose `forward` computes y from x.  Nothing is registered and nothing is intercepted:
parameters, buffers and children are found by looking through the fields when somebody asks, so a
misspelt field raises as it does on any Python object.  Read next: `nn/linear.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from glassgrad.errors import CheckpointError, DtypeError, GraphError
from glassgrad.nn.hooks import hooks
from glassgrad.nn.settings import settings_of
from glassgrad.ops.base import current_layer
from glassgrad.tensor import Tensor
from glassgrad.validate import validated

Array = NDArray[Any]
Samples = Iterator[tuple["Module", Array]]


@validated(but=("dtype",))
class Parameter(Tensor):
    """A tensor that training changes: float32 unless told otherwise.

    Args:
        value: its first numbers.
        name: how formulas call it.
        dtype: float32 or float64.

    >>> Parameter([1, 2], name="w").dtype
    dtype('float32')
    """

    __slots__ = ()
    _sighted = -1  # it lasts from call to call

    def __init__(
        self, value: ArrayLike, name: str | None = None, *, dtype: DTypeLike = np.float32
    ) -> None:
        try:
            kind = np.dtype(dtype)
        except TypeError as error:
            raise DtypeError(f"{dtype!r} is no dtype: write np.float32 or np.float64.") from error
        super().__init__(np.asarray(value, kind), name, requires_grad=True)


class Module:
    """Base of layers and networks: define `forward`, and `__init__` if there is something to keep.

    >>> from glassgrad import nn, ops
    >>> class Net(nn.Module):
    ...     def __init__(self):
    ...         self.hidden, self.out = nn.Linear(2, 16, rng=0), nn.Linear(16, 1, rng=1)
    ...     def forward(self, x):
    ...         return self.out(ops.tanh(self.hidden(x)))
    >>> [name for name, _ in Net().named_parameters()]
    ['hidden.weight', 'hidden.bias', 'out.weight', 'out.bias']
    """

    forward: Callable[..., Any]
    training: bool = True
    buffer_names: ClassVar[tuple[str, ...]] = ()
    """Fields that hold tensors which are kept but not trained; an array is always such a field."""

    @classmethod
    def samples(cls, rng: np.random.Generator) -> Samples:
        """Typical uses, `(layer, x)`: every law of `tests/laws/test_layers.py` runs on each of them."""
        raise NotImplementedError

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        """Compute `forward`; the nodes recorded meanwhile remember this module."""
        outer = current_layer.get()
        token = current_layer.set((self if outer is None else outer[0], self))
        try:
            y = self.forward(*inputs, **options)
        finally:
            current_layer.reset(token)
        if y is None:
            raise GraphError(
                f"{type(self).__name__}.forward gave None, expected what it computes: end it with return."
            )
        for hook in hooks.get():
            hook(self, inputs, y)
        return y

    # ---- what the fields hold; paths are PyTorch's: "conv1.bias", "0.weight"

    def named_modules(self) -> list[tuple[str, Module]]:
        """This module (its path is "") and all below it, outermost first; a shared one once."""
        found: dict[int, tuple[str, Module]] = {}
        stack: list[tuple[str, Module]] = [("", self)]
        while stack:
            path, module = stack.pop()
            if id(module) not in found:
                found[id(module)] = (path, module)
                below = [(_join(path, n), v) for n, v in fields(module) if isinstance(v, Module)]
                stack.extend(reversed(below))
        return list(found.values())

    def modules(self) -> list[Module]:
        """This module and all below it, outermost first."""
        return [module for _, module in self.named_modules()]

    def named_parameters(self) -> list[tuple[str, Parameter]]:
        """Every parameter with its path; a shared one once, under its first path."""
        found: dict[int, tuple[str, Parameter]] = {}
        for path, module in self.named_modules():
            for name, value in fields(module):
                if isinstance(value, Parameter):
                    found.setdefault(id(value), (_join(path, name), value))
        return list(found.values())

    def parameters(self) -> list[Parameter]:
        """Every parameter, for an optimizer."""
        return [parameter for _, parameter in self.named_parameters()]

    def named_buffers(self) -> list[tuple[str, Array]]:
        """Every array that is kept but not trained (a running mean), with its path."""
        found = ((path, getattr(owner, name)) for path, owner, name in self._buffers())
        return [(path, b.numpy() if isinstance(b, Tensor) else b) for path, b in found]

    def buffers(self) -> list[Array]:
        """Every array that is kept but not trained."""
        return [buffer for _, buffer in self.named_buffers()]

    def generators(self) -> dict[str, np.random.Generator]:
        """The generators of layers that draw (dropout), by path: a checkpoint keeps their states."""
        found: dict[int, tuple[str, np.random.Generator]] = {}
        for path, module in self.named_modules():
            for name, value in fields(module):
                if isinstance(value, np.random.Generator):
                    found.setdefault(id(value), (_join(path, name), value))
        return dict(found.values())

    def _buffers(self) -> Iterator[tuple[str, Module, str]]:
        """(path, module, field) of each array field; one that begins with `_` is private to the layer."""
        for path, module in self.named_modules():
            for name, value in vars(module).items():
                is_array = isinstance(value, np.ndarray) and not name.startswith("_")
                if is_array or name in module.buffer_names:
                    yield _join(path, name), module, name

    # ---- saving and loading

    def state_dict(self) -> dict[str, Array]:
        """Copies of all parameters and buffers, under the names that PyTorch gives them."""
        state = {path: p.numpy() for path, p in self.named_parameters()}
        return state | {path: buffer.copy() for path, buffer in self.named_buffers()}

    def load_state_dict(self, state: Mapping[str, Any], *, strict: bool = True) -> None:
        """Take over all values of `state`: arrays, or tensors of PyTorch; numbers keep our dtype.

        Args:
            state: values by their paths.
            strict: whether names may neither be missing nor unknown; with False, those that both have are
                taken over (a new head keeps its first weights).

        Raises:
            CheckpointError: names missing, names that this model does not have, or other shapes.  Then
                nothing has been loaded.
        """
        parameters = dict(self.named_parameters())
        buffers = {path: (module, name) for path, module, name in self._buffers()}
        wanted = {path: p._array for path, p in parameters.items()} | dict(self.named_buffers())
        loaded, problems = _fitting(state, wanted, strict)
        if problems:
            raise CheckpointError(
                f"this state_dict is of another model than {type(self).__name__}: "
                f"{'; '.join(problems)}. Build the model with the settings it was saved with "
                "(print(model) shows them); nothing was loaded."
            )
        for path, array in loaded.items():
            if path in parameters:
                parameters[path]._assign(array)
            else:
                _set(*buffers[path], array)

    # ---- modes

    def train(self, mode: bool = True) -> Self:
        """Behave as in training: dropout drops, batch norm uses the batch.  Returns the module."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Behave as in prediction: nothing is dropped, batch norm uses its running mean."""
        return self.train(False)

    def to(self, dtype: DTypeLike) -> Self:
        """Turn parameters and real-valued buffers into `dtype`; float64 for checking gradients."""
        for p in self.parameters():
            p._assign(p._array.astype(dtype))
        for (_, array), (_, module, name) in zip(
            self.named_buffers(), self._buffers(), strict=True
        ):
            if array.dtype.kind == "f":
                _set(module, name, array.astype(dtype))
        return self

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for p in self.parameters():
            p.zero_grad()

    # ---- printing

    def __repr__(self) -> str:
        children = [(name, value) for name, value in fields(self) if isinstance(value, Module)]
        head = f"{type(self).__name__}({settings_of(self)}"
        if not children:
            return f"{head})"
        lines = (f"({name}): {child!r}".replace("\n", "\n  ") for name, child in children)
        return "\n  ".join([head, *lines]) + "\n)"


def fields(module: Module) -> Iterator[tuple[str, Any]]:
    """The fields with their names; a list, a tuple or a dict is opened: `layers.0`, `heads.left`."""
    stack = list(reversed(vars(module).items()))
    while stack:
        name, value = stack.pop()
        if isinstance(value, Mapping):
            stack.extend(reversed([(f"{name}.{key}", v) for key, v in value.items()]))
        elif isinstance(value, Sequence) and not isinstance(value, str | bytes | Module):
            stack.extend(reversed([(f"{name}.{i}", v) for i, v in enumerate(value)]))
        else:
            yield name, value


def _set(module: Module, name: str, array: Array) -> None:
    """Another value for a buffer, as a tensor where it is one."""
    is_tensor = name in module.buffer_names
    setattr(module, name, Tensor(array, requires_grad=False) if is_tensor else array)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _as_array(entry: Any) -> Array:
    """An array, or a tensor of ours or of PyTorch, as an array; bfloat16 as float32."""
    if hasattr(entry, "detach"):
        entry = entry.detach()
        entry = entry.float() if str(entry.dtype) == "torch.bfloat16" else entry
    return np.asarray(entry)


def _fitting(
    state: Mapping[str, Any], wanted: Mapping[str, Array], strict: bool
) -> tuple[dict[str, Array], list[str]]:
    """Copies of `state` in the dtypes of `wanted`, and everything that does not fit."""
    loaded, problems = {}, []
    if strict and (missing := [path for path in wanted if path not in state]):
        problems.append(f"missing {', '.join(missing)}")
    if strict and (unknown := [str(path) for path in state if path not in wanted]):
        problems.append(f"unexpected {', '.join(unknown)}")
    if not wanted.keys() & state.keys() and wanted:
        problems.append(f"no name in common, such as {next(iter(wanted))}")
    for path in wanted.keys() & state.keys():
        array = _as_array(state[path])
        if array.shape != wanted[path].shape:
            problems.append(f"{path} has shape {array.shape}, expected {wanted[path].shape}")
        elif not np.can_cast(array.dtype, wanted[path].dtype, "same_kind"):
            problems.append(f"{path} holds {array.dtype}, expected {wanted[path].dtype}")
        else:
            loaded[path] = array.astype(wanted[path].dtype)
    return loaded, problems
