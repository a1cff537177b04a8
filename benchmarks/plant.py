"""Programs with one planted mistake each, made from `students.py`, and what they are compared with."""

from __future__ import annotations

import importlib.util
import inspect
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import glassgrad as gg
from glassgrad import check

STUDENTS = Path(__file__).with_name("students.py")
Function = Callable[..., Any]


@dataclass(frozen=True)
class Exercise:
    """What a student's function is held against: ours, the inputs, and what both get besides."""

    ours: Function
    inputs: tuple[Any, ...]
    names: tuple[str, ...]
    constants: tuple[Any, ...] = ()

    def reference(self, *xs: Any) -> Any:
        return self.ours(*xs, *self.constants)

    def ask(self, theirs: Any) -> Any:
        """The verdict on a student's function."""
        student = _with(theirs, self.constants) if self.constants else theirs
        return check.backward(student, self.reference, *self.inputs, names=self.names)


def _with(theirs: Function, constants: tuple[Any, ...]) -> Function:
    """A student's function with its last arguments given."""
    signature = inspect.signature(theirs)
    kept = list(signature.parameters.values())[: -len(constants)]

    def student(*xs: Any) -> Any:
        return theirs(*xs, *constants)

    student.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
    return student


def _network(x: Any, w: Any, b: Any, v: Any, c: Any, labels: Any) -> Any:
    k = x @ w + b
    k.name = "k"
    h = gg.sigmoid(k)
    h.name = "h"
    s = h @ v + c
    s.name = "s"
    return gg.cross_entropy(s, labels)


def _ridge(theta: Any, x: Any, t: Any) -> Any:
    loss = gg.binary_cross_entropy_with_logits(gg.tensor(x, requires_grad=False) @ theta, t)
    return loss + 0.05 * (theta * theta).sum()


def exercises() -> dict[str, Exercise]:
    """By the name of the student's function."""
    rng = np.random.default_rng(7)
    n = rng.normal
    x, z, t = n(size=(7, 5)), n(size=(6, 3)), rng.integers(0, 2, (6, 3)).astype(float)
    labels, xwb = rng.integers(0, 4, 6), ("x", "w", "b")
    one = {
        name: Exercise(getattr(gg, name), (x,), ("x",))
        for name in ("tanh", "sigmoid", "relu", "leaky_relu", "elu", "softplus", "softmax")
    }
    norms = {
        name: Exercise(getattr(gg, name), (1 + n(size=(7, 5)), n(size=5), n(size=5)), xwb)
        for name in ("batch_norm", "layer_norm")
    }
    image = n(size=(3, 2, 4, 6))
    kernel = (n(size=(3, 2, 5, 5)), n(size=(4, 2, 3, 3)), n(size=4))
    layers = n(size=(6, 3)), n(size=(3, 5)), n(size=5), n(size=(5, 4)), n(size=4)
    return {
        **one,
        "log_softmax": Exercise(gg.log_softmax, (x,), ("x",)),
        "linear": Exercise(gg.linear, (n(size=(6, 4)), n(size=(3, 4)), n(size=3)), xwb),
        "matmul": Exercise(gg.matmul, (n(size=(4, 4)), n(size=(4, 4))), ("a", "b")),
        "multiply": Exercise(gg.multiply, (n(size=(6, 4)), n(size=4)), ("a", "b")),
        "divide": Exercise(gg.divide, (n(size=(6, 4)), 1.5 + rng.random((6, 4))), ("a", "b")),
        "mse": Exercise(gg.mse_loss, (z, n(size=(6, 3))), ("x", "t")),
        "cross_entropy": Exercise(gg.cross_entropy, (n(size=(6, 4)),), ("x",), (labels,)),
        "bce_with_logits": Exercise(gg.binary_cross_entropy_with_logits, (z,), ("x",), (t,)),
        "conv": Exercise(lambda x, w, b: gg.conv2d(x, w, b, padding=1), kernel, xwb),
        "max_pool": Exercise(lambda x: gg.max_pool2d(x, 2), (image,), ("x",)),
        "avg_pool": Exercise(lambda x: gg.avg_pool2d(x, 2), (image,), ("x",)),
        **norms,
        "network": Exercise(_network, layers, ("x", "w", "b", "v", "c"), (labels,)),
        "ridge": Exercise(_ridge, (n(size=3),), ("theta",), (n(size=(6, 3)), t[:, 0])),
    }


@dataclass(frozen=True)
class Planted:
    """A program with one mistake in it."""

    function: str
    names: tuple[str, ...]
    """What the mistake may rightly be called."""
    line: str
    program: str


def planted() -> list[Planted]:
    """One program for each mistake beside a line, and for a sign and two factors in every function."""
    lines, found, function = STUDENTS.read_text().splitlines(), [], ""
    for number, line in enumerate(lines):
        if start := re.match(r"def (\w+)\(", line):
            function = start[1]
        mark = re.match(r" *#! ([^|]+) \| (.*)", line)
        if not mark:
            continue
        above = max(i for i in range(number) if not lines[i].lstrip().startswith("#!"))
        indent = re.match(" *", lines[above])[0]  # type: ignore[index]
        changed = [*lines[:above], indent + mark[2], *lines[above + 1 :]]
        names = tuple(n.strip() for n in mark[1].split("/"))
        found.append(Planted(function, names, mark[2].strip(), "\n".join(changed)))
    return found + _scaled("\n".join(lines), sorted({p.function for p in found}))


def _scaled(text: str, functions: list[str]) -> list[Planted]:
    """Every gradient of a function with a factor."""
    found = []
    for function in functions:
        for name, factor in (("sign", -1.0), ("factor", 2.0), ("factor", 0.5)):
            more = (
                f"\n_right = {function}\n\n\n@functools.wraps(_right)\ndef {function}(*args):\n    out = _right(*args)\n"
                f"    many = isinstance(out, tuple)\n"
                f"    return tuple({factor} * o for o in out) if many else {factor} * out\n"
            )
            found.append(Planted(function, (name,), f"{factor} × all", text + more))
    return found


def program(text: str) -> ModuleType:
    """Import a program's text the way a file is imported."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "student.py"
        path.write_text(text)
        spec = importlib.util.spec_from_file_location("student", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return module
