import numpy as np
import pytest

import glassgrad as gg
from glassgrad.errors import LabelError, SettingError, ShapeError

INF, NAN = np.inf, np.nan
LABELLED = [gg.cross_entropy, gg.log_loss, gg.nll_loss, gg.multi_margin_loss]
PAIRED = [
    gg.binary_cross_entropy,
    gg.binary_cross_entropy_with_logits,
    gg.mse_loss,
    gg.l1_loss,
    gg.kl_div,
]


def value_and_gradient(loss, x, t, dtype=np.float64):
    x = gg.tensor(np.array(x, dtype))
    y = loss(x, np.array(t), reduction="none")
    return y.value, gg.grad(y, x, np.ones(y.shape, dtype))


@pytest.mark.parametrize(
    ("logits", "label", "loss", "gradient"),
    [
        ([-INF, 0.0], 0, INF, [-1.0, 1.0]),
        ([-INF, 0.0], 1, 0.0, [0.0, 0.0]),
        ([INF, 0.0], 0, NAN, [NAN, NAN]),
        ([-INF, -INF], 0, NAN, [NAN, NAN]),
        ([NAN, 0.0], 1, NAN, [NAN, NAN]),
        ([1000.0, 0.0], 0, 0.0, [0.0, 0.0]),
        ([1000.0, 0.0], 1, 1000.0, [1.0, -1.0]),
    ],
)
def test_cross_entropy_of_special_rows(logits, label, loss, gradient):
    y, g = value_and_gradient(gg.cross_entropy, [logits], [label])
    assert np.array_equal(y, [loss], equal_nan=True)
    assert np.array_equal(g, [gradient], equal_nan=True)


def test_labels_are_indicator_rows():
    x = np.random.default_rng(0).normal(size=(5, 3))
    labels = np.array([0, 2, 1, 1, 0])
    for a, b in zip(
        value_and_gradient(gg.cross_entropy, x, labels),
        value_and_gradient(gg.cross_entropy, x, np.eye(3)[labels]),
        strict=True,
    ):
        assert np.array_equal(a, b)


def test_the_hessian_of_cross_entropy():
    x = gg.tensor([[0.5, -1.0, 2.0]])
    (gradient,) = [gg.grad(gg.cross_entropy(x, [1]), x, create_graph=True)]
    hessian = [gg.grad(gradient, x, np.eye(3)[k : k + 1])[0] for k in range(3)]
    p = gg.softmax(x.value[0])
    assert np.array(hessian) == pytest.approx(np.diag(p) - np.outer(p, p))


@pytest.mark.parametrize(
    ("p", "t", "loss", "gradient"),
    [
        (0.0, 1, INF, -INF),
        (0.0, 0, 0.0, 1.0),
        (1.0, 1, 0.0, -1.0),
        (1.0, 0, INF, INF),
        (NAN, 1, NAN, NAN),
        (NAN, 0, NAN, NAN),
    ],
)
def test_binary_cross_entropy_at_the_ends(p, t, loss, gradient):
    y, g = value_and_gradient(gg.binary_cross_entropy, [p], [t])
    assert np.array_equal(y, [loss], equal_nan=True)
    assert np.array_equal(g, [gradient], equal_nan=True)


@pytest.mark.parametrize(
    ("x", "t", "loss", "gradient"),
    [
        (INF, 1, 0.0, 0.0),
        (INF, 0, INF, 1.0),
        (-INF, 0, 0.0, 0.0),
        (-INF, 1, INF, -1.0),
        (INF, 0.5, INF, 0.5),
        (NAN, 1, NAN, NAN),
        (NAN, 0, NAN, NAN),
    ],
)
def test_binary_cross_entropy_with_infinite_logits(x, t, loss, gradient):
    y, g = value_and_gradient(gg.binary_cross_entropy_with_logits, [x], [t])
    assert np.array_equal(y, [loss], equal_nan=True)
    assert np.array_equal(g, [gradient], equal_nan=True)


def test_a_probability_of_0_at_the_label_costs_infinitely_much():
    y, g = value_and_gradient(gg.log_loss, [[0.0, 1.0], [0.5, 0.5]], [0, 1])
    assert np.array_equal(y, [INF, np.log(2)])
    assert np.array_equal(g, [[-INF, 0], [0, -2]])
    y, g = value_and_gradient(gg.log_loss, [[0.0, 1.0], [0.5, 0.5]], [[0.0, 1.0], [0.5, 0.5]])
    assert y == pytest.approx(np.array([0, np.log(2)]))
    assert np.array_equal(g, [[0, -1], [-1, -1]])


def test_divergence_of_a_sure_distribution():
    x = gg.tensor([[1.0, 0.0], [0.5, 0.5]])
    y = gg.kl_div(np.log(np.full((2, 2), 0.5)), x, reduction="batchmean")
    assert y.item() == pytest.approx(np.log(2) / 2)
    assert np.isfinite(gg.grad(y, x)).all()


def test_squared_error_is_a_mean_over_elements_or_a_sum():
    x, t = np.array([[1.0, 2.0], [3.0, 4.0]]), np.zeros((2, 2))
    assert gg.mse_loss(x, t) == 7.5
    assert gg.mse_loss(x, t, "sum") == 30
    assert gg.mse_loss(x, t, "none").tolist() == [[1, 4], [9, 16]]


def test_flooding_turns_the_gradient_round_below_the_level():
    for start, slope in [(0.25, -1.0), (0.75, 1.0)]:
        loss = gg.tensor(start)
        y = gg.flood(loss, 0.5)
        y.backward()
        assert y.item() == 0.75
        assert loss.grad == slope


def test_penalties_have_the_gradients_of_weight_decay():
    ws = [gg.tensor([1.0, -2.0, 0.0]), gg.tensor([[3.0]])]
    assert gg.l1_penalty(ws, 0.5).item() == 3
    assert [g.tolist() for g in gg.grad(gg.l1_penalty(ws, 0.5), ws)] == [[0.5, -0.5, 0], [[0.5]]]
    assert gg.l2_penalty(ws, 0.5).item() == 3.5
    assert [g.tolist() for g in gg.grad(gg.l2_penalty(ws, 0.5), ws)] == [[0.5, -1, 0], [[1.5]]]
    with pytest.raises(SettingError, match=r"write model.parameters\(\)"):
        gg.l2_penalty([], 0.5)


@pytest.mark.parametrize("loss", [*LABELLED, *PAIRED, gg.hinge_loss], ids=lambda f: f.__name__)
def test_float32_stays_float32_whatever_the_targets_are(loss):
    x = np.full((3, 2), 0.5, np.float32)
    targets = [np.array([0, 1, 1]), np.array([0, 1, 1], np.uint8)]
    if loss in PAIRED:
        targets = [np.ones((3, 2)), np.ones((3, 2), int), np.ones((3, 2), np.float32)]
    elif loss is gg.hinge_loss:
        x, targets = x[:, 0], [np.array([-1, 1, 1]), np.array([-1.0, 1.0, 1.0])]
    elif loss in (gg.cross_entropy, gg.log_loss):
        targets += [np.eye(2)[[0, 1, 1]]]
    for t in targets:
        assert loss(x, t).dtype == np.float32
        for t_given in (t, gg.tensor(t, requires_grad=False)):
            leaf = gg.tensor(x)
            assert loss(leaf, t_given).dtype == np.float32
            assert gg.grad(loss(leaf, t_given), leaf).dtype == np.float32


@pytest.mark.parametrize("loss", LABELLED, ids=lambda f: f.__name__)
@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([0, 1, 2, 12], "labels from 0 to 9, got 12 in row 3"),
        ([0, 1, -1, 2], "got -1 in row 2"),
        ([0.0, 1.0, 2.0, 3.0], "write labels.astype(np.int64)"),
        ([0, 1, 2], "one label per row, shape (4,)"),
        ([[0], [1], [2], [3]], "one label per row, shape (4,)"),
    ],
)
def test_labels_that_are_none(loss, labels, said):
    for x in (np.full((4, 10), 0.1), gg.tensor(np.full((4, 10), 0.1))):
        with pytest.raises(LabelError) as error:
            loss(x, np.array(labels))
        assert said in str(error.value)


@pytest.mark.parametrize("loss", PAIRED, ids=lambda f: f.__name__)
def test_a_column_is_not_a_row(loss):
    with pytest.raises(ShapeError, match=r"got \(4, 1\) and \(4,\): write t.reshape\(4, 1\)"):
        loss(np.full((4, 1), 0.5), np.full(4, 0.5))


def test_logits_are_not_probabilities():
    with pytest.raises(
        SettingError, match=r"got 3.5 at \(1,\): .* binary_cross_entropy_with_logits"
    ):
        gg.binary_cross_entropy(np.array([0.5, 3.5]), np.array([0, 1]))
    with pytest.raises(
        SettingError, match=r"got -2.0 at \(0, 1\): for logits, write cross_entropy"
    ):
        gg.log_loss(gg.tensor([[0.5, -2.0]]), [0])


def test_labels_of_yes_and_no():
    with pytest.raises(LabelError, match=r"labels -1 and 1, got 0 in row 1: write 2 \* labels - 1"):
        gg.hinge_loss(np.ones(2), np.array([1, 0]))
    with pytest.raises(LabelError, match=r"targets from 0 to 1, got -1.0 at \(1,\)"):
        gg.binary_cross_entropy_with_logits(np.ones(2), np.array([1, -1]))


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_no_rows_have_no_mean(reduction):
    for loss in LABELLED:
        with pytest.raises(ShapeError, match="0 rows"):
            loss(np.zeros((0, 3)), np.zeros(0, int), reduction=reduction)
    for loss in PAIRED:
        with pytest.raises(ShapeError, match="0 rows"):
            loss(np.zeros((0, 3)), np.zeros((0, 3)), reduction=reduction)


def test_an_unknown_reduction():
    with pytest.raises(
        SettingError, match="reduction must be 'mean', 'sum' or 'none', got 'average'"
    ):
        gg.cross_entropy(np.zeros((1, 2)), [0], reduction="average")
