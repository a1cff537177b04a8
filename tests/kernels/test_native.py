"""Compiled once, loaded afterwards; and nothing breaks where that cannot be."""

import os
import subprocess
import sys
from pathlib import Path

import llvmlite.binding as llvm
import pytest

PRODUCT = """
import sys, numpy as np
from glassgrad import kernels
assert kernels.available()
from glassgrad.kernels.gemm import matmul
a = np.arange(12, dtype=np.float32).reshape(3, 4)
assert np.array_equal(matmul(a, a.T), a @ a.T)
print("numba" in sys.modules)
"""


def python(program, **environment):
    return subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"GLASSGRAD_AHEAD": "0"} | environment,
        capture_output=True,
        text=True,
        check=True,
    )


def objects(folder):
    return sorted(Path(folder).rglob("*.o"))


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A cache folder that one process has filled."""
    folder = tmp_path_factory.mktemp("cache")
    first = python(PRODUCT, GLASSGRAD_CACHE=str(folder))
    assert first.stderr.count("compiling kernels for your CPU (once)") == 1
    return folder


def test_a_second_process_needs_no_compiler(cache):
    again = python(PRODUCT, GLASSGRAD_CACHE=str(cache))
    assert (again.stdout.strip(), again.stderr) == ("False", "")


def test_an_altered_file_is_compiled_again(cache):
    path = next(p for p in objects(cache) if p.name == "gemm.tiles.o")
    good = path.read_bytes()
    path.write_bytes(good[:100] + b"x" + good[101:])
    assert "compiling" in python(PRODUCT, GLASSGRAD_CACHE=str(cache)).stderr
    assert python(PRODUCT, GLASSGRAD_CACHE=str(cache)).stderr == ""


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    first = python(PRODUCT, GLASSGRAD_CACHE=str(tmp_path / "file"))
    assert "compiling" in first.stderr
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


def test_an_older_processor_gives_the_same_numbers(tmp_path):
    if not llvm.get_host_cpu_features().get("avx2"):
        pytest.skip("needs a processor with AVX2")
    python(PRODUCT, GLASSGRAD_CACHE=str(tmp_path), GLASSGRAD_CPU="haswell")


@pytest.mark.parametrize("switch", ["NUMBA_DISABLE_JIT=1", "GLASSGRAD_KERNELS=0"])
def test_kernels_can_be_switched_off(switch):
    name, value = switch.split("=")
    program = "from glassgrad import kernels; print(kernels.available(), kernels.available())"
    run = python(program, **{name: value})
    assert run.stdout == "False False\n"
    assert run.stderr.count("NumPy does the work") == (name == "NUMBA_DISABLE_JIT")


def test_without_numba_there_is_one_notice():
    program = "import sys; sys.modules['numba'] = None; "
    program += "from glassgrad import kernels; print(kernels.available(), kernels.available())"
    run = python(program)
    assert run.stdout == "False False\n"
    assert run.stderr.count("Numba is not installed") == 1
