"""What keeps the house in order: arrows between rooms, budgets, and words that must not occur."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "glassgrad"
FILES = sorted(SRC.rglob("*.py"))

READING_ORDER = [
    "graph.py",
    "ops/base.py",
    "ops/activations.py",
    "tensor.py",
    "nn/linear.py",
    "optim/sgd.py",
    "train/fit.py",
]

ENGINE = {"errors", "tape", "watch", "spelling", "tensor", "graph", "numeric"}
MAY_IMPORT = {  # a room may import itself, the rooms named here, and nothing else of the package
    "engine": ENGINE | {"ops"},
    "kernels": {"errors"},
    "ops": ENGINE | {"kernels"},
    "read": ENGINE | {"ops", "kernels"},
    "nn": ENGINE | {"ops"},
    "optim": ENGINE | {"ops", "kernels", "nn"},
    "data": ENGINE | {"ops"},
    "derivation": ENGINE | {"ops", "read"},
}
MIDDLE = {"train", "check", "figures", "sweep", "runs", "bridges"}
for room in MIDDLE:
    MAY_IMPORT[room] = (
        ENGINE | MIDDLE | {"ops", "nn", "optim", "data", "read", "derivation", "kernels"}
    )
for room in ("course", "report"):
    MAY_IMPORT[room] = MAY_IMPORT["train"] | {"course", "report"}


def name_of(path):
    return str(path.relative_to(SRC))


def room_of(path):
    first = path.relative_to(SRC).parts[0].removesuffix(".py")
    return "engine" if first in ENGINE else first


def imported_rooms(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = [node.module]
            if node.module == "glassgrad":
                names = [f"glassgrad.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (n.split(".")[1] for n in names if n.startswith("glassgrad."))


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_arrows_run_one_way(path):
    room = room_of(path)
    if room in MAY_IMPORT:
        assert set(imported_rooms(path)) <= MAY_IMPORT[room] | {room, "__version__"}


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_opens_with_prose(path):
    prose = ast.get_docstring(ast.parse(path.read_text()))
    assert prose, "a file opens by saying what it is"
    if path.name != "__init__.py":
        assert len(prose.splitlines()) <= 10


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_no_file_eats_the_rest(path):
    assert len(path.read_text().splitlines()) <= 300


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_nothing_dangerous_and_nothing_global(path):
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        assert not isinstance(node, ast.Global), f"line {node.lineno}: a module global is rebound"
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", None) or getattr(node.func, "attr", "")
            free = isinstance(node.func, ast.Name)
            assert not (free and name in ("eval", "exec", "__import__")), (
                f"line {node.lineno}: {name}"
            )
            assert name not in ("extractall",), f"line {node.lineno}: {name}"
            assert not any(
                k.arg == "allow_pickle" and getattr(k.value, "value", None) for k in node.keywords
            ), f"line {node.lineno}: allow_pickle"
    assert not re.search(
        r"^\s*(import|from) (pickle|marshal|shelve|yaml)\b", path.read_text(), re.M
    )


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_chance_is_an_argument(path):
    """No global generator: np.random may only be used for its Generator types and default_rng."""
    allowed = {"Generator", "default_rng", "SeedSequence", "Philox", "PCG64", "BitGenerator"}
    used = set(re.findall(r"np\.random\.(\w+)", path.read_text()))
    if room_of(path) != "bridges":  # the Educational Framework of Exercise 2 seeds globally
        assert used <= allowed


def test_functions_are_short():
    lengths = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                lengths.append(body[-1].end_lineno - body[0].lineno + 1 if body else 0)
    assert sorted(lengths)[len(lengths) * 9 // 10] <= 20


def test_the_reading_order_is_an_afternoon():
    lines = {name: len((SRC / name).read_text().splitlines()) for name in READING_ORDER}
    assert sum(lines.values()) <= 900, lines
    readme = (ROOT / "README.md").read_text()
    places = [readme.index(f"{name}`") for name in READING_ORDER]
    assert places == sorted(places), "the README names the reading order"
