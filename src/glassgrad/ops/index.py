"""Elements by their place, `x[...]`, and the adjoint: putting them back, adding where places repeat.

Here the place is a setting of the op; where it is an input (rows by label), see `take.py`.
Read next: `take.py`.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassgrad.errors import DtypeError, RangeError, ShapeError
from glassgrad.ops.base import Array, Op
from glassgrad.ops.shared.refusals import entrance


@dataclass(frozen=True)
class Places:
    """An array of whole numbers or truth values inside an index, kept as bytes: it cannot change."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes

    @classmethod
    def of(cls, x: Any) -> Places:
        array = np.asarray(x)
        if array.size == 0 and array.dtype.kind == "f":  # an empty list
            array = array.astype(np.intp)
        if array.dtype.kind not in "biu":
            raise DtypeError(_refusal(array.dtype))
        return cls(array.dtype.str, array.shape, array.tobytes())

    def array(self) -> Array:
        """The array again, read-only."""
        return np.frombuffer(self.data, self.dtype).reshape(self.shape)

    def __str__(self) -> str:
        return np.array2string(
            self.array(), separator=", ", threshold=6, edgeitems=2, formatter={"all": str}
        )


@dataclass(frozen=True)
class Key:
    """What stands in the brackets of `x[...]`, made hashable: a slice is kept as a triple.

    >>> print(Key.of((0, slice(1, None), [2, 0])))
    0, 1:, [2, 0]
    """

    parts: tuple[Any, ...]

    @classmethod
    def of(cls, index: Any) -> Key:
        """From an index as NumPy takes it."""
        return cls(tuple(map(_frozen, index if isinstance(index, tuple) else (index,))))

    def index(self) -> tuple[Any, ...]:
        """The index as NumPy takes it."""
        return tuple(map(_thawed, self.parts))

    @property
    def may_repeat(self) -> bool:
        """Whether a place can be picked twice: only an array of whole numbers can do that."""
        return any(isinstance(p, Places) and p.dtype != "|b1" for p in self.parts)

    def by_axis(self, ndim: int) -> list[tuple[int | None, Any]] | None:
        """Each part with its axis, `...` written out; None where a part is an array of places."""
        parts = list(self.parts)
        if any(isinstance(p, Places) for p in parts):
            return None
        missing = ndim - sum(p is not None and p is not Ellipsis for p in parts)
        at = parts.index(Ellipsis) if Ellipsis in parts else len(parts)
        parts[at : at + 1] = [(None, None, None)] * missing
        axes = iter(range(ndim))
        return [(None, p) if p is None else (next(axes), p) for p in parts]

    def __str__(self) -> str:
        return ", ".join(map(_written, self.parts))


def _frozen(part: Any) -> Any:
    if part is None or part is Ellipsis:
        return part
    if isinstance(part, slice):
        ends = (part.start, part.stop, part.step)
        if not all(e is None or hasattr(e, "__index__") for e in ends):
            raise DtypeError(_refusal(part))
        return tuple(None if e is None else operator.index(e) for e in ends)
    if isinstance(part, int | np.integer) and not isinstance(part, bool):
        return int(part)
    return Places.of(part)


def _refusal(got: Any) -> str:
    return (
        "an index is made of whole numbers, slices, None, ... and truth values, "
        f"got {got}: write int(i), or i.astype(int) for an array."
    )


def _thawed(part: Any) -> Any:
    return part.array() if isinstance(part, Places) else slice(*part) if _is_slice(part) else part


def _is_slice(part: Any) -> bool:
    return isinstance(part, tuple)


def _written(part: Any) -> str:
    if _is_slice(part):
        start, stop, stride = ("" if e is None else str(e) for e in part)
        return f"{start}:{stop}" + (f":{stride}" if stride else "")
    return "..." if part is Ellipsis else str(part)


@dataclass(frozen=True)
class Index(Op):
    r"""Elements by their place, $y = x[\text{key}]$, all that NumPy's brackets can do.

    x : (...)   y : (...)        $\bar x$ is $\bar y$ put back to where it came from, 0 elsewhere.

    Raises:
        RangeError: a place outside of x.
        DtypeError: an index that is no whole number, slice, None, ... or truth value.
    """

    key: Key

    shares_memory = True
    selects = True
    latex, onnx, python = r"{0}\left[{key}\right]", "GatherND", "{}[{key}]"
    source = "Harris et al. 2020, Array programming with NumPy"

    def forward(self, x):
        try:
            return np.asarray(x)[self.key.index()]
        except IndexError as error:
            raise RangeError(
                f"x[{self.key}] does not exist in an array of shape {np.shape(x)}: along an axis of "
                "length n write numbers from -n to n - 1, slices, or n truth values; one per axis."
            ) from error

    def vjp(self, g, _y, x):
        return ScatterAdd(x.shape, self.key)(g)

    def index_form(self, ix, at, x):
        """x[1:, 0]: each slice is a start and a step."""
        rest, places = list(at), []
        for axis, part in self.key.by_axis(len(x.shape)) or ix.refuse():
            if axis is None:
                rest.pop(0)
            elif isinstance(part, int):
                places.append(ix.place(part % x.shape[axis]))
            else:
                start, _, stride = slice(*part).indices(x.shape[axis])
                places.append(rest.pop(0) * stride + start)
        return ix.element(x, places)

    def witness(self, x):
        numbers = np.arange(x.size).reshape(x.shape)[self.key.index()]
        return np.array([x.flat[n] for n in numbers.flat]).reshape(numbers.shape)

    @classmethod
    def samples(cls, rng):
        for index in (2, np.s_[1:, ::-2], np.s_[..., None, 1], [0, 2, 0], np.s_[[0, 2], [1, 1]]):
            yield cls(Key.of(index)), rng.normal(size=(3, 4))
        yield cls(Key.of(np.array([True, False, True]))), rng.normal(size=(3, 2))
        yield cls(Key.of(())), np.array(2.0)
        yield cls(Key.of([])), rng.normal(size=(3,))

    @classmethod
    def errors(cls):
        yield lambda: index(np.ones((2, 3)), 2), "x[2] does not exist in an array of shape (2, 3)"
        yield lambda: index(np.ones(3), (0, 0)), "write numbers from -n to n - 1"
        yield lambda: index(np.ones(3), 1.5), "an index is made of whole numbers"
        yield lambda: index(np.ones(3), [True, False]), "or n truth values"


@entrance
def index(x: Any, index: Any) -> Any:
    """What `x[index]` does; see `Index`.

    Args:
        x: values of any shape.
        index: as NumPy takes it: numbers, slices, arrays, a mask.
    """
    return Index(Key.of(index))(x)


@dataclass(frozen=True)
class ScatterAdd(Op):
    r"""The adjoint of `Index`: zeros of `shape`, to which x is added at the places of the key.

    x : (...), as long as there are places   y : `shape`        $\bar x = \bar y[\text{key}]$
    """

    shape: tuple[int, ...]
    key: Key

    moves = True
    latex, onnx = r"\mathrm{{place}}_{{{key}}}\left({0}\right)", "ScatterND"
    source = "ONNX operator ScatterND with reduction=add"

    def forward(self, x):
        y = np.zeros(self.shape, x.dtype)
        place = self.key.index()
        if y[place].shape != x.shape:
            raise ShapeError(
                f"ScatterAdd expects one number per place of [{self.key}] in {self.shape}, so shape "
                f"{y[place].shape}, got {x.shape}: write g.reshape({y[place].shape})."
            )
        if self.key.may_repeat:
            np.add.at(y, place, x)
        else:
            y[place] = x
        return y

    def vjp(self, g, _y, _x):
        return Index(self.key)(g)

    def index_form(self, ix, at, x):
        """0 but where the key lies; longer strides than 1 leave gaps, which have no one formula."""
        pairs, places = [], []
        for axis, part in self.key.by_axis(len(self.shape)) or ix.refuse():
            if axis is None:
                places.append(ix.place())
            elif isinstance(part, int):
                pairs.append((at[axis], ix.place(part % self.shape[axis])))
            else:
                start, _, stride = slice(*part).indices(self.shape[axis])
                places.append((at[axis] - start) * (stride if abs(stride) == 1 else ix.refuse()))
        inner = ix.element_or_zero(x, places)
        return ix.product(ix.equal(*pairs), inner) if pairs else inner

    def witness(self, x):
        y = np.zeros(self.shape)
        numbers = np.arange(y.size).reshape(self.shape)[self.key.index()]
        for n, v in zip(numbers.flat, x.flat, strict=True):
            y.flat[n] += v
        return y

    @classmethod
    def samples(cls, rng):
        yield cls((3, 4), Key.of(np.s_[1:, ::-2])), rng.normal(size=(2, 2))
        yield cls((3, 4), Key.of([0, 2, 0])), rng.normal(size=(3, 4))
        yield cls((3,), Key.of(np.array([True, False, True]))), rng.normal(size=(2,))
        yield cls((3,), Key.of(1)), np.array(2.0)
        yield cls((3,), Key.of([])), np.zeros((0,))

    @classmethod
    def errors(cls):
        yield lambda: cls((3,), Key.of(slice(2)))(np.ones(3)), "so shape (2,), got (3,)"
