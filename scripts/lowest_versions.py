#!/usr/bin/env python3
"""Are the lower bounds in pyproject.toml true?  Installs exactly them, and tries what users do.

    python3.11 scripts/lowest_versions.py [FOLDER]      # needs a network, and some minutes

Makes a virtual environment, installs this package with each direct dependency, and each of the extra
`test`, at its lowest version, imports every module, runs commands, and all quick tests but the laws.
Old packages may warn about newer ones that they need themselves, so warnings are no errors here.
"""

import re
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
IMPORTS = """
import importlib, pkgutil, glassgrad
names = [m.name for m in pkgutil.walk_packages(glassgrad.__path__, "glassgrad.")]
assert len(names) > 200
for name in names:
    importlib.import_module(name)
"""
COMMANDS = (
    "train digits logistic --epochs 1 --out run",
    "train digits cnn --epochs 1 --doctor --out cnn",
    "summary cnn --data digits",
    "data list",
    "course run graph/1a --quick",
    "course run layers/5 --quick",
    "check formula -sin(x) --of cos(x) --wrt x",
    "derive w^2/2 --wrt w",
    "sweep lr=0.1,0.2 --model logistic --epochs 1 --store runs.sqlite",
    "runs list --store runs.sqlite",
)


def lowest() -> list[str]:
    """`numpy==2.0` for `numpy>=2.0`: what the package and its tests need directly, at the lowest."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["symbolic"], *extras["test"]]
    return [w.replace(">=", "==") for w in wanted if re.fullmatch(r"[\w-]+>=[\d.]+", w)]


def main(folder: Path) -> None:
    """Install and try; the first thing that fails ends it with its own message."""
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    pins = lowest()
    print("installing", *pins)
    run(python, "-m", "pip", "install", "--quiet", str(ROOT), *pins, at=folder)
    run(python, "-W", "ignore", "-c", IMPORTS, at=folder)
    for command in COMMANDS:
        print("glassgrad", command, flush=True)
        run(folder / "venv" / "bin" / "glassgrad", *command.split(), at=folder)
    tests = ("tests", "--ignore", "tests/laws", "-o", "filterwarnings=default")
    run(python, "-m", "pytest", "-q", "-n", "2", *tests, at=ROOT)
    print("the lower bounds are true")


def run(*arguments: object, at: Path) -> None:
    """Run a program; end with its exit code if that is not 0."""
    done = subprocess.run([*map(str, arguments)], cwd=at, check=False)
    if done.returncode:
        sys.exit(f"failed with the lowest versions: {' '.join(map(str, arguments))}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]).resolve())
    else:
        with tempfile.TemporaryDirectory() as made:
            main(Path(made))
