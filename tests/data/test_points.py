"""What each point set promises beyond the laws of all of them."""

import numpy as np
import pytest
from scipy.optimize import linprog

from glassgrad.data import points
from glassgrad.errors import SettingError


def is_separable(ds):
    """Is there a w with (w_y - w_k) · (x, 1) ≥ 1 for every point and every other class k?"""
    ones = np.c_[ds.x.astype(float), np.ones(len(ds))]
    n_classes, rows = len(ds.classes), []
    for x, y in zip(ones, ds.y, strict=True):
        for k in set(range(n_classes)) - {y}:
            row = np.zeros((n_classes, 3))
            row[y], row[k] = -x, x
            rows.append(row.ravel())
    result = linprog(np.zeros(3 * n_classes), rows, -np.ones(len(rows)), bounds=(None, None))
    return result.status == 0


@pytest.mark.parametrize("classes", [2, 3, 5])
@pytest.mark.parametrize("seed", [0, 1])
def test_separable_is_and_inseparable_is_not(classes, seed):
    assert is_separable(points.separable(60, rng=seed, classes=classes))
    assert not is_separable(points.inseparable(60, rng=seed, classes=classes))


def test_without_its_strays_inseparable_is_separable():
    assert is_separable(points.inseparable(60, rng=0, classes=3)[3:])


def test_inseparable_needs_two_points_of_each_class():
    with pytest.raises(SettingError, match="expects n ≥ 6"):
        points.inseparable(5, classes=3)


@pytest.mark.parametrize("draw", [points.circle, points.xor, points.moons])
def test_no_line_separates_them(draw):
    assert not is_separable(draw(100, noise=0.0, rng=0))


def test_labels_follow_the_formulas():
    disc = points.circle(200, rng=0)
    np.testing.assert_array_equal(disc.y, np.hypot(*disc.x.T) < 3)
    squares = points.xor(200, rng=0)
    np.testing.assert_array_equal(squares.y, squares.x.prod(axis=1) > 0)
    assert np.abs(squares.x).min() > 0.29
    x = (q := points.quadratic(200, rng=0)).x.astype(float)
    form = x[:, 0] ** 2 + (-0.05 + 1) * x[:, 0] * x[:, 1] + 0.4 * x[:, 1] ** 2
    np.testing.assert_array_equal(q.y, form > 0.6)


def test_every_beginning_is_balanced():
    for draw in (points.circle, points.xor, points.gauss, points.moons):
        np.testing.assert_array_equal(draw(5, rng=0).y, [0, 1, 0, 1, 0])
    np.testing.assert_array_equal(points.spiral(5, rng=0, classes=3).y, [0, 1, 2, 0, 1])


def test_spiral_arms_turn_into_each_other():
    """Turned by a third, an arm of three lies on the next one."""
    ds = points.spiral(3000, rng=0, classes=3)
    radius = np.hypot(*ds.x.T)
    angle = np.arctan2(ds.x[:, 0], ds.x[:, 1])
    turn = (angle - 3.5 * np.pi * radius / 5 - 2 * np.pi * ds.y / 3) / (2 * np.pi)
    np.testing.assert_allclose(turn, np.round(turn), atol=1e-3)


def test_a_point_set_needs_two_classes():
    with pytest.raises(SettingError, match="classes ≥ 2"):
        points.spiral(classes=1)
