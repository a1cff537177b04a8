"""What a kernel takes is described once: each name is read by the loop, whatever the order, or refused."""

import ast
import importlib
import pkgutil
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numba.core.errors import TypingError

from glassgrad import kernels
from glassgrad.kernels import argument_row, gemm, loading, pool, sums, winograd
from glassgrad.kernels.argument_row import F32, Arrays, Pair, fields, packed
from glassgrad.kernels.blocking import Pad
from glassgrad.kernels.launch import launch

LOOPS = Path(kernels.__file__).parent / "loops"


def every_kernel():
    """All kernels that a module of the package holds, in a table or alone, and those made by size."""
    found = {}
    for info in pkgutil.iter_modules(kernels.__path__, "glassgrad.kernels."):
        if info.name.endswith(("precompile", "__main__")):
            continue
        for value in vars(importlib.import_module(info.name)).values():
            for kernel in value.values() if isinstance(value, dict) else (value,):
                if isinstance(kernel, loading.Kernel):
                    found[kernel.module, kernel.name] = kernel
    for name in winograd.SIGNATURES:
        found["winograd", name] = winograd.kernel(name, *sizes_of("winograd", name))
    found["conv", "weight_gradient"] = importlib.import_module(
        "glassgrad.kernels.conv"
    ).weight_kernel(1, 8, 16)
    return found


def sizes_of(module, name):
    """Sizes for a function that makes a kernel: as many as it takes."""
    tree = ast.parse((LOOPS / f"{module}.py").read_text())
    function = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name)
    return {1: (3,), 2: (3, 16), 3: (3, 8, 16)}[len(function.args.args)]


KERNELS = every_kernel()


def names_read(module, name):
    """The names that a loop reads of `args`, by itself and by the helpers that it hands `args` to."""
    tree = ast.parse((LOOPS / f"{module}.py").read_text())
    functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
    if name not in functions:  # made by a function: `run_basic, run_all = _machine(…), _machine(…)`
        return names_read(module, "_machine")
    found = set()
    for node in ast.walk(functions[name]):
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "args":
            found.add(node.attr)
        called = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
        if called in functions and any(getattr(a, "id", "") == "args" for a in node.args):
            found |= names_read(module, called)
    return found


@pytest.mark.parametrize("which", KERNELS, ids=".".join)
def test_a_loop_reads_what_its_signature_names_and_nothing_else(which):
    assert names_read(*which) == set(fields(KERNELS[which].signature))


def test_every_loop_has_its_kernel():
    """No function of a loop is left without a signature, but helpers and the one that is measured."""
    written = set()
    for path in LOOPS.glob("*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.decorator_list:
                inner = [n for n in ast.walk(node) if isinstance(n, ast.FunctionDef)]
                if any(
                    [a.arg for a in n.args.args][:3] == ["first", "last", "args"] for n in inner
                ):
                    written.add((path.stem, node.name))
    machines = {("elementwise", "run_basic"), ("elementwise", "run_all")}
    assert (
        written - {("elementwise", "_machine"), ("peak", "multiply_adds")}
        == set(KERNELS) - machines
    )


def test_what_a_convolution_writes_for_pad_is_all_that_pad_reads():
    tree = ast.parse((LOOPS / "padding.py").read_text())
    writer = next(n for n in tree.body if getattr(n, "name", "") == "pad_rows")
    stores = [n for n in ast.walk(writer) if isinstance(n, ast.Attribute)]
    written = [n.attr for n in stores if isinstance(n.ctx, ast.Store)]
    assert sorted(written) == sorted(Pad._fields)


# ---- planted: a row in another order, without a name, with one too many


def other_tiles(change):
    """`gemm.Tiles` with its lines changed, and the kernel for it."""
    lines = list(gemm.Tiles.__annotations__.items())
    signature = NamedTuple("Tiles", change(lines))
    return signature, loading.Kernel("gemm", "tiles", signature)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_order_of_a_signature_means_nothing(seed, monkeypatch):
    rng = np.random.default_rng(seed)
    a, b, bias = (rng.standard_normal(s).astype(np.float32) for s in ((9, 40), (40, 33), (33,)))
    expected = gemm.matmul(a, b, bias=bias, relu=True)
    hints = argument_row.get_type_hints(gemm.Tiles, include_extras=True)
    order = rng.permutation(list(hints))
    signature, kernel = other_tiles(lambda _: [(str(name), hints[name]) for name in order])
    assert list(fields(signature)) != list(fields(gemm.Tiles))
    monkeypatch.setattr(gemm, "Tiles", signature)
    monkeypatch.setattr(gemm, "TILES", kernel)
    monkeypatch.setattr(loading, "object_files", lambda: NothingKept)
    np.testing.assert_array_equal(gemm.matmul(a, b, bias=bias, relu=True), expected)


class NothingKept:
    """No object file is read or kept."""

    folder = None

    @staticmethod
    def get(_name, compile_it):
        return compile_it()


@pytest.mark.parametrize("name", gemm.Tiles._fields)
def test_a_name_that_is_missing_or_misspelt_is_found_on_both_sides(name):
    hints = argument_row.get_type_hints(gemm.Tiles, include_extras=True)
    shorter, kernel = other_tiles(lambda _: [(k, v) for k, v in hints.items() if k != name])
    values = dict.fromkeys(hints, 1)
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{name}'"):
        shorter(**values)
    with pytest.raises(TypeError, match=f"missing 1 required positional argument: '{name}'"):
        gemm.Tiles(**{k: v for k, v in values.items() if k != name})
    if name in ("A", "is_relu"):  # each costs a compilation
        with pytest.raises(TypingError, match=f"Unknown attribute '{name}'"):
            kernel.compile()


def test_the_arguments_of_another_kernel_are_refused():
    x = np.ones(3, np.float32)
    args = sums.Everything(x=x, sums=np.empty(1), n=3, piece=3)
    with pytest.raises(TypeError, match=r"gemm.tiles.o expects Tiles, got Everything\(x="):
        launch(gemm.TILES, 1, args)


class Sample(NamedTuple):
    """One of each kind."""

    x: F32
    n: int
    size: Pair
    eps: float
    rest: Arrays


def test_a_row_holds_each_kind_where_its_name_says():
    x, y = np.ones(2, np.float32), np.zeros(2, np.float32)
    row = packed(Sample(x=x, n=7, size=(3, 4), eps=0.5, rest=(y, None, x)))
    at = {name: row[f.place : f.place + f.size].tolist() for name, f in fields(Sample).items()}
    assert at["x"] == [x.ctypes.data]
    assert (at["n"], at["size"]) == ([7], [3, 4])
    assert np.array(at["eps"]).view(np.float64) == 0.5
    assert row[fields(Sample)["rest"].place :].tolist() == [y.ctypes.data, 0, x.ctypes.data]
    assert packed(Sample(x=None, n=7, size=(3, 4), eps=0.5, rest=()))[0] == 0


@pytest.mark.parametrize(
    ("name", "wrong", "text"),
    [
        ("x", np.ones(2), "x expects an array of float32, got array"),
        ("x", [1.0, 2.0], "x expects an array of float32, got \\[1.0, 2.0\\]"),
        ("x", 7, "x expects an array of float32, got 7"),
        ("size", (1, 2, 3), "size expects 2 whole numbers, got \\(1, 2, 3\\)"),
        ("n", 1.5, "integer"),
        ("n", None, "integer"),
    ],
)
def test_a_value_of_another_kind_is_refused(name, wrong, text):
    good = Sample(x=np.ones(2, np.float32), n=7, size=(3, 4), eps=0.5, rest=())
    with pytest.raises(TypeError, match=text):
        packed(good._replace(**{name: wrong}))


def test_what_has_no_place_in_a_row_is_refused():
    with pytest.raises(TypeError, match="a row holds arrays and whole numbers, got <class 'str'>"):
        fields(NamedTuple("Text", [("text", str)]))
    with pytest.raises(TypeError, match="expects its arrays last"):
        fields(NamedTuple("Early", [("rest", Arrays), ("n", int)]))


def test_floats_that_are_equal_in_type_only_are_taken():
    other = np.dtype(np.float32, metadata={"from": "elsewhere"})
    x = np.arange(4, dtype=np.float32).view(other)
    assert x.dtype is not np.dtype(np.float32)
    assert sums.everything(x) == sums.everything(x.view(Named)) == 6


class Named(np.ndarray):
    """An array that bears a name, as `np.memmap` does."""


def test_windows_side_by_side_are_told_by_their_sizes():
    assert pool.are_halves((4, 6), (2, 3), *pool.HALVES)
    assert not pool.are_halves((5, 6), (2, 3), *pool.HALVES)
