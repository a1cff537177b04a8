"""What the tests of the kernels share: one thread against two, and arrays in odd places."""

import numpy as np
import pytest
from hypothesis import settings
from tests.kernels.processes import PRODUCT, python

from glassgrad import kernels

settings.register_profile("kernels", max_examples=25, deadline=None, derandomize=True)


def pytest_collection_modifyitems(items):
    if not kernels.available():
        for item in items:
            if "/kernels/" in str(item.path):
                item.add_marker(pytest.mark.skip(reason="kernels do not run here"))


@pytest.fixture
def on_one_and_two_threads():
    """A function that computes something on one thread and on two, and wants the same bits."""

    def compare(compute):
        before, results = kernels.threads(), []
        try:
            for n in (1, 2):
                kernels.threads(n)
                results.append([np.copy(r) for r in compute()])
        finally:
            kernels.threads(before)
        for one, two in zip(*results, strict=True):
            np.testing.assert_array_equal(one, two)

    return compare


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """A cache folder that one process has filled."""
    folder = tmp_path_factory.mktemp("cache")
    first = python(PRODUCT, GLASSGRAD_CACHE=str(folder))
    assert first.stderr.count("compiling kernels for your CPU (once)") == 1
    return folder
