"""Values and gradients of PyTorch, over many settings, in float64."""

import numpy as np
import pytest

import glassgrad as gg
from glassgrad.errors import ShapeError

torch = pytest.importorskip("torch")
F = torch.nn.functional
pytestmark = pytest.mark.oracle
torch.set_num_threads(1)  # these are tiny


def agree(ours, theirs, *inputs, rel=1e-9):
    """Both functions have the same values and the same gradients at these inputs."""
    xs = [gg.tensor(x) for x in inputs]
    ts = [torch.tensor(x, requires_grad=np.asarray(x).dtype.kind == "f") for x in inputs]
    y, z = ours(*xs), theirs(*ts)
    assert y.value == pytest.approx(z.detach().numpy(), rel=rel, abs=1e-12)
    g = np.cos(np.arange(y.size)).reshape(y.shape)
    wanted = [i for i, t in enumerate(ts) if t.requires_grad]
    expected = torch.autograd.grad(z, [ts[i] for i in wanted], torch.tensor(g, dtype=z.dtype))
    for a, b in zip(gg.grad(y, [xs[i] for i in wanted], g), expected, strict=True):
        assert a == pytest.approx(b.numpy(), rel=rel, abs=1e-11)


def normal(*shape):
    return np.random.default_rng(sum(shape)).normal(size=shape)


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("dilation", [1, (2, 1)])
@pytest.mark.parametrize("padding", [0, 1, (0, 2)])
@pytest.mark.parametrize("stride", [1, 2, (3, 1)])
def test_conv2d(stride, padding, dilation, groups):
    setting = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    inputs = [normal(2, 4, 8, 7), normal(8, 4 // groups, 3, 2), normal(8)]
    agree(lambda *a: gg.conv2d(*a, **setting), lambda *a: F.conv2d(*a, **setting), *inputs)
    agree(lambda *a: gg.conv2d(*a, **setting), lambda *a: F.conv2d(*a, **setting), *inputs[:2])


def test_the_second_derivative_of_conv2d():
    def twice(conv, grad):
        def f(x, w):
            (g,) = grad((conv(x, w, stride=2, padding=1) ** 3).sum(), [x])
            return (g * g).sum()

        return f

    agree(
        twice(gg.conv2d, lambda y, xs: gg.grad(y, xs, create_graph=True)),
        twice(F.conv2d, lambda y, xs: torch.autograd.grad(y, xs, create_graph=True)),
        normal(2, 2, 5, 5),
        normal(3, 2, 3, 3),
    )


@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize("dilation", [1, (1, 2)])
@pytest.mark.parametrize("padding", [0, 1, (1, 0)])
@pytest.mark.parametrize("stride", [None, 1, (2, 3)])
@pytest.mark.parametrize("kernel", [2, 3, (2, 3)])
def test_max_pool2d(kernel, stride, padding, dilation, ceil_mode):
    setting = (kernel, stride, padding, dilation, ceil_mode)
    for x in (normal(2, 3, 8, 9), np.round(normal(2, 3, 8, 9))):  # the second has ties
        agree(lambda a: gg.max_pool2d(a, *setting), lambda a: F.max_pool2d(a, *setting), x)


@pytest.mark.parametrize("count_include_pad", [False, True])
@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize("padding", [0, 1, (1, 0)])
@pytest.mark.parametrize("stride", [None, 1, (2, 3)])
@pytest.mark.parametrize("kernel", [2, 3, (2, 3)])
def test_avg_pool2d(kernel, stride, padding, ceil_mode, count_include_pad):
    setting = (kernel, stride, padding, ceil_mode, count_include_pad)
    agree(
        lambda a: gg.avg_pool2d(a, *setting),
        lambda a: F.avg_pool2d(a, *setting),
        normal(2, 3, 8, 9),
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("size", "stride"), [((2, 2), 2), ((2, 4), 2), ((1, 2), 3)])
def test_with_ceil_mode_a_map_may_be_smaller_than_the_window(size, stride, dtype):
    """One window begins on the map; without `ceil_mode` it does not fit, here as there."""
    x = normal(2, 3, *size).astype(dtype)
    for pool, theirs in ((gg.max_pool2d, F.max_pool2d), (gg.avg_pool2d, F.avg_pool2d)):
        agree(
            lambda a, pool=pool: pool(a, 3, stride=stride, ceil_mode=True),
            lambda a, pool=theirs: pool(a, 3, stride, ceil_mode=True),
            x,
            rel=1e-6 if dtype is np.float32 else 1e-9,
        )
        with pytest.raises(ShapeError, match="does not fit into the height"):
            pool(x, 3, stride=stride)


@pytest.mark.parametrize("shape", [(6, 3), (4, 3, 5), (2, 3, 4, 5)])
def test_batch_norm(shape):
    agree(
        lambda x, w, b: gg.batch_norm(x, w, b, eps=1e-3),
        lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True, eps=1e-3),
        *[normal(*shape), normal(3), normal(3)],
    )


@pytest.mark.parametrize("last", [1, 2, 3])
def test_layer_norm(last):
    x = normal(2, 3, 4, 5)
    w, b = normal(*x.shape[-last:]), normal(*x.shape[-last:]) + 1
    agree(gg.layer_norm, lambda x, w, b: F.layer_norm(x, w.shape, w, b), x, w, b)


@pytest.mark.parametrize("shape", [(4,), (5, 4), (2, 3, 4)])
def test_linear(shape):
    agree(gg.linear, F.linear, normal(*shape), normal(3, 4), normal(3))
    agree(gg.linear, F.linear, normal(*shape), normal(3, 4))


@pytest.mark.parametrize(
    ("a", "b"), [((4,), (4,)), ((4,), (2, 4, 3)), ((2, 3, 4), (4,)), ((5, 1, 3, 4), (2, 4, 2))]
)
def test_matmul(a, b):
    agree(gg.matmul, torch.matmul, normal(*a), normal(*b))


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_softmax(axis):
    x = 4 * normal(3, 4, 5)
    agree(lambda x: gg.softmax(x, axis), lambda x: F.softmax(x, axis), x)
    agree(lambda x: gg.log_softmax(x, axis), lambda x: F.log_softmax(x, axis), x)


def positive(*shape):
    x = np.exp(normal(*shape))
    return x / x.sum(-1, keepdims=True)


LABELS = np.array([2, 0, 1, 1, 2])
LOSSES = {
    "cross_entropy": (3 * normal(5, 3), LABELS),
    "nll_loss": (np.log(positive(5, 3)), LABELS),
    "multi_margin_loss": (normal(5, 3), LABELS),
    "binary_cross_entropy": (positive(5, 3), positive(3, 5).T.copy()),
    "binary_cross_entropy_with_logits": (3 * normal(5, 3), positive(5, 3)),
    "mse_loss": (normal(5, 3), normal(3, 5).T.copy()),
    "l1_loss": (normal(5, 3), normal(3, 5).T.copy()),
    "kl_div": (np.log(positive(5, 3)), positive(3, 5).T.copy()),
}


@pytest.mark.filterwarnings("ignore:reduction.*'mean' divides:UserWarning")
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", LOSSES)
def test_losses(name, reduction):
    ours, theirs = getattr(gg, name), getattr(F, name)
    agree(
        lambda x, t: ours(x, t, reduction=reduction),
        lambda x, t: theirs(x, t, reduction=reduction),
        *LOSSES[name],
    )


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_cross_entropy_of_probabilities(reduction):
    agree(
        lambda x, t: gg.cross_entropy(x, t, reduction),
        lambda x, t: F.cross_entropy(x, t, reduction=reduction),
        *[3 * normal(5, 3), positive(5, 3)],
    )


def test_log_loss_is_the_likelihood_of_probabilities():
    p, t = positive(5, 3), positive(3, 5).T.copy()
    agree(lambda p: gg.log_loss(p, LABELS), lambda p: F.nll_loss(p.log(), torch.tensor(LABELS)), p)
    agree(gg.log_loss, lambda p, t: -(t * p.log()).sum(1).mean(), p, t)


def test_divergence_per_row():
    log_q, p = np.log(positive(5, 3)), positive(3, 5).T.copy()
    agree(gg.kl_div, lambda q, p: F.kl_div(q, p, reduction="batchmean"), log_q, p)


def test_hinge_loss():
    s, t = normal(6), np.array([1.0, -1.0, 1.0, 1.0, -1.0, -1.0])
    agree(lambda s: gg.hinge_loss(s, t), lambda s: (1 - torch.tensor(t) * s).clamp(min=0).mean(), s)
