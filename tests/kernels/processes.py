"""Programs that run in a process of their own: what a machine lacks is decided when it starts."""

import os
import subprocess
import sys
from pathlib import Path

PRODUCT = """
import sys, numpy as np
from glassgrad import kernels
assert kernels.available()
from glassgrad.kernels.gemm import matmul
a = np.arange(12, dtype=np.float32).reshape(3, 4)
assert np.array_equal(matmul(a, a.T), a @ a.T)
print("numba" in sys.modules)
"""
SMALLEST = """
import sys
from glassgrad import kernels
assert kernels.available()
print("numba" in sys.modules)
"""
"""The same with the one kernel that is tried first."""


def variables(without=(), **environment):
    """This process's variables and some more, with no second process that compiles."""
    inherited = {k: v for k, v in os.environ.items() if k not in without}
    return inherited | {"GLASSGRAD_PRECOMPILE": "0"} | environment


def python(program, check=True, without=(), preexec_fn=None, **environment):
    return subprocess.run(
        [sys.executable, "-c", program],
        env=variables(without, **environment),
        capture_output=True,
        text=True,
        check=check,
        preexec_fn=preexec_fn,
    )


def objects(folder):
    return sorted(Path(folder).rglob("*.o"))
