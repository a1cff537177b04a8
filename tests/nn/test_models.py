"""The named networks: their parameters, and names that do not exist."""

import numpy as np
import pytest

from glassgrad import nn
from glassgrad.errors import SettingError
from glassgrad.nn import models

SIZES = {  # on MNIST
    "logistic": 7_850,
    "mlp": 784 * 300 + 300 + 300 * 10 + 10,
    "mlp500": 784 * 500 + 500 + 500 * 10 + 10,
    "fman45": 416 + 6_416 + 7_850,
}


@pytest.mark.parametrize("name", models.MODELS)
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (1, 8, 8)])
def test_every_network_maps_images_to_scores_and_repeats_from_a_seed(name, shape):
    model, twin = (models.build(name, shape, 7, rng=3) for _ in range(2))
    x = np.random.default_rng(0).normal(size=(2, *shape)).astype(np.float32)
    assert model(x).shape == (2, 7)
    np.testing.assert_array_equal(model(x).value, twin(x).value)


@pytest.mark.parametrize("name", SIZES)
def test_parameters_are_those_of_the_assignment(name):
    assert sum(p.size for p in models.build(name, (1, 28, 28), 10).parameters()) == SIZES[name]


def test_the_cifar_baseline():
    sizes = [p.size for p in models.build("cifar", (3, 32, 32), 10).parameters()]
    assert sizes == [1200, 16, 6400, 16, 40960, 10]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: models.build("fman54", (1, 28, 28), 10),
            "unknown model 'fman54': did you mean 'fman45'",
        ),
        (lambda: models.build("resnet", (1, 28, 28), 10), "There are: logistic, mlp"),
        (lambda: models.build("cnn", (2,), 2), "cnn expects images"),
        (lambda: models.build("fman45", (1, 3, 3), 2), "4 × 4 pixels or more"),
        (lambda: models.build("mlp", (2,), 0), "classes must be"),
    ],
)
def test_what_cannot_be_built_is_refused(call, text):
    with pytest.raises(SettingError, match=text):
        call()


def test_points_go_into_the_dense_networks():
    for name in ("logistic", "mlp", "mlp500"):
        assert models.build(name, (2,), 3)(np.zeros((4, 2), np.float32)).shape == (4, 3)
    assert isinstance(models.build("mlp", (2,), 3), nn.Sequential)
