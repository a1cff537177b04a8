"""`import glassgrad` is quick: heavy libraries wait until they are needed."""

import subprocess
import sys

import pytest

PACKAGE = "glassgrad, glassgrad.nn, glassgrad.optim, glassgrad.data, glassgrad.train"


@pytest.mark.parametrize(
    "heavy", ["numba", "scipy", "matplotlib", "rich", "cyclopts", "urllib.request"]
)
def test_heavy_libraries_wait(heavy):
    program = f"import sys, {PACKAGE}; assert {heavy!r} not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
