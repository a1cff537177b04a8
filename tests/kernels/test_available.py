"""Kernels are off for the reasons that are named, and for no other: our own mistakes are raised."""

import pytest
from tests.kernels.processes import python

ASK = "from glassgrad import kernels; print(kernels.available(), kernels.available())"


@pytest.mark.parametrize("switch", ["NUMBA_DISABLE_JIT=1", "GLASSGRAD_KERNELS=0"])
def test_kernels_can_be_switched_off(switch):
    name, value = switch.split("=")
    program = "from glassgrad import kernels; print(kernels.available(), kernels.available())"
    run = python(program, **{name: value})
    assert run.stdout == "False False\n"
    assert run.stderr.count("NumPy does the work") == (name == "NUMBA_DISABLE_JIT")


@pytest.mark.parametrize("missing", ["numba", "llvmlite"])
def test_without_numba_numpy_trains_and_there_is_one_notice(missing):
    program = f"""
import sys
sys.modules[{missing!r}] = None
import glassgrad as gg
from glassgrad import data, kernels, nn, optim, train
assert gg.threads() and gg.threads(2) == 2
digits = data.load("digits").train
layers = nn.Conv2d(1, 2, 3, rng=0), nn.BatchNorm(2), nn.GELU(), nn.MaxPool2d(2), nn.Flatten()
model = nn.Sequential(*layers, nn.Linear(18, 10, rng=1))
optimizer = optim.Adam(model.parameters(), lr=0.01)
history = train.fit(model, digits, steps=3, optimizer=optimizer, rng=0)
print(kernels.available(), len(history.steps))
"""
    run = python(program)
    assert run.stdout == "False 3\n"
    assert run.stderr.count("Numba is not installed") == 1
    assert run.stderr.count("\n") == 1


BROKEN = {
    "numba": (
        "ImportError('Numba needs NumPy 2.3 or less')",
        "Numba does not start (ImportError: ",
    ),
    "llvmlite": ("OSError('libllvmlite.so: not found')", "llvmlite does not start (OSError: "),
}


@pytest.mark.parametrize("package", BROKEN)
def test_a_package_that_does_not_start_is_a_reason(package, tmp_path):
    raised, notice = BROKEN[package]
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").write_text(f"raise {raised}\n")
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{ASK}"
    run = python(program, GLASSGRAD_CACHE=str(tmp_path / "cache"))
    assert run.stdout == "False False\n"
    assert run.stderr.count(notice) == 1


@pytest.mark.parametrize(
    ("refused", "notice"),
    [
        ("llvm.Target.from_default_triple", "LLVM makes no code for this processor (no target)"),
        ("llvm.create_mcjit_compiler", "LLVM runs no code here (no target)"),
    ],
)
def test_a_processor_that_llvm_does_not_know_is_a_reason(refused, notice, cache):
    program = "import llvmlite.binding as llvm\n"
    program += "def refuse(*_): raise RuntimeError('no target')\n"
    run = python(f"{program}{refused} = refuse\n{ASK}", GLASSGRAD_CACHE=str(cache))
    assert run.stdout == "False False\n"
    assert run.stderr.count(notice) == 1


def test_no_place_for_files_is_no_reason(tmp_path):
    """The code is compiled for this process and kept nowhere."""
    program = (
        f"import os, tempfile; tempfile.tempdir = '/proc/nowhere'; os.chdir({str(tmp_path)!r})\n"
    )
    run = python(program + ASK, GLASSGRAD_CACHE="/proc/nowhere")
    assert run.stdout == "True True\n"
    assert not list(tmp_path.iterdir())


STALE = (
    "from glassgrad.kernels import thread_pool as t\nfrom glassgrad.kernels.loading import Kernel\n"
)
MISTAKES = {  # planted: a name out of date, a function that is gone, a missing module, a faulty kernel
    f"{STALE}t.RUN = Kernel('team', 'run', t.Run)": "No module named 'glassgrad.kernels.loops.team'",
    f"{STALE}t.RUN = Kernel('thread_pool', 'go', t.Run)": "has no attribute 'go'",
    "import sys; sys.modules['glassgrad.kernels.thread_pool'] = None": "import of glassgrad.kernels",
    "import sys; sys.modules['glassgrad.kernels.loading'] = None": "import of glassgrad.kernels",
    "import sys; sys.modules['glassgrad.kernels.row_type'] = None": "import of glassgrad.kernels",
    "from glassgrad.kernels.loops import thread_pool as t\n"
    "t.run = lambda first, last, args, scratch: nobody(first)": "NameError: name 'nobody'",
}


@pytest.mark.parametrize("mistake", MISTAKES, ids=range(len(MISTAKES)))
def test_a_mistake_of_ours_is_no_reason_but_an_error(mistake, tmp_path):
    run = python(f"{mistake}\n{ASK}", check=False, GLASSGRAD_CACHE=str(tmp_path))
    assert run.returncode == 1
    assert MISTAKES[mistake] in run.stderr
    assert "NumPy does the work" not in run.stderr
