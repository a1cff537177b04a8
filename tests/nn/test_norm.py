"""Running means as PyTorch keeps them, and batches that have no variance."""

import numpy as np
import pytest

from glassgrad import nn
from glassgrad.errors import SettingError, ShapeError


@pytest.mark.oracle
@pytest.mark.parametrize("shape", [(6, 3), (4, 3, 2, 5)])
def test_running_values_are_pytorchs(shape):
    torch = pytest.importorskip("torch")
    theirs = (torch.nn.BatchNorm1d if len(shape) == 2 else torch.nn.BatchNorm2d)(3)
    ours = nn.BatchNorm(3)
    rng = np.random.default_rng(0)
    for _ in range(5):
        x = rng.normal(3, 2, size=shape).astype(np.float32)
        np.testing.assert_allclose(ours(x).value, theirs(torch.tensor(x)).detach(), atol=1e-5)
    for name, value in theirs.state_dict().items():
        np.testing.assert_allclose(ours.state_dict()[name], value.numpy(), rtol=1e-6)
    assert ours.state_dict()["num_batches_tracked"] == 5


def test_running_values_do_not_suffer_from_a_large_mean():
    x = (1e4 + np.random.default_rng(0).normal(size=(1000, 2))).astype(np.float32)
    layer = nn.BatchNorm(2, momentum=1.0)
    layer(x)
    np.testing.assert_allclose(layer.running_var, x.astype(np.float64).var(0, ddof=1), rtol=1e-6)


def test_one_value_per_channel_has_no_variance():
    layer = nn.BatchNorm(3)
    before = layer.state_dict()
    with pytest.raises(ShapeError, match="more than one value per channel"):
        layer(np.ones((1, 3), np.float32))
    for name, value in layer.state_dict().items():
        np.testing.assert_array_equal(value, before[name])
    assert layer.eval()(np.ones((1, 3), np.float32)).shape == (1, 3)


def test_another_number_of_channels_is_refused():
    for layer in (nn.BatchNorm(3), nn.BatchNorm(3).eval()):
        for shape in ((4, 1), (4, 2, 3, 3), (3,)):
            with pytest.raises(ShapeError, match=r"BatchNorm\(3\) expects x of shape \(N, 3\)"):
                layer(np.ones(shape, np.float32))
    with pytest.raises(SettingError, match="momentum must lie between 0 and 1"):
        nn.BatchNorm(3, momentum=2.0)
    with pytest.raises(SettingError, match="normalized_shape must be"):
        nn.LayerNorm((3, 0))


def test_prediction_uses_the_running_values():
    layer = nn.BatchNorm(2, eps=0.5).eval()
    state = {"weight": [2, -1], "bias": [0.5, 0], "running_mean": [1, 3], "running_var": [3.5, 0.5]}
    layer.load_state_dict({**state, "num_batches_tracked": 1})
    y = layer(np.array([[5, 4], [1, 3]], np.float32))
    np.testing.assert_allclose(y.value, [[4.5, -1], [0.5, 0]], rtol=1e-6)
