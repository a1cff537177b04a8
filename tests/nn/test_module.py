"""Fields walked: names, sharing, loading by name, and what is refused."""

import copy

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import nn
from glassgrad.errors import CheckpointError, DtypeError
from glassgrad.nn.hooks import forward_hook


class Net(nn.Module):
    """Everything that a field can hold; no super().__init__()."""

    def __init__(self):
        self.conv1 = nn.Linear(2, 3, rng=0)
        self.blocks = [nn.Linear(3, 3, rng=1), nn.Linear(3, 3, rng=2)]
        self.heads = {"left": nn.Linear(3, 1, rng=3), "right": nn.Linear(3, 1, bias=False, rng=4)}
        self.scale = nn.Parameter([1.0])
        self.offsets = (nn.Parameter(np.zeros(1)), nn.Parameter(np.ones(1)))
        self.running = np.zeros(3, np.float32)
        self._scratch = np.zeros(100)
        self.note = "abc"

    def forward(self, x):
        x = self.conv1(x)
        for block in self.blocks:
            x = block(gg.tanh(x))
        return self.heads["left"](x) * self.scale + self.heads["right"](x) + self.offsets[1]


NAMES = [
    "scale",
    "offsets.0",
    "offsets.1",
    "conv1.weight",
    "conv1.bias",
    "blocks.0.weight",
    "blocks.0.bias",
    "blocks.1.weight",
    "blocks.1.bias",
    "heads.left.weight",
    "heads.left.bias",
    "heads.right.weight",
]


def test_parameters_are_found_in_fields_lists_tuples_and_dicts():
    net = Net()
    assert [name for name, _ in net.named_parameters()] == NAMES
    assert all(isinstance(p, nn.Parameter) for p in net.parameters())
    assert [name for name, _ in net.named_buffers()] == ["running"]
    assert list(net.state_dict()) == [*NAMES, "running"]
    paths = [path for path, _ in net.named_modules()]
    assert paths == ["", "conv1", "blocks.0", "blocks.1", "heads.left", "heads.right"]


def test_every_parameter_is_reached_by_backward_and_forgotten_by_zero_grad():
    net = Net()
    net(np.ones((4, 2), np.float32)).sum().backward()
    without = [name for name, p in net.named_parameters() if p.grad is None]
    assert without == ["offsets.0"]
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())


def test_what_is_shared_is_listed_once_and_its_gradients_add_up():
    layer = nn.Linear(2, 2, bias=False, rng=0)
    twice = nn.Sequential(layer, nn.Tanh(), layer)
    assert [name for name, _ in twice.named_parameters()] == ["0.weight"]
    assert len(twice.modules()) == 3
    tied = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False))
    tied[1].weight = tied[0].weight
    assert list(tied.state_dict()) == ["0.weight"]
    assert len(tied.parameters()) == 1


def test_a_misspelt_field_raises():
    with pytest.raises(AttributeError, match="'Linear' object has no attribute 'wieght'"):
        nn.Linear(1, 1).wieght  # noqa: B018


def test_a_state_dict_is_a_copy():
    net = Net()
    for value in net.state_dict().values():
        value += 1
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value, Net().state_dict()[name])


def test_a_copy_of_a_model_is_a_model():
    net = Net()
    twin = copy.deepcopy(net)
    twin.conv1.weight.value = np.zeros((3, 2))
    assert net.conv1.weight.value.any()
    assert [name for name, _ in twin.named_parameters()] == NAMES


def test_another_models_state_names_everything_that_differs_and_loads_nothing():
    net, state = Net(), Net().to(np.float64).state_dict()
    state = {name: value + 1 for name, value in state.items()}
    del state["blocks.1.bias"]
    state["fc.weight"] = np.zeros(3)
    state["scale"] = np.zeros((2, 1))
    state["running"] = np.array(["a", "b", "c"])
    with pytest.raises(CheckpointError) as caught:
        net.load_state_dict(state)
    message = str(caught.value)
    for text in (
        "missing blocks.1.bias",
        "unexpected fc.weight",
        "scale has shape (2, 1), expected (1,)",
        "running holds <U1, expected float32",
        "nothing was loaded",
    ):
        assert text in message
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value, Net().state_dict()[name])


def test_loading_keeps_the_dtype_and_shares_nothing():
    net, state = Net(), Net().to(np.float64).state_dict()
    net.load_state_dict(state)
    state["scale"][:] = 7
    assert {v.dtype for v in net.state_dict().values()} == {np.dtype(np.float32)}
    assert net.scale.value == 1


def test_loading_between_forward_and_backward_is_noticed():
    net = Net()
    y = net(np.ones((4, 2), np.float32)).sum()
    net.load_state_dict(net.state_dict())
    with pytest.raises(gg.errors.GraphError, match="changed in place"):
        y.backward()


def test_safetensors_and_pytorch_load_by_name(tmp_path):
    from safetensors.numpy import load_file, save_file

    save_file(Net().state_dict(), tmp_path / "net.safetensors")
    Net().load_state_dict(load_file(tmp_path / "net.safetensors"))


@pytest.mark.oracle
def test_a_pytorch_model_loads_with_its_gradients_attached():
    torch = pytest.importorskip("torch")
    theirs = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Tanh(), torch.nn.Linear(3, 2))
    ours = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2))
    ours.load_state_dict(theirs.state_dict(keep_vars=True))
    x = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    np.testing.assert_allclose(ours(x).value, theirs(torch.tensor(x)).detach(), rtol=1e-5)


def test_the_tree_prints_with_its_settings():
    assert repr(Net()) == (
        "Net(\n"
        "  (conv1): Linear(2, 3)\n"
        "  (blocks.0): Linear(3, 3)\n"
        "  (blocks.1): Linear(3, 3)\n"
        "  (heads.left): Linear(3, 1)\n"
        "  (heads.right): Linear(3, 1, bias=False)\n"
        ")"
    )


def test_a_parameter_is_float32_and_takes_a_gradient():
    assert nn.Parameter(np.ones(2)).dtype == np.float32
    assert nn.Parameter([1, 2]).requires_grad
    assert nn.Parameter([1.0], dtype=np.float64).dtype == np.float64
    with pytest.raises(DtypeError):
        nn.Parameter([1], dtype=np.int64)


def test_watching_sees_inner_calls_first_and_ends():
    net, seen = nn.Sequential(nn.Tanh(), nn.Sigmoid()), []
    with forward_hook(
        lambda module, inputs, y: seen.append((type(module).__name__, inputs[0].shape))
    ):
        net(np.zeros((2, 3)))
    net(np.zeros((2, 3)))
    assert seen == [("Tanh", (2, 3)), ("Sigmoid", (2, 3)), ("Sequential", (2, 3))]


def test_the_layer_of_a_node_is_the_innermost_one_and_ends_with_the_call():
    net = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Linear(2, 2)))
    y = net(np.zeros((1, 2), np.float32))
    assert gg.graph.layer_path(y) == "1.0"
    assert (y * 2).layer is None

    class Broken(nn.Module):
        def forward(self, x):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        Broken()(y)
    assert (y * 2).layer is None
