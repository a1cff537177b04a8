"""Threads and programs: two trainings at once, a fork, replays, and the number of threads."""

import os
import threading
import time

import numpy as np
import pytest
from tests.kernels.numbers import normal

from glassgrad import kernels
from glassgrad.errors import SettingError
from glassgrad.kernels.gemm import matmul
from glassgrad.kernels.launch import Program


def test_a_program_does_its_calls_again_on_what_its_arrays_hold_now():
    rng = np.random.default_rng(0)
    a, b, c, d = normal(rng, 200, 300), normal(rng, 300, 64), normal(rng, 64, 9), None
    with Program() as program:
        middle = matmul(a, b, relu=True)
        d = matmul(middle, c)
    assert len(program) == 2
    a[...] = normal(rng, 200, 300)
    program.run()
    np.testing.assert_array_equal(d, matmul(matmul(a, b, relu=True), c))


def test_two_python_threads_at_once():
    rng = np.random.default_rng(0)
    a, b = normal(rng, 128, 500), normal(rng, 500, 300)
    expected, wrong = matmul(a, b), []

    def work():
        products = (matmul(a, b) for _ in range(40))
        wrong.extend(p for p in products if not np.array_equal(p, expected))

    several = [threading.Thread(target=work) for _ in range(3)]
    for thread in several:
        thread.start()
    for thread in several:
        thread.join()
    assert not wrong


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_makes_its_own_pool():
    rng = np.random.default_rng(0)
    a, b = normal(rng, 128, 500), normal(rng, 500, 300)
    expected = matmul(a, b)
    child = os.fork()
    if child == 0:
        os._exit(0 if np.array_equal(matmul(a, b), expected) else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_the_number_of_threads():
    before = kernels.threads()
    assert kernels.threads(3) == kernels.threads() == 3
    matmul(np.ones((128, 500), np.float32), np.ones((500, 300), np.float32))
    kernels.threads(before)
    for wrong in (0, -1, 65, 2.0, "2", True):
        with pytest.raises(SettingError, match=r"threads expects .* write glassgrad.threads\(2\)"):
            kernels.threads(wrong)


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two cores")
def test_a_worker_wakes_on_another_core():
    before = kernels.threads()
    kernels.threads(2)
    try:
        a = normal(np.random.default_rng(0), 300, 300)
        matmul(a, a)
        worker = next(t for t in threading.enumerate() if t.name == "glassgrad-0")
        time.sleep(0.1)  # until it sleeps
        matmul(a, a)
        assert len(os.sched_getaffinity(worker.native_id)) == len(os.sched_getaffinity(0)) - 1
    finally:
        kernels.threads(before)
