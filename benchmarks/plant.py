"""Programs with one planted mistake each, and right ones, made of the files in `students/`."""

from __future__ import annotations

import functools
import importlib.util
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from exercises import Function, exercises

FOLDER = Path(__file__).with_name("students")
FILES = tuple(FOLDER / name for name in ("activations.py", "layers.py", "more.py", "deeper.py"))
HELD_OUT = FOLDER / "held_out.py"
RIGHT = FOLDER / "right.py"


@dataclass(frozen=True)
class Planted:
    """A program with one mistake in it."""

    function: str
    names: tuple[str, ...]
    """What the mistake may rightly be called."""
    line: str
    program: str


def planted(file: Path, scaled: bool = True) -> list[Planted]:
    """One program for each mistake beside a line, and for a sign and two factors in every function."""
    lines, found, function = file.read_text().splitlines(), [], ""
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
    return found + (
        _scaled("\n".join(lines), sorted({p.function for p in found})) if scaled else []
    )


def _scaled(text: str, functions: list[str]) -> list[Planted]:
    """Every gradient of a function with a factor."""
    found = []
    for function in functions:
        for name, factor in (("sign", -1.0), ("factor", 2.0), ("factor", 0.5)):
            more = (
                f"\n_right = {function}\n\n\n@functools.wraps(_right)\ndef {function}(*args):\n"
                f"    out = _right(*args)\n    many = isinstance(out, tuple)\n"
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


def correct() -> Iterator[tuple[str, str, Any]]:
    """(function, version, code) of implementations in which nothing is wrong."""
    functions = exercises()
    versions = [
        (name, "as it is", code)
        for file in (*FILES, HELD_OUT)
        for name, code in vars(program(file.read_text())).items()
        if name in functions
    ]
    other = program(RIGHT.read_text())
    for name, code in vars(other).items():
        function, _, number = name.rpartition("_")
        if function in functions and number.isdigit():
            versions.append((function, f"other words {number}", code))
    for function, version, code in versions:
        yield function, version, code
        for how, change in _CHANGES.items():
            yield function, f"{version}, {how}", _changed(code, change)


def _changed(code: Function, change: Callable[[Function, tuple[Any, ...]], Any]) -> Function:
    @functools.wraps(code)
    def student(*args: Any) -> Any:
        return change(code, args)

    return student


def _cast(value: Any, dtype: Any) -> Any:
    """Real arrays as another type, alone, in a tuple or in a dict."""
    if isinstance(value, tuple):
        return tuple(_cast(v, dtype) for v in value)
    if isinstance(value, dict):
        return {k: _cast(v, dtype) for k, v in value.items()}
    return value.astype(dtype) if np.asarray(value).dtype.kind == "f" else value


_CHANGES: dict[str, Callable[[Function, tuple[Any, ...]], Any]] = {
    "float32": lambda f, a: _cast(f(*_cast(a, np.float32)), np.float32),
    "float32 inside": lambda f, a: _cast(f(*_cast(a, np.float32)), np.float64),
    "column order": lambda f, a: f(*(np.asfortranarray(v) for v in a)),
    "strided": lambda f, a: f(*(np.repeat(v, 2, -1)[..., ::2] if np.ndim(v) else v for v in a)),
}
