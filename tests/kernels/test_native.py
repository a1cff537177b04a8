"""Compiled once, loaded afterwards; and nothing breaks where that cannot be.

Every program here runs in a process of its own: what a machine lacks is decided when it starts.
"""

import importlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import llvmlite.binding as llvm
import pytest

from glassgrad.kernels.native import read_checked, write_checked

PRODUCT = """
import sys, numpy as np
from glassgrad import kernels
assert kernels.available()
from glassgrad.kernels.gemm import matmul
a = np.arange(12, dtype=np.float32).reshape(3, 4)
assert np.array_equal(matmul(a, a.T), a @ a.T)
print("numba" in sys.modules)
"""


BITS = """
import hashlib, numpy as np
import glassgrad as gg
rng, seal = np.random.default_rng(0), hashlib.sha256()
a, b, c = (rng.normal(size=s).astype("f4") for s in ((37, 129), (129, 65), (5000,)))
for y in (gg.matmul(a, b), gg.exp(20 * c), gg.log(c), gg.tanh(c), gg.sigmoid(30 * c), c * c - c / 3):
    seal.update(np.asarray(y).tobytes())
print(gg.kernels.available(), seal.hexdigest())
"""
NETWORK = """
import hashlib, numpy as np
from glassgrad import nn, optim
from glassgrad.plan.step import TrainStep
rng, seal = np.random.default_rng(0), hashlib.sha256()
layers = [nn.Conv2d(1, 16, 5, padding=2, rng=0), nn.BatchNorm(16), nn.ReLU(), nn.MaxPool2d(2)]
layers += [nn.Conv2d(16, 24, 3, padding=1, rng=1), nn.GELU(), nn.AvgPool2d(2), nn.ELU()]
layers += [nn.Conv2d(24, 8, 3, stride=2, dilation=2, padding=2, groups=4, rng=2), nn.Dropout(0.3, rng=0)]
layers += [nn.Flatten(), nn.Linear(128, 33, rng=3), nn.Softplus(), nn.Linear(33, 10, rng=4)]
model = nn.Sequential(*layers)
step = TrainStep(model.train(), optim.Adam(model.parameters(), lr=0.01))
for _ in range(4):
    step(rng.normal(size=(7, 1, 28, 28)).astype("f4"), rng.integers(0, 10, 7))
for p in model.parameters():
    seal.update(p.numpy().tobytes())
print(step.plan is not None, seal.hexdigest())
"""


def python(program, check=True, without=(), preexec_fn=None, **environment):
    inherited = {k: v for k, v in os.environ.items() if k not in without}
    return subprocess.run(
        [sys.executable, "-c", program],
        env=inherited | {"GLASSGRAD_AHEAD": "0"} | environment,
        capture_output=True,
        text=True,
        check=check,
        preexec_fn=preexec_fn,
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


@pytest.mark.parametrize("cut", [0, 1, 32, 33, 1000, 1031])
def test_what_is_not_what_was_written_is_not_read(cut, tmp_path):
    path, code = tmp_path / "kernel.o", bytes(range(200)) * 5
    write_checked(path, code)
    good = path.read_bytes()
    assert read_checked(path) == code
    path.write_bytes(good[:cut])
    assert read_checked(path) is None
    path.write_bytes(good[:cut] + bytes([good[cut] ^ 1]) + good[cut + 1 :])
    assert read_checked(path) is None
    path.write_bytes(good + b"x")
    assert read_checked(path) is None


@pytest.mark.parametrize("damage", ["garbage", "a folder"])
def test_a_damaged_file_is_compiled_again(cache, damage):
    path = next(p for p in objects(cache) if p.name == "thread_pool.run.o")
    good = path.read_bytes()
    path.unlink()
    if damage == "a folder":
        path.mkdir()
    else:
        path.write_bytes(bytes(range(256)) * 40)
    try:
        assert python(PRODUCT, GLASSGRAD_CACHE=str(cache)).stderr.count("compiling") == 1
        assert path.is_dir() or path.read_bytes() == good
        assert not list(path.parent.glob("tmp*"))
    finally:
        if path.is_dir():
            path.rmdir()
        path.write_bytes(good)


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    first = python(PRODUCT, GLASSGRAD_CACHE=str(tmp_path / "file"))
    assert "compiling" in first.stderr
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


def test_a_full_disk_costs_time_and_leaves_nothing_behind(tmp_path):
    """Files may not grow beyond a few bytes, as on a disk that is full."""
    resource = pytest.importorskip("resource")

    def full():
        resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))

    first = python(PRODUCT, GLASSGRAD_CACHE=str(tmp_path), preexec_fn=full)
    assert first.stderr.count("compiling") == 1
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


def test_a_user_without_a_home_gets_no_folder_in_the_current_one(tmp_path):
    program = "import os; os.path.expanduser = lambda p: p\n"
    program += f"os.chdir({str(tmp_path)!r})\n" + PRODUCT
    python(program, without=("HOME", "XDG_CACHE_HOME", "GLASSGRAD_CACHE"))
    assert not list(tmp_path.iterdir())


def test_two_processes_may_compile_at_once_and_one_may_be_killed(tmp_path):
    environment = {k: v for k, v in os.environ.items() if k != "GLASSGRAD_AHEAD"}
    command, cache = [sys.executable, "-c", PRODUCT], {"GLASSGRAD_CACHE": str(tmp_path)}
    three = [
        subprocess.Popen(command, env=environment | cache, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    deadline = time.monotonic() + 60
    while not list(tmp_path.rglob("*.begun")) and time.monotonic() < deadline:
        time.sleep(0.01)
    three[0].send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    for other in three[1:]:
        assert other.communicate()[0].strip() == "True"
    three[0].communicate()
    again = python(PRODUCT, GLASSGRAD_CACHE=str(tmp_path))
    assert again.stdout.strip() == "False"


def test_what_a_killed_process_left_misleads_nobody_and_is_swept_away(tmp_path):
    from glassgrad.kernels import precompile

    old, young = tmp_path / "gemm.tiles.1.begun", tmp_path / "gemm.tiles.2.begun"
    old.touch()
    young.touch()
    os.utime(old, (0, 0))
    precompile._sweep(tmp_path)
    assert list(tmp_path.iterdir()) == [young]
    began = time.monotonic()
    precompile.wait_for(tmp_path / "gemm.tiles.o")
    assert time.monotonic() - began < 5


def test_what_is_compiled_ahead_is_what_a_step_needs():
    """A cold process and its helper compile everything once; no name of the list is out of date."""
    from glassgrad.kernels import precompile

    for name in precompile.USUAL:
        kernel = precompile.named(name)
        loops = importlib.import_module(f"glassgrad.kernels.loops.{kernel.module}")
        made = getattr(loops, kernel.name)
        assert callable(made(*kernel.sizes) if kernel.sizes else made)
        assert kernel.file == f"{name}.o"


def bits(program, folder, cpu="", **how):
    found = python(program, GLASSGRAD_CACHE=str(folder), GLASSGRAD_CPU=cpu, **how).stdout.split()
    assert found[0] == "True"
    return found[1]


needs_avx2 = pytest.mark.skipif(
    not llvm.get_host_cpu_features().get("avx2"), reason="needs a processor with AVX2"
)


@needs_avx2
@pytest.mark.parametrize("cpu", ["x86-64-v3", "x86-64"])
def test_an_older_processor_gives_the_same_bits(cpu, cache, tmp_path):
    """AVX2 has half the lanes of AVX-512, the first x86-64 has a quarter, and no fused multiply-add."""
    assert bits(BITS, tmp_path, cpu) == bits(BITS, cache)


@needs_avx2
@pytest.mark.slow
@pytest.mark.parametrize("cpu", ["x86-64-v3", "x86-64-v2", "x86-64"])
def test_a_training_on_an_older_processor_gives_the_same_bits(cpu, cache, tmp_path):
    assert bits(NETWORK, tmp_path, cpu) == bits(NETWORK, cache)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity on this system")
def test_one_core_gives_the_same_bits(cache):
    def on_one():
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

    alone = "import glassgrad as gg\nassert gg.threads() == 1\n" + BITS
    assert bits(alone, cache, preexec_fn=on_one) == bits(BITS, cache)


def test_names_that_there_are_not_are_refused():
    program = "from glassgrad import kernels; kernels.available()"
    run = python(program, check=False, GLASSGRAD_CPU="pentium")
    assert "GLASSGRAD_CPU expects " in run.stderr
    assert "got 'pentium'" in run.stderr
    for wrong in ("0", "65", "two", "1.5", "-1"):
        run = python(program, check=False, GLASSGRAD_THREADS=wrong)
        assert f"GLASSGRAD_THREADS expects a whole number from 1 to 64, got {wrong!r}" in run.stderr
    assert (
        python("import glassgrad as gg; print(gg.threads())", GLASSGRAD_THREADS="3").stdout == "3\n"
    )


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
