"""What README and --help show can be done after `pip install glassgrad`, without any extra."""

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def names(requirements):
    """numpy for `numpy>=2.0`."""
    return {re.split(r"[\[<>=]", r)[0] for r in requirements}


EXTRA = {n for e in PROJECT["optional-dependencies"].values() for n in names(e)} - {"glassgrad"}
BESIDE = {
    "pooch",
    "requests",
    "pandas",
    "sklearn",
    "dask",
    "xdist",
}  # what comes with something else
BLOCKED = {n.replace("-", "_") for n in EXTRA - names(PROJECT["dependencies"])} | BESIDE
BLOCK = f"""
import sys

class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {sorted(BLOCKED)!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Block())
"""
RUN = """
import contextlib, io, json, sys
from glassgrad.cli import app, main

def commands(app, path=()):
    yield path
    for name in app:
        if not name.startswith("-"):
            yield from commands(app[name], (*path, name))

def outcome(arguments):
    out, code = io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            main(arguments)
        except SystemExit as stop:
            code = stop.code or 0
    return code, out.getvalue()

if __name__ == "__main__":
    asked = json.load(sys.stdin)
    result = list(commands(app)) if asked == "commands" else [outcome(a) for a in asked]
    print(json.dumps(result), file=sys.__stdout__)
"""
FILES = {
    "my_layer.py": "import numpy as np\ndef Tanh(g, x): return g * (1 - np.tanh(x) ** 2)\n",
    "mine.py": "import glassgrad as gg, numpy as np\n"
    "def loss(x, t): return gg.cross_entropy(x, t)\n"
    "def backward(x, t):\n"
    "    e = np.exp(x - x.max(1, keepdims=True))\n"
    "    return (e / e.sum(1, keepdims=True) - np.eye(x.shape[1])[t]) / len(x)\n",
    "my_ops.py": "import glassgrad as gg\ndef swish(x): return x * gg.sigmoid(x)\n",
    "my_net.py": "import glassgrad as gg\ndef loss(x, w): return gg.tanh(x @ w).sum()\n",
    "table2.md": "| | precision | recall |\n|--|--|--|\n| 0 | 0.5 | 0.5 |\n| 1 | 0.5 | 0.5 |\n",
    "points.csv": "0,0,a\n0,1,a\n1,0,b\n1,1,b\n",
}
NO_KERNELS = {"GLASSGRAD_KERNELS": "0"}  # whether they are compiled is not the question here
FIRST = ("train digits mlp --lr 1e-5 --epochs 2 --doctor --out DIR",)
UNSHOWN = (  # those whose help has no example, and what stopped without an extra once
    "data check digits",
    "data get digits",
    "sweep lr=0.1,0.2 --model logistic --epochs 1 --store runs.sqlite",
    "runs list --store runs.sqlite",
    "runs compare --store runs.sqlite",
    "course run flood/5.2 --quick",
    "course edf --write-notebooks notebooks",
)
QUICK = (  # what makes a command that is shown one of seconds, on data that come with the package
    (r"^train( mnist \w+)?( --epochs \d+)?$", "train digits logistic --epochs 1"),
    (r"^train --resume DIR$", "train --resume DIR --epochs 3"),
    (r" > .*", ""),
)


def run(folder, asked):
    """What the program answers, in an environment without the extras."""
    (folder / "sitecustomize.py").write_text(BLOCK)
    (folder / "run.py").write_text(RUN)
    path = os.pathsep.join((str(folder), str(ROOT / "src")))
    done = subprocess.run(
        [sys.executable, "run.py"],
        input=json.dumps(asked),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "200", "NO_COLOR": "1", **NO_KERNELS},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def shown(text):
    """The commands in a text: in backquotes, or lines of their own."""
    found = re.findall(r"`glassgrad ([a-z][^`]*)`|^[\s│]*glassgrad ([a-z].*?)[\s│]*$", text, re.M)
    lines = [" ".join(shlex.split(a or b, comments=True)) for a, b in found]
    exact = [a or b.partition("  #")[0].strip() for a, b in found]
    return [e for e, line in zip(exact, lines, strict=True) if not re.search(r"[A-Z]{4,}", line)]


def quick(command):
    for pattern, instead in QUICK:
        command = re.sub(pattern, instead, command)
    return shlex.split(command)


def test_the_extras_are_blocked_there(tmp_path):
    assert {"pytest", "sympy", "joblib", "torch", "mypy"} <= BLOCKED
    (tmp_path / "sitecustomize.py").write_text(BLOCK)
    done = subprocess.run(
        [sys.executable, "-c", "import sympy"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert "No module named 'sympy'" in done.stderr


@pytest.mark.slow
def test_every_command_that_is_shown_runs_without_extras(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    commands = [tuple(path) for path in run(tmp_path, "commands")]
    helps = run(tmp_path, [[*path, "--help"] for path in commands])
    assert [code for code, _ in helps] == [0] * len(commands)
    texts = [(ROOT / "README.md").read_text(), *(text for _, text in helps)]
    found = list(dict.fromkeys(c for text in texts for c in shown(text)))
    assert len(found) > 15
    lines = [quick(command) for command in dict.fromkeys((*FIRST, *found, *UNSHOWN))]
    outcomes = run(tmp_path, lines)
    for line, (code, said) in zip(lines, outcomes, strict=True):
        assert code in ((0, 1) if line[0] in ("check", "derive") else (0,)), f"{line}: {said}"
        assert "No module named" not in said
    listed = next(
        said for line, (_, said) in zip(lines, outcomes, strict=True) if line[0] == "runs"
    )
    last = [
        ["runs", what, listed.split()[0], "--store", "runs.sqlite"] for what in ("show", "delete")
    ]
    assert [code for code, _ in run(tmp_path, last)] == [0, 0]
    tried = {tuple(line[: len(path)]) for line in [*lines, *last] for path in commands}
    assert set(commands) <= tried


def test_what_needs_no_training_runs_without_extras(tmp_path):
    """The quick part of the test above: the sweep that once stopped on a missing package, and more."""
    asked = [
        "sweep lr=0.1,0.2 --model logistic --epochs 1 --jobs 2 --store runs.sqlite",
        "runs list --store runs.sqlite",
        "course run graph/1a --quick",
        "derive w^2/2 --wrt w",
        "data list",
    ]
    for line, (code, said) in zip(asked, run(tmp_path, list(map(str.split, asked))), strict=True):
        assert code == 0, f"{line}: {said}"
