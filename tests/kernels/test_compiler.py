"""The same bits from the code of every generation of processors, on any number of cores."""

import os

import llvmlite.binding as llvm
import pytest
from tests.kernels.processes import python

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
from glassgrad.train.step import TrainStep
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
