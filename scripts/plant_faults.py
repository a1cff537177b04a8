#!/usr/bin/env python
"""Plant faults in catalogues, thresholds and lists, and see whether the tests find each of them.

    python scripts/plant_faults.py                   # 60 drawn faults, a few minutes on two cores
    python scripts/plant_faults.py --all --only doctor/

A fault takes one row of a table away, or alters it, or moves a threshold by half, in a copy of the package;
then the tests that hold that file are run.  A fault that no test finds is printed as a survivor.
"""

from __future__ import annotations

import argparse
import ast
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).parents[1]
LAWS = "tests/laws/test_"
HELD_BY = {
    "check/backward/adapters.py": (f"{LAWS}catalogue_lists.py", "tests/check/test_backward.py"),
    "check/backward/references.py": (f"{LAWS}catalogue_lists.py", "tests/check/test_backward.py"),
    "check/backward/": (
        f"{LAWS}catalogue_order.py",
        f"{LAWS}catalogue_mistakes.py",
        "tests/check/test_backward.py",
    ),
    "check/sandbox/": (f"{LAWS}catalogue_lists.py", "tests/check/test_student.py"),
    "check/formula/": (f"{LAWS}catalogue_formula.py", "tests/check/test_formula.py"),
    "check/table/": (f"{LAWS}catalogue_lists.py", "tests/check/test_table.py"),
    "check/gradient/": ("tests/check/test_gradient.py",),
    "check/separable/": ("tests/check/test_separable.py",),
    "check/shared/": (f"{LAWS}catalogue_lists.py", "tests/check/test_report.py"),
    "doctor/": (f"{LAWS}catalogue_order.py", f"{LAWS}catalogue_doctor.py", "tests/doctor"),
    "notation/": ("tests/notation", f"{LAWS}catalogue_formula.py", "tests/terms"),
    "terms/": (
        f"{LAWS}catalogue_order.py",
        f"{LAWS}catalogue_formula.py",
        "tests/terms",
        "tests/check/test_formula.py",
    ),
    "derivation/": (f"{LAWS}catalogue_order.py", f"{LAWS}catalogue_formula.py", "tests/derivation"),
    "drawing/": ("tests/drawing",),
    "nn/": (f"{LAWS}catalogue_settings.py", "tests/nn/test_models.py", "tests/nn/test_init.py"),
    "data/": (
        f"{LAWS}catalogue_settings.py",
        "tests/data/test_formats.py",
        "tests/data/test_download.py",
    ),
    "runs/": (f"{LAWS}catalogue_settings.py",),
    "sweep/": (f"{LAWS}catalogue_settings.py", "tests/sweep/test_space.py"),
    "train/": (f"{LAWS}catalogue_settings.py",),
    "report/": (f"{LAWS}catalogue_settings.py", "tests/report"),
    "read/": (f"{LAWS}catalogue_order.py", "tests/read"),
}
"""Which tests hold which files, the narrowest first; the first prefix that fits counts."""

NO_CATALOGUE = {
    "PATIENCE": "how long one waits: only a loaded machine could tell",
    "_GRACE": "how long one waits: only a loaded machine could tell",
    "TIMEOUT": "how long one waits: only a loaded machine could tell",
    "PAUSE": "how long one waits: only a loaded machine could tell",
    "_CHUNK": "how much is read or computed at a time: the results are the same",
    "_BLOCK": "how much is computed at a time: the results are the same",
    "_XZ_MEMORY": "a bound on memory, far from both sides",
    "GIBIBYTE": "a bound on sizes, far from both sides",
    "MEGABYTES": "a default",
    "SECONDS": "a default",
    "MARK": "four letters that mark a file",
    "_MARK": "letters that mark a file",
    "_HEAD": "prose",
    "_PAGE": "prose",
    "_ADVICE": "prose",
    "_STYLE": "looks",
    "_MARKS": "looks",
    "_COLUMNS": "prose",
    "THREADS": "names of other programs' variables, harmless if not read",
}
"""Constants that are no catalogue, each with its reason."""


TABLES = ast.Dict | ast.Tuple | ast.List | ast.Set
PROCESSES = multiprocessing.get_context("forkserver")
LIBRARIES = ["numpy", "scipy.special", "numba", "sympy", "pytest"]
"""Loaded once, before each run of the tests forks off."""


@dataclass(frozen=True)
class Fault:
    """One change of a file."""

    path: str
    line: int
    what: str
    begin: int
    end: int
    new: str


def constants(tree: ast.Module):
    """Module-level constants in capitals, with their values."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            target = node.target
        else:
            continue
        values = [(target, node.value)]
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            values = list(zip(target.elts, node.value.elts, strict=True))
        for name, value in values:
            if isinstance(name, ast.Name) and name.id.isupper() and name.id not in NO_CATALOGUE:
                yield name.id, value


def faults(path: str, text: str):
    """Every fault that this program would plant in a file."""
    starts = [0]
    for line in text.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def span(node):
        begin = starts[node.lineno - 1] + node.col_offset
        return begin, starts[node.end_lineno - 1] + node.end_col_offset

    def fault(name, node, what, new):
        return Fault(path, node.lineno, f"{name}: {what}", *span(node), new)

    def removed(name, node, row):
        """The row with the comma behind it."""
        begin, end = span(node)
        rest = text.encode()[end:]
        comma = len(rest) - len(rest.lstrip()) + 1 if rest.lstrip()[:1] == b"," else 0
        return Fault(path, node.lineno, f"{name}: without {row}", begin, end + comma, "")

    def changed(name, node):
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(value, bool) or value is None:
            return
        if isinstance(value, int | float):
            more = value + max(value // 2, 1) if isinstance(value, int) else value * 1.5
            yield fault(name, node, f"{more:g} for {value:g}", repr(more))
        elif isinstance(value, str) and value:
            yield fault(name, node, f"{value!r} altered", repr(value + "x"))

    def planted(name, value):
        """The faults of a table, and of the tables in its rows."""
        if isinstance(value, ast.Call):
            for part in (*value.args, *(k.value for k in value.keywords)):
                yield from planted(name, part) if isinstance(part, TABLES) else ()
        elif isinstance(value, ast.BinOp):
            for part in (value.left, value.right):
                yield from planted(name, part) if isinstance(part, TABLES | ast.BinOp) else ()
        elif isinstance(value, ast.Constant) and not isinstance(value.value, str):
            yield from changed(name, value)
        elif isinstance(value, ast.Tuple | ast.List | ast.Set) and len(value.elts) > 1:
            for row in value.elts:
                if isinstance(row, ast.Starred):
                    yield from planted(name, row.value)
                else:
                    yield removed(name, row, ast.unparse(row)[:40])
        elif isinstance(value, ast.Dict):
            for key, row in zip(value.keys, value.values, strict=True):
                if key is None:
                    yield from planted(name, row)
                    continue
                both = ast.Constant("")
                both.lineno, both.end_lineno = key.lineno, row.end_lineno
                both.col_offset, both.end_col_offset = key.col_offset, row.end_col_offset
                yield removed(name, both, ast.unparse(key)[:40])
                inner = f"{name}[{ast.unparse(key)[:30]}]"
                yield from changed(inner, row)
                yield from planted(inner, row) if isinstance(row, TABLES | ast.BinOp) else ()

    for name, value in constants(ast.parse(text)):
        yield from planted(name, value)


def tests_of(path: str, root: Path) -> tuple[str, ...]:
    found = next(tests for prefix, tests in HELD_BY.items() if path.startswith(prefix))
    return tuple(t for t in found if (root / t).exists())


def is_found(fault: Fault, root: Path) -> bool:
    """Plant it in the copy at `root`, run the tests, take it back."""
    file = root / "src" / "glassgrad" / fault.path
    text = file.read_bytes()
    file.write_bytes(text[: fault.begin] + fault.new.encode() + text[fault.end :])
    try:
        return not passes(fault.path, root)
    finally:
        file.write_bytes(text)


def run_tests(path: str, root: Path) -> None:
    """What a process of its own does; its exit code is that of pytest."""
    import pytest

    os.chdir(root)
    sys.path.insert(0, str(root / "src"))
    sys.dont_write_bytecode = True
    os.environ |= {"PYTHONPATH": str(root / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    os.environ["GLASSGRAD_PRECOMPILE"] = "0"
    with (root / "said.txt").open("w") as said:
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
        os._exit(pytest.main(["-q", "-x", "-p", "no:cacheprovider", *tests_of(path, root)]))


def passes(path: str, root: Path) -> bool:
    """Whether the tests that hold this file pass in the copy at `root`."""
    process = PROCESSES.Process(target=run_tests, args=(path, root))
    process.start()
    process.join(300)
    if process.exitcode is None:
        process.kill()
        return False
    if process.exitcode not in (0, 1, 2):
        raise RuntimeError((root / "said.txt").read_text()[-2000:])
    return process.exitcode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=60, help="faults to draw")
    parser.add_argument("--seed", type=int, default=0, help="which faults are drawn")
    parser.add_argument("--only", default="", help="beginning of the paths")
    parser.add_argument("--all", action="store_true", help="every fault, not some")
    parser.add_argument("--jobs", type=int, default=2, help="copies at a time")
    options = parser.parse_args()
    source = ROOT / "src" / "glassgrad"
    paths = [str(p.relative_to(source)) for p in sorted(source.rglob("*.py"))]
    held = [p for p in paths if p.startswith(tuple(HELD_BY)) and p.startswith(options.only)]
    drawn = [f for path in held for f in faults(path, (source / path).read_text())]
    if not options.all:
        drawn = random.Random(options.seed).sample(drawn, min(options.count, len(drawn)))
    PROCESSES.set_forkserver_preload(LIBRARIES)
    with tempfile.TemporaryDirectory() as folder:
        places: SimpleQueue[Path] = SimpleQueue()
        for i in range(options.jobs):
            place = Path(folder) / str(i)
            ignored = shutil.ignore_patterns(".venv", ".git", "__pycache__", ".*_cache")
            shutil.copytree(ROOT, place, ignore=ignored)
            places.put(place)

        def tried(fault: Fault) -> bool:
            place = places.get()
            try:
                return is_found(fault, place)
            finally:
                places.put(place)

        def passed(path: str) -> bool:
            place = places.get()
            try:
                return passes(path, place)
            finally:
                places.put(place)

        groups = list({tests_of(f.path, ROOT): f.path for f in drawn}.values())
        with ThreadPoolExecutor(options.jobs) as pool:
            for path, fine in zip(groups, pool.map(passed, groups), strict=True):
                if not fine:
                    parser.error(f"the tests of {path} fail without any fault: mend them first")
        survivors = 0
        with ThreadPoolExecutor(options.jobs) as pool:
            for n, (fault, found) in enumerate(zip(drawn, pool.map(tried, drawn), strict=True), 1):
                survivors += not found
                said = "found   " if found else "SURVIVES"
                print(
                    f"{n:4}/{len(drawn)} {said} {fault.path}:{fault.line} {fault.what}", flush=True
                )
    print(f"{len(drawn)} faults, {len(drawn) - survivors} found, {survivors} survive")
    return bool(survivors)


if __name__ == "__main__":
    sys.exit(main())
