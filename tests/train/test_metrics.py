"""Metrics against counts by hand and against scikit-learn's definitions."""

from __future__ import annotations

import numpy as np
import pytest

from glassgrad import nn
from glassgrad.data import points
from glassgrad.errors import DataError, LabelError, ShapeError
from glassgrad.train import metrics

rng = np.random.default_rng(0)


def test_rows_are_true_and_columns_predicted():
    c = metrics.confusion_matrix([0, 0, 0, 1], [0, 1, 1, 1], ["cat", "dog"])
    assert c.counts.tolist() == [[1, 2], [0, 1]]
    assert c.precision.tolist() == [1.0, 1 / 3]
    assert c.recall.tolist() == [1 / 3, 1.0]
    assert c.f1.tolist() == [0.5, 0.5]
    assert c.accuracy == 0.5
    assert c.macro() == {"precision": 2 / 3, "recall": 2 / 3, "f1": 0.5}


def test_scores_against_definitions_by_counting():
    true, predicted = rng.integers(0, 4, 200), rng.integers(0, 4, 200)
    c = metrics.confusion_matrix(true, predicted)
    for k in range(4):
        hits = np.sum((true == k) & (predicted == k))
        assert c.precision[k] == hits / np.sum(predicted == k)
        assert c.recall[k] == hits / np.sum(true == k)
        assert c.f1[k] == pytest.approx(2 / (1 / c.precision[k] + 1 / c.recall[k]))


def test_a_class_that_never_occurs_scores_zero_without_a_warning():
    c = metrics.confusion_matrix([0, 0], [0, 0], classes=3)
    assert c.precision.tolist() == c.recall.tolist() == c.f1.tolist() == [1.0, 0.0, 0.0]


def test_tables_name_every_class():
    c = metrics.confusion_matrix([0, 1, 2], [0, 2, 2], ["ant", "bee", "cat"])
    rows = [line.split() for line in str(c).splitlines()]
    assert rows[0] == ["true", "\\", "predicted", "ant", "bee", "cat"]
    assert rows[2] == ["bee", "0", "0", "1"]
    report = [line.split() for line in c.report().splitlines()]
    assert report[3] == ["cat", "0.500", "1.000", "0.667", "1"]
    assert report[-1][0] == "mean"


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: metrics.confusion_matrix([0, 3], [0, 1], 3), LabelError, "0 … 2, got 3"),
        (lambda: metrics.confusion_matrix([0, 1], [0]), ShapeError, r"got \(2,\) and \(1,\)"),
        (lambda: metrics.accuracy([1, 2], [1, 2]), ShapeError, "one row of K scores"),
        (lambda: metrics.top_mistakes([[0.5, 0.5]], [0, 1]), ShapeError, r"\(1, 2\) and \(2,\)"),
        (lambda: metrics.predict(nn.Linear(2, 2, rng=0), np.zeros((0, 2))), DataError, "at least"),
    ],
)
def test_misuse(call, error, text):
    with pytest.raises(error, match=text):
        call()


def test_top_mistakes_are_the_surest_wrong_answers():
    p = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.3, 0.7]])
    found = metrics.top_mistakes(p, [1, 1, 0, 0], count=2)
    assert [(m.index, m.true, m.predicted, m.probability) for m in found] == [
        (0, 1, 0, 0.9),
        (3, 0, 1, 0.7),
    ]
    assert metrics.top_mistakes(p, [0, 1, 1, 1]) == []


def model():
    """A network that behaves differently in training."""
    layers = nn.Linear(2, 8, rng=0), nn.BatchNorm(8), nn.Dropout(0.5, rng=1), nn.Linear(8, 2, rng=2)
    return nn.Sequential(*layers)


def test_evaluation_does_not_depend_on_the_batch_size_and_leaves_the_model_as_it_was():
    net, ds = model(), points.circle(101, rng=0)
    net[1].training = False  # somebody froze this layer
    before = net.state_dict()
    drawn = net[2].rng.bit_generator.state
    a, b = metrics.evaluate(net, ds, batch_size=7), metrics.evaluate(net, ds)
    assert a.loss == pytest.approx(b.loss, rel=1e-6)
    assert a.accuracy == b.accuracy == (metrics.predict(net, ds.x) == ds.y).mean()
    assert a.confusion.classes == ds.classes
    assert [m.training for m in net.modules()] == [True, True, False, True, True]
    assert all(np.array_equal(v, before[k]) for k, v in net.state_dict().items())
    assert net[2].rng.bit_generator.state == drawn


def test_a_failing_model_gets_its_mode_back():
    net = model()
    with pytest.raises(ShapeError):
        metrics.predict(net, np.zeros((3, 5), np.float32))
    assert all(m.training for m in net.modules())


def test_probabilities_are_the_softmax_of_the_outputs():
    net, ds = model(), points.circle(20, rng=0)
    p, z = metrics.predict_proba(net, ds.x), metrics.outputs(net, ds.x)
    np.testing.assert_allclose(p, np.exp(z) / np.exp(z).sum(1, keepdims=True), rtol=1e-5)
    assert p.dtype == np.float32


def test_other_losses_and_targets_have_no_accuracy():
    net, ds = nn.Linear(2, 1, rng=0), points.circle(20, rng=0)
    found = metrics.judge(metrics.outputs(net, ds.x)[:, 0], ds, lambda y, t: np.mean((y - t) ** 2))
    assert found.accuracy is None
    assert found.confusion is None
