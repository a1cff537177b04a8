"""Who uses the package is helped by its types: they are in the wheel, and mypy finds them there."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROGRAM = """
import numpy as np

import glassgrad as gg
from glassgrad import data, nn, optim, train

digits = data.load("digits")
model = nn.Sequential(nn.Flatten(), nn.Linear(64, 10, rng=0))
optimizer = optim.Adam(model.parameters(), lr=0.01)
history = train.fit(model, digits.train, epochs=1, optimizer=optimizer, rng=0)
loss: float = history.steps[-1].loss
w = gg.tensor([1.0, 2.0], name="w")
w.backward(np.ones(2))
gradient: int = w.grad
pixels: int = digits.train.x
optim.SGD(model.parameters(), lr="fast")
nn.Linear("64", 10)
"""


def test_the_marker_is_in_the_package_and_the_wheel_takes_the_whole_package():
    assert (ROOT / "src" / "glassgrad" / "py.typed").read_text() == ""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    assert settings["targets"]["wheel"] == {"packages": ["src/glassgrad"]}
    assert not {"exclude", "include", "only-include"} & set(settings)


def test_a_wheel_has_the_marker(tmp_path):
    hatchling = pytest.importorskip("hatchling.build", reason="hatchling is not installed here")
    assert hatchling
    program = f"from hatchling.build import build_wheel; print(build_wheel({str(tmp_path)!r}))"
    made = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    with zipfile.ZipFile(tmp_path / made.stdout.split()[-1]) as wheel:
        names = wheel.namelist()
    assert "glassgrad/py.typed" in names
    assert "glassgrad/ops/__init__.pyi" in names
    assert any(name.startswith("glassgrad/data/files/") for name in names)


def test_mypy_knows_the_types_of_a_user_s_program(tmp_path):
    pytest.importorskip("mypy", reason="mypy is not installed here")
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "mypy.ini").write_text(f"[mypy]\nmypy_path = {ROOT / 'src'}\nstrict = true\n")
    found = subprocess.run(
        [sys.executable, "-m", "mypy", "--follow-imports=silent", "program.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    lines = PROGRAM.splitlines()
    errors = re.findall(r"^program\.py:(\d+): error: .*\[(.+)\]$", found.stdout, re.M)
    assert [(lines[int(n) - 1], kind) for n, kind in errors] == [
        ("gradient: int = w.grad", "assignment"),
        ("pixels: int = digits.train.x", "assignment"),
        ('optim.SGD(model.parameters(), lr="fast")', "arg-type"),
        ('nn.Linear("64", 10)', "arg-type"),
    ], found.stdout + found.stderr
