"""Each recipe of docs/recipes.md is followed literally in a copy, and the laws it names are run there."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
RECIPES = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.S | re.M))
AT_LEAST = {  # so many laws run on the new thing by themselves
    "An op": 40,
    "A layer": 15,
    "A mistake": 30,
    "A rule of the doctor": 80,
    "An exercise": 3,
    "A data set": 5,
    "An optimizer": 40,
}
PARTS = re.compile(r"`((?:src|tests|docs)/[\w/]+\.\w+)`|^```(\w+)\n(.*?)^```", re.S | re.M)
USES = {
    "An op": "import glassgrad as gg; print(gg.softsign(gg.tensor([3.0])), 'softsign' in dir(gg))",
    "A layer": "from glassgrad import nn; print(nn.PReLU(0.5), nn.PReLU in nn.registry())",
    "A mistake": "import numpy as np, glassgrad as gg\n"
    "print(gg.check.backward(lambda g, x: g.clip(-1, 1), lambda x: 1 * x, np.ones(3), g=np.arange(3.0)))",
    "A rule of the doctor": "from glassgrad import doctor; print([r.name for r in doctor.RULES])",
    "An exercise": "from glassgrad import course; print(course.select('mlp/8')[0].title)",
    "A data set": "from glassgrad import data; print(data.load('stripes').train)",
    "An optimizer": "from glassgrad import nn, optim\n"
    "print(optim.Adamax(nn.Linear(2, 1).parameters()), optim.Adamax in optim.registry())",
}
PRINTED = {
    "An op": "0.75], op=Softsign) True",
    "A layer": "PReLU(init=0.5) True",
    "A mistake": "clipped to ±1",
    "A rule of the doctor": "'over-fitting', 'weight decay too strong', 'under-fitting'",
    "An exercise": "Counting parameters",
    "A data set": "Dataset(stripes: 500 examples of shape (2,), 2 classes)",
    "An optimizer": "Adamax(lr=0.002, betas=(0.9, 0.999), eps=1e-08, weight_decay=0.0) True",
}


def test_there_is_a_page_for_each_of_the_seven():
    assert list(RECIPES) == list(AT_LEAST)
    for text in RECIPES.values():
        assert 20 < len(text.splitlines()) < 120, "about a page"
    for page in ("CONTRIBUTING.md", "README.md"):
        assert "docs/recipes.md" in (ROOT / page).read_text(encoding="utf-8")


@pytest.fixture
def copy(tmp_path):
    """What of the repository the laws need."""
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for folder in ("src", "tests", "docs", "benchmarks"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "CONTRIBUTING.md"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def follow(recipe, folder):
    """Write and change the files as told; returns the commands to be run."""
    path, commands = None, []
    for name, language, block in PARTS.findall(RECIPES[recipe]):
        if name:
            path = folder / name
        elif language == "python":
            assert not path.exists(), f"{path} is there already"
            path.write_text(block, encoding="utf-8")
        elif language == "diff":
            change(path, block)
        else:
            assert language == "sh", f"nobody knows what to do with a block of {language}"
            commands += block.splitlines()
    return commands


def change(path, diff):
    """Put in place what the lines with + and - say, at the one place where the others stand."""
    lines = diff.splitlines(keepends=True)
    old = "".join(line[1:] for line in lines if line[0] != "+")
    new = "".join(line[1:] for line in lines if line[0] != "-")
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path.name} has {text.count(old)} places like\n{old}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def run(folder, *arguments):
    """What Python prints in the copy, with the package of the copy."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "src")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run_shown(folder, command):
    """A command of the page: pytest, or glassgrad."""
    program, *arguments = shlex.split(command)
    if program == "pytest":
        return run(folder, "-m", "pytest", "-p", "no:cacheprovider", *arguments)
    assert program == "glassgrad"
    return run(folder, "-c", "from glassgrad.cli import main; main()", *arguments)


@pytest.mark.parametrize("recipe", RECIPES)
def test_what_a_recipe_adds_is_found(recipe, copy):
    assert follow(recipe, copy)
    assert PRINTED[recipe] in run(copy, "-c", USES[recipe])


LONG = {"An optimizer": [pytest.mark.slow]}  # every pair of settings, with six laws each


@pytest.mark.parametrize("recipe", [pytest.param(r, marks=LONG.get(r, [])) for r in RECIPES])
def test_what_a_recipe_adds_obeys_the_laws(recipe, copy):
    commands = follow(recipe, copy)
    said = [run_shown(copy, command) for command in commands]
    passed = sum(int(n) for text in said for n in re.findall(r"(\d+) passed", text))
    assert passed >= AT_LEAST[recipe], said
